"""Policies and annotations, hand-written after the documentation of Vault and of External Secrets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import vault
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
POLICY = """
# the trainer
path "secret/data/fraud/*" { capabilities = ["read", "list"] }
path "transit/sign/fraud-model" {
  capabilities = ["update"]
  allowed_parameters = { "hash_algorithm" = ["sha2-256"] }
}
path "sys/*" { capabilities = ["sudo", "read"] }
path "old/x" { policy = "write" }
"""


def access(evidence: Evidence) -> dict[str, list[str]]:
    return {one["path"]: one["capabilities"] for item in evidence.statements for one in item.value}  # type: ignore


def test_a_policy_says_what_its_holder_may_do(record: Record) -> None:
    blob = record("vault/trainer.hcl", POLICY)
    assert vault.wants(blob)
    evidence = vault.collect(blob)
    assert [item.subject for item in evidence.statements] == [blob.ref]
    assert access(evidence) == {
        "secret/data/fraud/*": ["list", "read"],
        "transit/sign/fraud-model": ["update"],
        "sys/*": ["read", "sudo"],
        "old/x": ["create", "read", "update", "delete", "list"],
    }


def test_annotations_name_the_secrets_of_a_workload(record: Record) -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: fraud, namespace: prod}\nspec:\n  template:\n    metadata:\n"
        "      annotations:\n        vault.hashicorp.com/agent-inject: 'true'\n        vault.hashicorp.com/role: fraud\n"
        "        vault.hashicorp.com/agent-inject-secret-db: database/creds/fraud\n"
        "    spec: {containers: [{image: 'a:1'}]}\n"
    )
    blob = record("k8s/app.yaml", text)
    assert vault.wants(blob)
    evidence = vault.collect(blob)
    assert access(evidence) == {"database/creds/fraud as fraud": []}
    # The same artifact that the collector of Kubernetes states.
    assert evidence.artifacts[0].ref.key == "place:k8s/app.yaml#Deployment/prod/fraud"


def test_external_secrets(record: Record) -> None:
    text = (
        "apiVersion: external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata: {name: n}\nspec:\n"
        "  secretStoreRef: {name: vault}\n  data: [{secretKey: p, remoteRef: {key: fraud/db, property: password}}]\n"
        "  dataFrom: [{extract: {key: fraud/all}}]\n"
    )
    assert access(vault.collect(record("es.yaml", text))) == {"vault/fraud/all": [], "vault/fraud/db": []}


@pytest.mark.parametrize(
    "text", ['path "a" {', "path " * 9_000 + "policy", "a = " + "[" * 9_000, 'path "a" {}\n' * 5_001]
)
def test_hostile_policies_are_not_examinable(record: Record, text: str) -> None:
    with pytest.raises(NotExaminable):
        vault.collect(record("p.hcl", text))


@pytest.mark.parametrize("text", ['path "a" { capabilities = 3 }', 'path "a" { policy = ["x"] }', 'path "a" {}'])
def test_capabilities_of_a_wrong_shape_allow_nothing(record: Record, text: str) -> None:
    assert access(vault.collect(record("p.hcl", text))) == {"a": []}


@pytest.mark.parametrize("text", ["path a b {}", "x {}", "path = 3"])
def test_other_blocks_state_nothing(record: Record, text: str) -> None:
    assert vault.collect(record("p.hcl", text)).statements == ()


def test_other_files_are_not_wanted(record: Record) -> None:
    assert not vault.wants(record("main.hcl", 'job "x" {}'))
    assert not vault.wants(record("job.hcl", 'job "x" { path = "/y" }\npolicy { path "z" }\n'))
    assert not vault.wants(record("a.yaml", "apiVersion: v1\nkind: Pod\n"))
