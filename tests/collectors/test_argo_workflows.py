"""A workflow written by Hera, the Python client of Argo Workflows, and hand-written kinds and shapes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import argo_workflows
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "argo_workflows"


def collected(record: Record, text: str) -> Evidence:
    blob = record("pipelines/train.yaml", text)
    assert argo_workflows.wants(blob)
    return argo_workflows.collect(blob)


def test_a_workflow_of_the_real_client(record: Record) -> None:
    evidence = collected(record, (DATA / "workflow.yaml").read_text())
    found = {(one.source.kind, one.type, str(one.target), one.proof, one.note) for one in evidence.relationships}
    (pipeline,) = [one for one in evidence.artifacts if one.ref.kind == "pipeline"]
    assert pipeline.name == "ml-prod/fraud-train-"
    assert found == {
        ("pipeline", "used", "image:name:python:3.11", Proof.INFERRED, "prepare"),
        ("pipeline", "used", "commit:git:" + "b" * 40, Proof.DECLARED, "prepare"),
        ("pipeline", "used", "dataset:name:s3://data/fraud/claims.csv", Proof.DECLARED, "prepare"),
        ("pipeline", "used", "image:sha256:" + "a" * 64, Proof.MATCHED, "fit"),
        ("model", "generated_by", str(pipeline.ref), Proof.DECLARED, "fit"),
    }
    said = {item.predicate: item.value for item in evidence.statements}
    assert said["steps"] == [
        {"id": "prepare", "pinned": False, "installs_at_run_time": True},
        {"id": "fit", "pinned": True, "installs_at_run_time": False},
    ]
    assert said["parameters"] == [{"name": "epochs", "value": "3"}]


@pytest.mark.parametrize(
    ("kind", "around"),
    [("WorkflowTemplate", "SPEC"), ("ClusterWorkflowTemplate", "SPEC"), ("CronWorkflow", "{workflowSpec: SPEC}")],
)
def test_every_kind_of_workflow_is_read(record: Record, kind: str, around: str) -> None:
    spec = around.replace("SPEC", "{templates: [{name: t, containerSet: {containers: [{image: 'a:1'}]}}]}")
    evidence = collected(
        record, f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: n}}\nspec: {spec}\n"
    )
    assert [one.target.key for one in evidence.relationships] == ["name:a:1"]


@pytest.mark.parametrize(
    "artifact", ["{s3: {key: '{{inputs.x}}'}}", "{from: '{{x}}'}", "{raw: {data: x}}", "{http: {url: '{{x}}'}}"]
)
def test_what_only_the_run_knows_names_nothing(record: Record, artifact: str) -> None:
    spec = f"{{templates: [{{name: t, inputs: {{artifacts: [{artifact}]}}}}]}}"
    evidence = collected(record, f"apiVersion: argoproj.io/v1\nkind: Workflow\nspec: {spec}\n")
    assert evidence.relationships == ()


def test_code_by_branch_is_inferred(record: Record) -> None:
    spec = "{templates: [{name: t, inputs: {artifacts: [{git: {repo: 'https://u:p@x/y', revision: main}}]}}]}"
    evidence = collected(record, f"apiVersion: argoproj.io/v1\nkind: Workflow\nspec: {spec}\n")
    assert [(one.target.key, one.proof) for one in evidence.relationships] == [
        ("name:https://x/y@main", Proof.INFERRED)
    ]


@pytest.mark.parametrize(
    "spec", ["{templates: [" + "{}," * 2_001 + "]}", "[" * 30_000, "{arguments: {artifacts: [" + "{}," * 10_001 + "]}}"]
)
def test_hostile_workflows_are_not_examinable(record: Record, spec: str) -> None:
    with pytest.raises(NotExaminable):
        collected(record, f"apiVersion: argoproj.io/v1\nkind: Workflow\nspec: {spec}\n")


@pytest.mark.parametrize(
    "spec", ["3", "{templates: 3}", "{templates: [[1]]}", "{arguments: [1]}", "{templates: [{script: 3}]}"]
)
def test_wrong_shapes_state_no_relationship(record: Record, spec: str) -> None:
    evidence = collected(record, f"apiVersion: argoproj.io/v1\nkind: Workflow\nspec: {spec}\n")
    assert evidence.relationships == ()
