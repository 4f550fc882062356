"""What the release contains itself, and what only its images and archives do."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from scanner.graph import Graph
from tests.enrichers.conftest import Scanned
from tests.enrichers.layouts import write_image

SAMPLES = Path(__file__).parents[1] / "inspectors" / "samples"


def held(graph: Graph) -> set[str]:
    (release,) = graph.refs("release")
    return {f"{one.target.kind} {one.location.path}" for one in graph.outgoing(release, ("contains",))}


def test_files_models_and_images(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "readme.txt").write_text("text " * 30)
    shutil.copy(SAMPLES / "plain.onnx", tmp_path / "free.onnx")
    manifest = write_image(tmp_path / "image", [("app/inside.onnx", (SAMPLES / "custom.onnx").read_bytes())])
    with zipfile.ZipFile(tmp_path / "models.zip", "w") as archive:
        archive.write(SAMPLES / "python.onnx", "zipped.onnx")
        archive.writestr("note.txt", "note " * 30)
    graph = scanned(tmp_path)
    found = held(graph)
    assert {
        "file readme.txt",
        "file free.onnx",
        "model free.onnx",
        "file models.zip",
        "model models.zip!zipped.onnx",
    } <= found
    assert [one.target.key for one in graph.outgoing(graph.refs("release")[0]) if one.target.kind == "image"] == [
        manifest
    ]
    assert not [one for one in found if "inside.onnx" in one or "note.txt" in one]


def test_what_lies_free_and_in_an_image_is_contained_by_both(tmp_path: Path, scanned: Scanned) -> None:
    data = (SAMPLES / "plain.onnx").read_bytes()
    (tmp_path / "free.onnx").write_bytes(data)
    write_image(tmp_path / "image", [("app/same.onnx", data)])
    graph = scanned(tmp_path)
    (model,) = [ref for ref in graph.refs("model") if graph.seen(ref)]
    assert {one.source.kind for one in graph.incoming(model, ("contains",))} == {"release", "image", "layer"}


def test_everything_found_is_reached_from_the_release(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path / "image", [("a", b"a" * 100), ("b!c", b"b" * 100)])
    (tmp_path / "odd!name").write_bytes(b"c" * 100)
    graph = scanned(tmp_path)
    reached = graph.reach(graph.refs("release"), ("contains",))
    assert {ref for ref in graph.refs("file") if graph.seen(ref)} <= reached
