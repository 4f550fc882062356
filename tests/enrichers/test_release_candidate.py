"""What enrichers compare, on the clean release candidate as the real tools left it, and with single faults in a copy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from scanner.model import ArtifactRef, Proof
from tests.enrichers.conftest import Scanned

FIXTURE = Path(__file__).parents[2] / "fixtures" / "fraud-detection-clean"
CANARY = """apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: fraud}
spec: {predictor: {canaryTrafficPercent: 10, model: {storageUri: "s3://models/fraud/2"}}}
---
apiVersion: v1
kind: Pod
metadata: {name: by-alias}
spec: {containers: [{name: app, image: app, env: [{name: MODEL_URI, value: "models:/fraud@champion"}]}]}
"""


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    if not (FIXTURE / "mlflow.db").exists():
        pytest.skip("the built release candidate is not here")
    return Path(shutil.copytree(FIXTURE, tmp_path / "candidate"))


def served(graph: Graph) -> tuple[ArtifactRef, ArtifactRef]:
    """The deployed image and the model in it."""
    (image,) = [ref for ref in graph.refs("image") if graph.seen(ref)]
    (model,) = [one.target for one in graph.outgoing(image, ("contains",)) if one.target.kind == "model"]
    return image, model


def test_the_clean_candidate_agrees_with_itself(candidate: Path, scanned: Scanned) -> None:
    graph = scanned(candidate)
    image, model = (graph.artifact(ref).groups for ref in served(graph))
    assert image["training_commit"] == {"ancestor": True}
    assert (image["training_packages_differ"], image["impossible_dates"]) == ([], [])
    assert model["champion"] == {"version": "1", "matches": True}
    assert (model["training_data"], model["impossible_dates"]) == ({"changed": []}, [])
    fresh: Any = model["freshness"]
    assert (fresh["data_age_at_training_days"], fresh["data_basis"], fresh["superseded"]) == (3, "content", False)


def test_single_faults(candidate: Path, scanned: Scanned) -> None:
    with (candidate / "data" / "claims.csv").open("a") as data:
        data.write("9001,1,2025-10-11T00:00:00Z,30,0,0,1\n")
    (environment,) = (candidate / "mlruns" / "1" / "models").glob("*/artifacts/requirements.txt")
    environment.write_text("numpy==2.0.0\n")
    (candidate / "k8s" / "canary.yaml").write_text(CANARY)
    graph = scanned(candidate)
    image, model = served(graph)
    differ: Any = graph.artifact(image).groups["training_packages_differ"]
    assert [(one["id"], one["training"]) for one in differ] == [("pkg:pypi/numpy", "2.0.0")]
    assert graph.artifact(model).groups["training_data"] == {"changed": ["data/claims.csv"]}
    pod = next(ref for ref in graph.refs("deployment") if ref.key.endswith("by-alias"))
    assert [(one.target, one.proof) for one in graph.outgoing(pod, ("serves",))] == [(model, Proof.INFERRED)]
    canary = next(ref for ref in graph.refs("deployment") if "InferenceService" in ref.key)
    traffic: Any = graph.artifact(canary).groups["traffic"]
    assert {one["approved"] for one in traffic} == {False}
