"""Releases unlike the fixtures, made by the real tools: each gives a graph without a gap that is Lading's own.

``data/*/make.py`` made those of DVC and Kubeflow; the SavedModels and the Terraform files are those of the collectors' tests,
made by TensorFlow and Terraform.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import lading

HERE = Path(__file__).parent / "data"
SAMPLES = Path(__file__).parents[1] / "collectors" / "data"
DIGEST = "a" * 64


@dataclass(frozen=True)
class Scan:
    """One result with its artifacts by id."""

    result: dict[str, Any]

    @property
    def not_examined(self) -> list[Any]:
        found: list[Any] = self.result["coverage"]["not_examined"]
        return found

    def links(self, type: str) -> set[tuple[str, str, str]]:
        """(name, name, proof) of every relationship of a type."""
        names = {one["id"]: one["name"] for one in self.result["artifacts"]}
        return {
            (names[one["from"]], names[one["to"]], one["proof"])
            for one in self.result["relationships"]
            if one["type"] == type
        }

    def names(self, kind: str) -> set[str]:
        return {one["name"] for one in self.result["artifacts"] if one["kind"] == kind}


def scan(release: Path, out: Path) -> Scan:
    """Scan in a process of its own; the verdict is no part of these tests."""
    done = lading(
        "scan", release, "--as-of", "2026-08-01", "-q", "--jobs", "1", "--output", f"json={out / 'scan.json'}"
    )
    assert done.returncode in (0, 1), done.stderr
    return Scan(json.loads((out / "scan.json").read_text()))


def test_a_repository_of_locked_stages(tmp_path: Path) -> None:
    found = scan(HERE / "dvc_stages" / "release", tmp_path)
    assert found.not_examined == []
    assert found.names("dataset") == {"raw", "features", "holdout"}
    assert ("features", "raw", "matched") in found.links("derived_from")
    (model,) = found.names("model")
    assert {("features", "dvc prepare", "matched"), (model, "dvc train", "matched")} <= found.links("generated_by")
    assert {(model, "features", "matched")} == found.links("trained_on")
    assert {("dvc train", "features", "matched"), ("dvc evaluate", "holdout", "matched")} <= {
        (source, target.removeprefix("data/").removesuffix(".csv"), proof)
        for source, target, proof in found.links("used")
    }


@pytest.mark.skipif(shutil.which("umoci") is None, reason="umoci is not installed")
def test_a_model_in_an_image_is_the_one_that_a_stage_trained(tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(HERE / "dvc_stages" / "release", release)
    (tmp_path / "app").mkdir()
    shutil.copy(release / "models" / "fraud.joblib", tmp_path / "app" / "model.joblib")
    (tmp_path / "app" / "current.joblib").symlink_to("model.joblib")
    for words in (
        ["init", "--layout", f"{release}/image"],
        ["new", "--image", f"{release}/image:1"],
        ["insert", "--rootless", "--image", f"{release}/image:1", str(tmp_path / "app"), "/opt/app"],
        ["gc", "--layout", f"{release}/image"],
    ):
        subprocess.run(["umoci", *words], check=True, capture_output=True)
    found = scan(release, tmp_path)
    assert found.not_examined == []
    (image,) = found.names("image")
    (model,) = found.names("model")
    assert (image, model, "matched") in found.links("contains")
    assert (model, "features", "matched") in found.links("trained_on")
    (places,) = [one["locations"] for one in found.result["artifacts"] if one["kind"] == "model"]
    assert {str(place).rpartition("/")[2].partition("'")[0] for place in places} == {
        "fraud.joblib", "model.joblib", "current.joblib"
    }  # fmt: skip


def test_a_compiled_kubeflow_pipeline(tmp_path: Path) -> None:
    found = scan(HERE / "kubeflow_pipeline" / "release", tmp_path)
    assert found.not_examined == []
    used = found.links("used")
    claims, held_out = "gs://example-claims/2026-06/claims.parquet", "gs://example-claims/2026-07/holdout.parquet"
    assert {("fraud-training", name, "declared") for name in (claims, held_out)} < used
    assert ("fraud-training", "ghcr.io/example/publish", "inferred") in used
    assert found.links("trained_on") == {("train/model", claims, "declared")}
    assert found.links("generated_by") == {("train/model", "fraud-training", "declared")}
    (pipeline,) = [one for one in found.result["artifacts"] if one["kind"] == "pipeline"]
    installing = {one["id"]: one["installs_at_run_time"] for one in pipeline["evidence"]["steps"]}
    assert installing == {"exec-train": True, "exec-evaluate": True, "exec-publish": False}


def test_saved_models_behind_a_server(tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(SAMPLES / "tensorflow" / "fraud", release / "models" / "fraud")
    shutil.copy(SAMPLES / "tensorflow" / "models.config", release)
    found = scan(release, tmp_path)
    assert found.not_examined == []
    places = {one["id"]: one["locations"] for one in found.result["artifacts"] if one["kind"] == "model"}
    served = {
        place["path"] if isinstance(place, dict) else place
        for one in found.result["relationships"]
        if one["type"] == "serves"
        for place in places[one["to"]]
    }
    assert served == {"models/fraud/2/saved_model.pb", "models/fraud/3/saved_model.pb"}


KUBERNETES = {
    "k8s/base/kustomization.yaml": "resources: [deployment.yaml]\n",
    "k8s/base/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: scorer}
spec:
  template:
    spec:
      containers:
      - {name: app, image: scorer, env: [{name: MODEL_URI, value: s3://models/fraud/2}]}
""",
    "k8s/prod/kustomization.yaml": f"""\
resources: [../base]
namespace: prod
images: [{{name: scorer, newName: registry.example.com/fraud/server, digest: 'sha256:{DIGEST}'}}]
""",
}


def test_kubernetes_and_terraform(tmp_path: Path) -> None:
    release = tmp_path / "release"
    (release / "infra").mkdir(parents=True)
    for name in ("main.tf", "plan.json", "terraform.tfstate"):
        shutil.copy(SAMPLES / "terraform" / name, release / "infra")
    for path, text in KUBERNETES.items():
        (release / path).parent.mkdir(parents=True, exist_ok=True)
        (release / path).write_text(text)
    found = scan(release, tmp_path)
    assert found.not_examined == []
    runs = found.links("runs")
    server = "registry.example.com/fraud/server"
    assert {("prod/scorer", server, "declared"), ("terraform_data.server", server, "declared")} <= runs
    images = {one["id"] for one in found.result["artifacts"] if one["kind"] == "image" and one["name"] == server}
    assert len(images) == 1
    serves = found.links("serves")
    assert {(name, "s3://models/fraud/2", "declared") for name in ("prod/scorer", "terraform_data.server")} <= serves


@pytest.mark.parametrize("release", ["dvc_stages", "kubeflow_pipeline"])
def test_the_committed_releases_stay_small(release: str) -> None:
    assert sum(file.stat().st_size for file in (HERE / release).rglob("*") if file.is_file()) < 1 << 20
