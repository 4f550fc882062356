from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import mlflow_model
from scanner.errors import NotExaminable
from scanner.model import Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]


def record(text: str, path: str = "m/MLmodel") -> Blob:
    return blob_of_bytes(path, text.encode())


def test_the_real_record_names_its_file_and_its_run(fraud: Path, blob_at: Opener) -> None:
    (path,) = (item.relative_to(fraud).as_posix() for item in fraud.glob("mlruns/*/models/*/artifacts/MLmodel"))
    blob = blob_at(fraud, path)
    assert mlflow_model.wants(blob)
    evidence = mlflow_model.collect(blob)
    id = path.split("/")[-3]
    assert evidence.artifacts[0].ref.key == f"record:mlflow/*#{id}"
    targets = {item.type: (item.target.key, item.proof) for item in evidence.relationships}
    assert targets["contains"] == (f"path:{path.removesuffix('MLmodel')}model.pkl", Proof.DECLARED)
    assert targets["generated_by"][0].startswith("record:mlflow/*#")
    said = {item.predicate: item.value for item in evidence.statements}
    assert said["format"] == "pickle"
    assert said["remote_code"] == {"present": False}
    assert said["updated"] == {"at": "2025-10-14T08:30:00Z", "by": None, "basis": "record"}


def test_code_beside_the_model_is_code_that_loading_imports() -> None:
    evidence = mlflow_model.collect(record("model_id: m-1\nflavors:\n  python_function:\n    code: code\n"))
    assert [item.value for item in evidence.statements if item.predicate == "remote_code"] == [{"present": True}]


def test_a_record_of_mlflow_2_is_its_own_identity() -> None:
    evidence = mlflow_model.collect(record("run_id: r1\nflavors:\n  sklearn:\n    pickled_model: model.pkl\n"))
    assert evidence.artifacts[0].ref.key == "place:m/MLmodel"


def test_the_artifacts_of_a_python_function_are_files_of_the_model() -> None:
    text = (
        "model_id: m-1\nflavors:\n  python_function:\n    python_model: python_model.pkl\n"
        "    artifacts:\n      weights: {path: artifacts/w.bin, uri: /build/w.bin}\n"
    )
    evidence = mlflow_model.collect(record(text))
    assert [item.target.key for item in evidence.relationships] == ["path:m/artifacts/w.bin", "path:m/python_model.pkl"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../etc/passwd", "C:\\\\windows\\\\x"])
def test_files_outside_the_scan_are_told_and_not_named(path: str) -> None:
    evidence = mlflow_model.collect(record(f'model_id: m-1\nflavors:\n  sklearn:\n    pickled_model: "{path}"\n'))
    assert evidence.relationships == ()
    assert [item.detail for item in evidence.not_examined] == ["names a file outside the scanned tree"]


@pytest.mark.parametrize("text", ["", "- a\n", "flavors: 3\n", "[" * 30_000, "a: &x [*x]\n", "flavors: {a: [}\n"])
def test_what_is_no_record_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        mlflow_model.collect(record(text))
