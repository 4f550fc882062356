"""A plan and a state made by Terraform, with a secret in clear; hand-written resources of clouds; hostile ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.collectors import terraform
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Record = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "terraform"
DIGEST = "a" * 64


def plan(type: str, values: Any, marks: Any = None) -> dict[str, Any]:
    resource = {"address": f"{type}.x", "mode": "managed", "type": type, "values": values, "sensitive_values": marks}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"child_modules": [{"resources": [resource]}]}},
    }


def state(values: Any, paths: Any = ()) -> dict[str, Any]:
    instance = {"index_key": "a", "attributes": values, "sensitive_attributes": paths}
    resource = {
        "mode": "managed",
        "module": "module.m",
        "type": "docker_container",
        "name": "x",
        "instances": [instance],
    }
    return {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": [resource]}


def collected(document: Any, path: str = "plan.json") -> Evidence:
    blob = blob_of_bytes(path, json.dumps(document).encode())
    assert terraform.wants(blob)
    return terraform.collect(blob)


def links(evidence: Evidence, type: str) -> set[tuple[str, Proof]]:
    return {(one.target.key, one.proof) for one in evidence.relationships if one.type == type}


@pytest.mark.parametrize("name", ["plan.json", "terraform.tfstate"])
def test_a_plan_and_a_state_of_the_real_tool(record: Record, name: str) -> None:
    blob = record(f"infra/{name}", (DATA / name).read_bytes())
    assert terraform.wants(blob)
    evidence = terraform.collect(blob)
    assert links(evidence, "runs") == {
        (f"sha256:{DIGEST}", Proof.MATCHED),
        ("name:registry.example.com/fraud/proxy:1.2", Proof.INFERRED),
    }
    assert links(evidence, "serves") == {("name:s3://models/fraud/2", Proof.DECLARED)}
    assert [one.name for one in evidence.artifacts if one.ref.kind == "deployment"] == ["terraform_data.server"]
    said = {item.predicate: item.value for item in evidence.statements}
    assert said["image_pinned"] == {"by_digest": False}
    assert len(said["secrets"]) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["plan.json", "terraform.tfstate"])
def test_no_secret_of_the_sample_becomes_evidence(record: Record, name: str) -> None:
    content = (DATA / name).read_text()
    assert content.count("hunter2") > 3
    assert "hunter2" not in repr(terraform.collect(record(name, content)))


def test_a_secret_is_dropped_from_attributes_that_do_not_mark_it() -> None:
    values = {"image": "x.example.com/s3cr3tvalue:1", "password": "s3cr3tvalue", "storage_uri": "s3://b/s3cr3tvalue"}
    for evidence in (
        collected(plan("docker_container", values, {"password": True})),
        collected(state(values, [[{"type": "get_attr", "value": "password"}]])),
    ):
        assert evidence.relationships == ()
        assert "s3cr3t" not in repr(evidence)


def test_a_secret_variable_is_dropped_wherever_it_stands() -> None:
    document = plan("docker_container", {"image": "x.example.com/s3cr3tvalue:1"})
    document["variables"] = {"p": {"value": "s3cr3tvalue"}}
    document["configuration"] = {"root_module": {"variables": {"p": {"sensitive": True}}}}
    assert "s3cr3t" not in repr(collected(document))


def test_containers_inside_text_and_models_of_a_cloud() -> None:
    containers = json.dumps([{"name": "a", "image": f"1.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:{DIGEST}"}])
    evidence = collected(plan("aws_ecs_task_definition", {"container_definitions": containers}))
    assert links(evidence, "runs") == {(f"sha256:{DIGEST}", Proof.MATCHED)}
    container = {"image": "a/b:1", "model_data_url": "s3://key:word1234@models/fraud.tar.gz"}
    evidence = collected(plan("aws_sagemaker_model", {"primary_container": [container]}))
    assert links(evidence, "serves") == {("name:s3://models/fraud.tar.gz", Proof.DECLARED)}
    assert links(evidence, "runs") == {("name:a/b:1", Proof.INFERRED)}


def test_the_image_of_a_disk_runs_nothing() -> None:
    assert collected(plan("google_compute_disk", {"image": "debian-cloud/debian-11"})).artifacts == ()


def test_addresses_of_a_state_name_module_and_key() -> None:
    evidence = collected(state({"image": "a/b:1"}), "terraform.tfstate")
    assert [one.name for one in evidence.artifacts if one.ref.kind == "deployment"] == [
        'module.m.docker_container.x["a"]'
    ]


@pytest.mark.parametrize(
    "document",
    [
        {**state({}), "version": 3},
        {**plan("a", {}), "format_version": "9.0"},
        plan("a", json.loads("[" * 80 + "]" * 80)),
        {**state({}), "resources": [{"mode": "managed", "instances": [{}] * 20_001}]},
    ],
)
def test_other_versions_and_excess_are_not_examinable(document: Any) -> None:
    with pytest.raises(NotExaminable):
        collected(document)


@pytest.mark.parametrize("odd", [None, 3, "x", [1], {"a": None}, [[[]]], True])
def test_wrong_shapes_state_nothing(odd: Any) -> None:
    assert collected(plan("docker_container", odd, odd)).relationships == ()
    assert collected(state(odd, odd)).relationships == ()
    assert collected({**state(odd), "resources": odd}).artifacts == ()


def test_cut_records_are_not_examinable(record: Record) -> None:
    content = (DATA / "plan.json").read_bytes()
    with pytest.raises(NotExaminable):
        terraform.collect(record("plan.json", content[: len(content) // 2]))
    assert not terraform.wants(record("package.json", '{"name": "x", "format_version": 1}'))
