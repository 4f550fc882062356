"""Records that give a place and a digest, against the bytes at that place."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from tests.enrichers.conftest import Scanned

SAMPLES = Path(__file__).parents[1] / "inspectors" / "samples"
DATA = b"id,amount,time\n" + b"1,100,2026-01-01\n" * 20
CHANGED = DATA.replace(b"100", b"999")


def describe(folder: Path, algorithm: str, digest: str) -> None:
    file = {"@type": "cr:FileObject", "@id": "claims", "contentUrl": "claims.csv", algorithm: digest}
    whole = {"conformsTo": "http://mlcommons.org/croissant/1.0", "name": "claims", "distribution": [file]}
    (folder / "croissant.json").write_text(json.dumps(whole))


def published(graph: Graph, path: str) -> Any:
    (file,) = [ref for ref in graph.at(path) if ref.kind == "file"]
    return graph.artifact(file).groups.get("published_digest")


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
@pytest.mark.parametrize(("data", "differs"), [(DATA, False), (CHANGED, True)])
def test_a_description_with_another_digest_than_its_file(
    tmp_path: Path, scanned: Scanned, algorithm: str, data: bytes, differs: bool
) -> None:
    (tmp_path / "claims.csv").write_bytes(data)
    describe(tmp_path, algorithm, hashlib.new(algorithm, DATA, usedforsecurity=False).hexdigest())
    assert published(scanned(tmp_path), "claims.csv") == {"differs": differs}


def test_the_published_bytes_elsewhere_do_not_excuse_the_place(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "claims.csv").write_bytes(CHANGED)
    (tmp_path / "backup.csv").write_bytes(DATA)
    describe(tmp_path, "sha256", hashlib.sha256(DATA).hexdigest())
    graph = scanned(tmp_path)
    assert (published(graph, "claims.csv"), published(graph, "backup.csv")) == ({"differs": True}, None)


def test_a_tiny_file_is_compared_too(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "claims.csv").write_bytes(b"id\n1\n")
    describe(tmp_path, "sha256", hashlib.sha256(b"id\n1\n").hexdigest())
    assert published(scanned(tmp_path), "claims.csv") == {"differs": False}


def test_inside_an_archive_only_what_was_hashed_is_compared(tmp_path: Path, scanned: Scanned) -> None:
    for algorithm in ("sha256", "md5"):
        describe(tmp_path, algorithm, hashlib.new(algorithm, DATA, usedforsecurity=False).hexdigest())
        with zipfile.ZipFile(tmp_path / f"{algorithm}.zip", "w") as archive:
            archive.write(tmp_path / "croissant.json", "croissant.json")
            archive.writestr("claims.csv", CHANGED + algorithm.encode())
    (tmp_path / "croissant.json").unlink()
    graph = scanned(tmp_path)
    assert published(graph, "sha256.zip!claims.csv") == {"differs": True}
    assert published(graph, "md5.zip!claims.csv") is None


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A locked DVC stage that trained a model on claims.csv."""
    shutil.copy(SAMPLES / "model.joblib", tmp_path / "model.pkl")
    model = (tmp_path / "model.pkl").read_bytes()
    (tmp_path / "claims.csv").write_bytes(DATA)
    entry = "    - path: {}\n      hash: md5\n      md5: {}\n      size: {}\n"
    (tmp_path / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        + entry.format("claims.csv", md5(DATA), len(DATA))
        + "    outs:\n"
        + entry.format("model.pkl", md5(model), len(model))
    )
    return tmp_path


def training_data(graph: Graph) -> Any:
    (model,) = [ref for ref in graph.refs("model") if graph.artifact(ref).resolved]
    return graph.artifact(model).groups.get("training_data")


def test_data_are_those_of_the_training(project: Path, scanned: Scanned) -> None:
    assert training_data(scanned(project)) == {"changed": []}


def test_data_changed_after_the_training(project: Path, scanned: Scanned) -> None:
    (project / "claims.csv").write_bytes(CHANGED)
    assert training_data(scanned(project)) == {"changed": ["claims.csv"]}
    (project / "old.csv").write_bytes(DATA)
    assert training_data(scanned(project)) == {"changed": ["claims.csv"]}


def test_data_that_are_not_here_are_not_compared(project: Path, scanned: Scanned) -> None:
    (project / "claims.csv").unlink()
    assert training_data(scanned(project)) is None
