#!/bin/sh
# Writes plan.json and terraform.tfstate of main.tf with Terraform 1.11.4; needs no provider and no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/main.tf" "$work"
cd "$work"
export CHECKPOINT_DISABLE=1
terraform init -no-color -input=false >/dev/null
terraform plan -no-color -input=false -out=plan >/dev/null
terraform show -json plan | python3 -m json.tool --indent 1 >"$here/plan.json"
terraform apply -no-color plan >/dev/null
cp terraform.tfstate "$here"
