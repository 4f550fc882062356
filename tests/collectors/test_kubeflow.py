"""A pipeline compiled by the SDK 2.17, and hand-made ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import kubeflow
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "kubeflow"
PIPELINE = "place:pipeline.yaml#fraud-training"
MODEL = "record:kubeflow/pipeline.yaml#root/train/model"
CLEAN = "record:kubeflow/pipeline.yaml#root/prepare/clean"
HEAD = "pipelineInfo: {name: p}\n"


def collected(blob: Blob) -> Evidence:
    assert kubeflow.wants(blob)
    return kubeflow.collect(blob)


def links(evidence: Evidence) -> set[tuple[str, str, str, Proof]]:
    return {(one.source.key, one.type, one.target.key, one.proof) for one in evidence.relationships}


def said(evidence: Evidence) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements}


def test_a_real_pipeline_ties_its_model_to_data_and_images(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "pipeline.yaml"))
    assert links(evidence) == {
        (PIPELINE, "used", "name:python:3.11", Proof.INFERRED),
        (PIPELINE, "used", f"sha256:{'a' * 64}", Proof.MATCHED),
        (PIPELINE, "used", "name:s3://claims/raw.csv", Proof.DECLARED),
        (PIPELINE, "used", "name:gs://models/base", Proof.DECLARED),
        (CLEAN, "generated_by", PIPELINE, Proof.DECLARED),
        (CLEAN, "derived_from", "name:s3://claims/raw.csv", Proof.DECLARED),
        (MODEL, "generated_by", PIPELINE, Proof.DECLARED),
        (MODEL, "trained_on", CLEAN, Proof.DECLARED),
        (MODEL, "derived_from", "name:gs://models/base", Proof.DECLARED),
    }
    assert [one.ref.key for one in evidence.artifacts if one.resolved] == [PIPELINE]


def test_the_steps_of_a_real_pipeline(blob_at: Opener) -> None:
    stated = said(collected(blob_at(DATA, "pipeline.yaml")))
    assert stated["steps"] == [
        {"id": "exec-prepare", "pinned": False, "installs_at_run_time": True},
        {"id": "exec-train", "pinned": True, "installs_at_run_time": False},
    ]
    assert {"name": "rate", "value": "0.1"} in stated["parameters"]  # type: ignore[operator]
    assert {"name": "api_key", "value": "<assigned-secret>"} in stated["parameters"]  # type: ignore[operator]


def test_a_json_job_wraps_the_same_specification(record: Maker) -> None:
    text = '{"pipelineSpec": {"pipelineInfo": {"name": "p"}, "deploymentSpec": {}, "root": {}}}'
    assert [one.ref.key for one in collected(record("job.json", text)).artifacts] == ["place:job.json#p"]


def test_an_image_that_only_the_run_knows_is_told(record: Maker) -> None:
    text = HEAD + "root: {}\ndeploymentSpec: {executors: {e: {container: {image: '{{$.inputs}}'}}}}\n"
    evidence = collected(record("p.yaml", text))
    assert [one.detail for one in evidence.not_examined] == ["image that only the run knows"]
    assert said(evidence)["steps"] == [{"id": "e", "pinned": False, "installs_at_run_time": False}]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "root: 3\ndeploymentSpec: [x]\ncomponents: y\n",
        HEAD
        + "root: {dag: {tasks: {a: {componentRef: {name: [x]}, inputs: {artifacts: {b: 4}}}}}}\ndeploymentSpec: x\n",
        HEAD + "deploymentSpec: x\nroot: {dag: {tasks: {a: {componentRef: {name: c}, inputs: {artifacts: {i: "
        "{taskOutputArtifact: {producerTask: a, outputArtifactKey: m}}}}}}}}\n"
        "components: {c: {outputDefinitions: {artifacts: {m: {artifactType: {schemaTitle: system.Model}}}}}}\n",
    ],
    ids=["types", "task", "own output"],
)
def test_odd_specifications_break_nothing(text: str, record: Maker) -> None:
    evidence = collected(record("p.yaml", text))
    assert all(source != target for source, _, target, _ in links(evidence))


def many_links() -> str:
    outputs = ", ".join(f"o{n}: {{artifactType: {{schemaTitle: system.Dataset}}}}" for n in range(200))
    inputs = ", ".join(
        f"i{n}: {{taskOutputArtifact: {{producerTask: a, outputArtifactKey: o{n}}}}}" for n in range(200)
    )
    return (
        f"{HEAD}deploymentSpec: x\ncomponents: {{c: {{outputDefinitions: {{artifacts: {{{outputs}}}}}}}}}\n"
        f"root: {{dag: {{tasks: {{a: {{componentRef: {{name: c}}}}, b: {{componentRef: {{name: c}}, inputs: "
        f"{{artifacts: {{{inputs}}}}}}}}}}}}}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "pipelineInfo: {}\ndeploymentSpec: {}\nroot: {}\n",
        "# pipelineInfo deploymentSpec\n" + "[" * 30_000,
        HEAD + "deploymentSpec: {executors: {e: {container",
        many_links(),
    ],
    ids=["no name", "deep", "cut", "many"],
)
def test_what_cannot_be_read_is_told(text: str, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("p.yaml", text))
