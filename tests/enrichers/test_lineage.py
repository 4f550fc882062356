"""Records of files, said of the models and datasets these files are."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from scanner.model import ArtifactRef, Proof
from tests.enrichers.conftest import Scanned

SAMPLES = Path(__file__).parents[1] / "inspectors" / "samples"
DATA = b"id,amount,time\n" + b"1,100,2026-01-01\n" * 20
CODE = b"import sys\n" + b"# train\n" * 20


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A DVC project: one stage makes a model of a dataset and code, as ``dvc repro`` records it."""
    shutil.copy(SAMPLES / "model.joblib", tmp_path / "model.pkl")
    (tmp_path / "claims.csv").write_bytes(DATA)
    (tmp_path / "train.py").write_bytes(CODE)
    model = (tmp_path / "model.pkl").read_bytes()
    entry = "    - path: {}\n      hash: md5\n      md5: {}\n      size: {}\n"
    (tmp_path / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        + entry.format("claims.csv", md5(DATA), len(DATA))
        + entry.format("train.py", md5(CODE), len(CODE))
        + "    outs:\n"
        + entry.format("model.pkl", md5(model), len(model))
    )
    (tmp_path / "dvc.yaml").write_text(
        "stages:\n  train:\n    cmd: python train.py\n    deps: [claims.csv, train.py]\n    outs: [model.pkl]\n"
    )
    track = f"outs:\n- md5: {md5(DATA)}\n  size: {len(DATA)}\n  hash: md5\n  path: claims.csv\n"
    (tmp_path / "claims.csv.dvc").write_text(track)
    return tmp_path


def only_model(graph: Graph) -> ArtifactRef:
    (model,) = [ref for ref in graph.refs("model") if graph.artifact(ref).resolved]
    return model


def lineage(graph: Graph) -> Any:
    return graph.artifact(only_model(graph)).groups["lineage"]


def test_a_model_is_trained_on_the_dataset_its_stage_read(project: Path, scanned: Scanned) -> None:
    graph = scanned(project)
    (trained,) = graph.outgoing(only_model(graph), ("trained_on",))
    assert trained.proof is Proof.MATCHED
    assert "claims.csv" in {place.path for place in graph.artifact(trained.target).locations}
    assert "train.py" in {
        place.path
        for one in graph.outgoing(only_model(graph), ("built_from",))
        for place in graph.artifact(one.target).locations
    }
    assert lineage(graph) == {"state": "recorded"}


def test_a_dataset_that_is_not_here_stays_a_gap(project: Path, scanned: Scanned) -> None:
    (project / "claims.csv").unlink()
    (project / "claims.csv.dvc").unlink()
    graph = scanned(project)
    (trained,) = graph.outgoing(only_model(graph), ("trained_on",))
    assert trained.proof is Proof.DECLARED
    assert not graph.artifact(trained.target).resolved


def test_a_changed_dataset_is_not_the_one_it_was_trained_on(project: Path, scanned: Scanned) -> None:
    (project / "claims.csv").write_bytes(DATA.replace(b"100", b"999"))
    graph = scanned(project)
    assert {one.proof for one in graph.outgoing(only_model(graph), ("trained_on",))} == {Proof.DECLARED}


def test_no_record_no_lineage(tmp_path: Path, scanned: Scanned) -> None:
    shutil.copy(SAMPLES / "plain.onnx", tmp_path / "model.onnx")
    graph = scanned(tmp_path)
    assert lineage(graph) == {"state": "none"}
    assert "registration" not in graph.artifact(only_model(graph)).groups
