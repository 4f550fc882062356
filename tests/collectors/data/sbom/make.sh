#!/bin/sh
# Writes bom.json and bom.xml of requirements.txt with cyclonedx-bom 7.5.0.
set -eu
cd "$(dirname "$0")"
for format in JSON XML; do
  cyclonedx-py requirements --output-reproducible --output-format "$format" \
    -o "bom.$(echo "$format" | tr '[:upper:]' '[:lower:]')" requirements.txt
done
