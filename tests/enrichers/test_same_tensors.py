"""The same weights in other bytes are tied by digest; other weights in equal headers are not."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from scanner.model import Proof
from tests.enrichers.conftest import Scanned

SAMPLES = Path(__file__).parents[1] / "inspectors" / "tensors" / "samples"


def bring(root: Path, *names: str) -> None:
    for name in names:
        shutil.copy(SAMPLES / name, root / name)


def joins(graph: Graph) -> set[tuple[str, str, str]]:
    """(place, type, place) of every tie that rests on tensors; each is a proof by digest."""
    found = set()
    for one in graph.relationships():
        if one.note == "same tensors":
            assert one.proof is Proof.MATCHED
            source, target = (graph.artifact(ref).locations[0].path for ref in (one.source, one.target))
            found.add((source, one.type, target))
    return found


def tensors(graph: Graph, path: str) -> Any:
    (model,) = [
        ref for ref in graph.refs("model") if any(place.path == path for place in graph.artifact(ref).locations)
    ]
    return graph.artifact(model).groups.get("tensors")


def test_torch_safetensors_onnx_and_npz_of_the_same_weights(tmp_path: Path, scanned: Scanned) -> None:
    names = ["state.pt", "plain.safetensors", "metadata.safetensors", "typed.onnx", "external.onnx"]
    bring(tmp_path, *names, "external.data", "stored.npz")
    graph = scanned(tmp_path)
    found = joins(graph)
    (first,) = {target for _, _, target in found}
    models = {*names[:-1], "external.data"}  # the first file of the model in two files
    assert {source for source, type, _ in found if type == "version_of"} == models - {first}
    assert {source for source, type, _ in found if type == "derived_from"} == {"stored.npz"}
    assert {tensors(graph, name)["digest"] for name in models} == {tensors(graph, first)["digest"]}


def test_one_changed_byte_under_an_equal_header(tmp_path: Path, scanned: Scanned) -> None:
    bring(tmp_path, "plain.safetensors")
    data = bytearray((SAMPLES / "plain.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "tuned.safetensors").write_bytes(data)
    graph = scanned(tmp_path)
    assert joins(graph) == set()
    one, other = tensors(graph, "plain.safetensors"), tensors(graph, "tuned.safetensors")
    assert one["digest"] != other["digest"]
    assert (one["count"], one["bytes"]) == (other["count"], other["bytes"]) == (9, 1112)


def test_a_model_alone_is_counted_and_not_read_again(tmp_path: Path, scanned: Scanned) -> None:
    bring(tmp_path, "state.pt", "views.safetensors")
    graph = scanned(tmp_path)
    assert tensors(graph, "state.pt") == {"count": 9, "parameters": 277, "bytes": 1112, "digest": None}
    assert joins(graph) == set()


def test_a_model_inside_an_archive(tmp_path: Path, scanned: Scanned) -> None:
    bring(tmp_path, "state.pt")
    (tmp_path / "w.safetensors.gz").write_bytes(gzip.compress((SAMPLES / "plain.safetensors").read_bytes()))
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.add(SAMPLES / "raw.onnx", "opt/raw.onnx")
    (tmp_path / "layer.tar").write_bytes(layer.getvalue())
    found = joins(scanned(tmp_path))
    ends = {end for source, _, target in found for end in (source, target)}
    assert ends == {"state.pt", "w.safetensors.gz", "layer.tar!opt/raw.onnx"}


def test_the_model_with_a_recorded_origin_is_the_one_the_others_are_versions_of(
    tmp_path: Path, scanned: Scanned
) -> None:
    bring(tmp_path, "state.pt", "plain.safetensors", "raw.onnx")
    data = b"time,value\n" + b"2026-01-01,1.5\n" * 20
    (tmp_path / "data.csv").write_bytes(data)
    for name in ("state.pt", "plain.safetensors", "raw.onnx"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        shutil.move(tmp_path / name, folder / name)
    (tmp_path / "raw" / "dvc.yaml").write_text("stages: {train: {cmd: x, deps: [../data.csv], outs: [raw.onnx]}}\n")
    (tmp_path / "raw" / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  train:\n    cmd: x\n"
        f"    deps: [{{path: ../data.csv, hash: md5, md5: {md5(data)}, size: {len(data)}}}]\n"
        f"    outs: [{{path: raw.onnx, hash: md5, md5: {md5((SAMPLES / 'raw.onnx').read_bytes())},"
        f" size: {(SAMPLES / 'raw.onnx').stat().st_size}}}]\n"
    )
    found = joins(scanned(tmp_path))
    assert {target for _, _, target in found} == {"raw/raw.onnx"}
    assert {source for source, _, _ in found} == {"state/state.pt", "plain/plain.safetensors"}


def md5(data: bytes) -> str:

    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("size", [4, 63])
def test_tiny_sets_are_never_tied(tmp_path: Path, scanned: Scanned, size: int) -> None:
    for name, note in (("a", "x"), ("b", "yy")):
        header = (
            f'{{"__metadata__":{{"n":"{note}"}},"w":{{"dtype":"F32","shape":[{size}],"data_offsets":[0,{4 * size}]}}}}'
        ).encode()
        content = len(header).to_bytes(8, "little") + header + bytes(4 * size)
        (tmp_path / f"{name}.safetensors").write_bytes(content)
    assert joins(scanned(tmp_path)) == set()


def test_external_data_that_went_missing_prove_nothing(tmp_path: Path, scanned: Scanned) -> None:
    bring(tmp_path, "plain.safetensors", "external.onnx")
    assert joins(scanned(tmp_path)) == set()
