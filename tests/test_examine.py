"""The unit of work: one file in, evidence out, and no input that raises."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import pickle
import random
import sys
import tarfile
import zipfile
from pathlib import Path

import lz4.frame
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.examine import examine
from scanner.graph import Graph
from scanner.model import Proof
from scanner.sources.directory import Handle

zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
CALL = b"cos\nsystem\n(S'true'\ntR."
"""A pickle of protocol 0 that would call os.system; never loaded."""


def graph_of(root: Path, *names: str) -> Graph:
    graph = Graph()
    for name in names or sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()):
        for evidence in examine(Handle(name, str(root / name), str(root), (root / name).stat().st_size)):
            graph.add(evidence)
    return graph


def missed(graph: Graph) -> dict[str, str]:
    return {item.location.path: item.detail for _, item in graph.not_examined}


def verdict_at(graph: Graph, path: str) -> object:
    scan = graph.artifact(graph.at(path)[0]).groups.get("code_scan")
    return scan["verdict"] if isinstance(scan, dict) else None


def test_a_file_is_known_by_its_content_at_every_place(tmp_path: Path) -> None:
    for name in ("a.bin", "b.bin"):
        (tmp_path / name).write_bytes(b"x" * 100)
    graph = graph_of(tmp_path)
    (ref,) = graph.refs("file")
    view = graph.artifact(ref)
    assert [place.path for place in view.locations] == ["a.bin", "b.bin"]
    assert view.groups["examined"] == {"state": "examined", "reason": None}
    assert (graph.blobs, graph.bytes_examined, graph.bytes_total) == (2, 200, 200)


@pytest.mark.parametrize("name", ["weights.bin", "model.txt", "photo.png", "noextension", ".hidden"])
def test_a_pickle_is_recognised_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CALL)
    assert verdict_at(graph_of(tmp_path), name) == "malicious"


def test_a_pickle_three_archives_deep_is_found_and_joined_to_its_containers(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("payload", CALL + b" " * 64)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as outer:
        info = tarfile.TarInfo("data/inner.zip")
        info.size = len(inner.getvalue())
        outer.addfile(info, io.BytesIO(inner.getvalue()))
    (tmp_path / "release").write_bytes(gzip.compress(tar.getvalue()))
    graph = graph_of(tmp_path)
    path = "release!data/inner.zip!payload"
    assert verdict_at(graph, path) == "malicious"
    (top,) = graph.at("release")
    assert graph.artifact(top).groups["format"] == "tar+gzip"
    assert graph.at(path)[0] in graph.reach([top], ("contains",))
    assert {one.proof for one in graph.relationships()} == {Proof.MATCHED}


def archive_of(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def tar_of(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "inner"),
    [
        (b"GIF89a" + archive_of(("x", CALL)), "x"),
        (pickle.dumps([1, 2]) + archive_of(("m/data.pkl", CALL)), "m/data.pkl"),
        (archive_of(("x", b"harmless")) + CALL, "behind"),
        (archive_of(("x", CALL)) + archive_of(("y", b"harmless")), "0x0/x"),
        (archive_of(("x", CALL)).replace(b"true", b"echo"), "x"),
        (gzip.compress(CALL + random.Random(5).randbytes(9_000), mtime=0)[:5_000], "f"),
        (gzip.compress(bz2.compress(CALL), mtime=0), "f!f"),
        (lz4.frame.compress(zstd.compress(CALL)), "f!f"),
        ((Path(__file__).parent / "sources/data/lzma2.7z").read_bytes(), "payload.pkl"),
        (archive_of(("a.npy", b"\x93NUMPY"), ("b", CALL)), "b"),
        (tar_of(("sys_info", b"\x80\x02}."), ("pickle", CALL), ("storages", b"\x80\x02K\0.")), "pickle"),
        (tar_of(("../../x", CALL)), "0x0"),
        (tar_of(("model_config.yaml", b"a: {_target_: os.system, _args_: [x]}")), "model_config.yaml"),
    ],
    ids=[
        "image",
        "pickle before",
        "pickle behind",
        "two archives",
        "checksum",
        "cut",
        "doubled",
        "lz4 and zstd",
        "7z",
        "npz",
        "torch as tar",
        "path upwards",
        "nemo",
    ],
)
def test_no_container_hides_a_pickle(tmp_path: Path, data: bytes, inner: str) -> None:
    (tmp_path / "f").write_bytes(data)
    assert verdict_at(graph_of(tmp_path), f"f!{inner}") == "malicious"


def test_a_wrong_checksum_is_a_reason_of_the_archive(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(archive_of(("x", b"content")).replace(b"content", b"changed"))
    graph = graph_of(tmp_path)
    assert verdict_at(graph, "f") == "unknown"
    (finding,) = graph.artifact(graph.at("f")[0]).groups["findings"]  # type: ignore[misc]
    assert (finding["code"], finding["at"]) == ("zip-wrong-checksum", "x")
    assert missed(graph) == {}


def test_what_is_nested_too_deep_is_told(tmp_path: Path) -> None:
    data = b"core"
    for _ in range(12):
        data = gzip.compress(data, mtime=0)
    (tmp_path / "onion").write_bytes(data)
    graph = graph_of(tmp_path)
    assert "nested deeper than 8 archives" in missed(graph).values()


@pytest.mark.parametrize(
    ("name", "data", "detail"),
    [
        ("cut.gz", gzip.compress(random.Random(7).randbytes(5000), mtime=0)[:2000], "broken or truncated"),
        ("broken.zip", b"PK\x03\x04" + b"\0" * 100, "broken zip archive"),
        ("some.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 100, "broken 7z archive"),
        ("some.rar", b"Rar!\x1a\x07\x01\x00" + b"\0" * 100, "no reader for rar"),
        ("bad.safetensors", (60).to_bytes(8, "little") + b"{" + b"x" * 100, "safetensors header is not JSON"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, name: str, data: bytes, detail: str) -> None:
    (tmp_path / name).write_bytes(data)
    graph = graph_of(tmp_path)
    assert missed(graph) == {name: detail}
    state = graph.artifact(graph.at(name)[0]).groups["examined"]
    assert isinstance(state, dict)
    assert state["state"] == "partly"


def test_a_stream_that_breaks_is_told_once_and_what_it_gave_is_inspected(tmp_path: Path) -> None:
    rows = "".join(f"{number},{random.Random(number).random()}\n" for number in range(500)).encode()
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress(b"id,value\n" + rows, mtime=0)[:4000])
    (tmp_path / "model.pkl.gz").write_bytes(gzip.compress(CALL + random.Random(1).randbytes(9000), mtime=0)[:4000])
    graph = graph_of(tmp_path)
    assert missed(graph) == {"table.csv.gz": "broken or truncated", "model.pkl.gz": "broken or truncated"}
    assert verdict_at(graph, "model.pkl.gz!model.pkl") == "malicious"
    assert graph.refs("dataset") == []


def test_a_file_that_is_gone_is_not_examined(tmp_path: Path) -> None:
    (evidence,) = examine(Handle("gone", str(tmp_path / "gone"), str(tmp_path), 1))
    graph = Graph.fold([evidence])
    assert missed(graph) == {"gone": "cannot be read"}
    assert graph.artifact(graph.refs("file")[0]).groups["examined"] == {
        "state": "not_examined",
        "reason": "unreadable: cannot be read",
    }


def test_names_with_control_characters_and_markup_are_kept_as_they_are(tmp_path: Path) -> None:
    name = 'a\x1b[31m"><script>alert(1)<\u202e.pkl'
    (tmp_path / name).write_bytes(pickle.dumps({"weights": [1.0] * 50}))
    assert graph_of(tmp_path).at(name)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x80\x04", b"{", b"\x08\x08\x12", b"GGUF", b"SQLite format 3\0"]
    ),
    st.binary(max_size=400),
    st.sampled_from(
        [
            "x",
            "dvc.lock",
            "mlflow.db",
            "MLmodel",
            "index.json",
            "METADATA",
            "status",
            "a.yaml",
            "n.ipynb",
            "config.json",
        ]
    ),
)
def test_no_bytes_under_any_name_raise(tmp_path: Path, start: bytes, rest: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(start + rest)
    graph = graph_of(tmp_path, name)
    assert graph.at(name)
