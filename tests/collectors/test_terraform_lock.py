"""Lock files and module manifests, hand-written after those of Terraform 1.x."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from scanner.collectors import terraform_lock
from scanner.errors import NotExaminable
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
LOCK = """# This file is maintained automatically by "terraform init".
provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.31.0"
  constraints = "~> 5.0, >= 5.1.0"
  hashes = [
    "h1:ltxyuBWIy9cq0kIKDJH1jeWJy/y7XJLjS4QrsQK4plA=",
    "zh:0cdb9c2083bf0902442384f7309367791e4640581652dda456f2d6d7abf0de8d",
  ]
}

provider "tf.example.com/acme/local" {
  version = "0.1.0"
}
"""


def test_providers_are_packages_fixed_by_version_and_digest(record: Record) -> None:
    blob = record("infra/.terraform.lock.hcl", LOCK)
    assert terraform_lock.wants(blob)
    evidence = terraform_lock.collect(blob)
    assert [one.purl for one in evidence.artifacts] == [
        "pkg:terraform/hashicorp/aws@5.31.0",
        "pkg:terraform/acme/local@0.1.0?repository_url=tf.example.com",
    ]
    pinning = [item.value for item in evidence.statements if item.predicate == "pinning"]
    assert pinning == [{"exact": True, "hashed": True}, {"exact": True, "hashed": False}]
    assert evidence.artifacts[1].location is not None and evidence.artifacts[1].location.at == "line 11"


def test_modules_are_packages_or_origins(record: Record) -> None:
    modules = [
        {"Key": "", "Source": "", "Dir": "."},
        {"Key": "own", "Source": "./modules/own", "Dir": "modules/own"},
        {"Key": "vpc", "Source": "registry.terraform.io/terraform-aws-modules/vpc/aws", "Version": "5.1.0"},
        {"Key": "a", "Source": f"git::https://u:p@git.example.com/a.git?ref={'b' * 40}"},
        {"Key": "b", "Source": "git::https://git.example.com/b.git?ref=main"},
    ]
    blob = record(".terraform/modules/modules.json", json.dumps({"Modules": modules}))
    assert terraform_lock.wants(blob)
    evidence = terraform_lock.collect(blob)
    assert [one.purl for one in evidence.artifacts if one.purl] == ["pkg:terraform/terraform-aws-modules/vpc/aws@5.1.0"]
    said = {item.predicate: item.value for item in evidence.statements}
    assert said["origins"] == [
        {"source": "https://git.example.com/a.git", "revision": "b" * 40, "pinned": True, "verified": None},
        {"source": "https://git.example.com/b.git", "revision": "main", "pinned": False, "verified": None},
    ]


def test_a_provider_without_version_is_told(record: Record) -> None:
    evidence = terraform_lock.collect(record(".terraform.lock.hcl", 'provider "aws" {\n}\nprovider {}\n'))
    assert evidence.artifacts == ()
    assert len(evidence.not_examined) == 2


@pytest.mark.parametrize(
    "text", ["provider {", "a = [", "{" * 30_000, 'a "' * 9, "}", "a = " + "[" * 9_000, 'x "y" 3 {}', "a {" * 40]
)
def test_hostile_lock_files_are_not_examinable(record: Record, text: str) -> None:
    with pytest.raises(NotExaminable):
        terraform_lock.collect(record(".terraform.lock.hcl", text))
