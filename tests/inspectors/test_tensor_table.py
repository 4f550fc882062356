"""How many tensors a file holds, told without reading them; a nested file is digested at once."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanner.inspectors import tensor_table
from tests.inspectors.conftest import Inspect

TENSORS = Path(__file__).parent / "tensors" / "samples"
SAMPLES = Path(__file__).parent / "samples"
COUNTED = {"count": 9, "parameters": 277, "bytes": 1112}


@pytest.mark.parametrize("name", ["state.pt", "plain.safetensors", "raw.onnx", "external.onnx", "stored.npz"])
def test_every_format_is_counted_and_not_digested(inspected: Inspect, name: str) -> None:
    assert inspected(tensor_table, TENSORS / name, name)["tensors"] == {**COUNTED, "digest": None}


def test_what_cannot_be_opened_again_is_digested_at_once(inspected: Inspect) -> None:
    digests = {
        inspected(tensor_table, (TENSORS / name).read_bytes(), f"layer.tar!{name}")["tensors"]["digest"]
        for name in ("state.pt", "plain.safetensors", "typed.onnx", "deflated.npz")
    }
    (digest,) = digests
    assert len(digest) == 64


@pytest.mark.parametrize("name", ["transposed.pt", "sparse.pt"])
def test_what_is_no_plain_tensor_is_a_gap(inspected: Inspect, name: str) -> None:
    assert "tensors" not in inspected(tensor_table, TENSORS / name, name)


@pytest.mark.parametrize("name", ["plain.skops", "model.joblib", "model.joblib.gz"])
def test_other_formats_are_left_alone(inspected: Inspect, name: str) -> None:
    assert inspected(tensor_table, SAMPLES / name, name) == {}


def test_other_archives_are_not_even_opened(inspected: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("package/__init__.py", "x = 1\n")

    def refuse(*_: Any) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    assert inspected(tensor_table, out.getvalue()) == {}
