"""What records call by md5 is joined to the bytes of this scan, or stays a drawn gap."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import identity
from scanner.enrichers.digest_joins import CHUNK, _chunks
from scanner.graph import Graph
from scanner.model import ArtifactRef
from tests.enrichers.conftest import Scanned

DATA = b"id,amount\n" + b"1,100\n" * 50


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def track(root: Path, path: str, digest: str, size: int | None = None, kind: str = "md5") -> None:
    """A .dvc file of DVC 3, or of DVC 2 where ``kind`` is empty."""
    lines = [f"- md5: {digest}", *([f"  size: {size}"] if size is not None else [])]
    lines += [f"  hash: {kind}"] if kind else []
    file = root / f"{path}.dvc"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("outs:\n" + "\n".join([*lines, f"  path: {Path(path).name}"]) + "\n")


def claimed(graph: Graph, digest: str) -> ArtifactRef:
    (ref,) = {graph.canonical(one) for one in graph.known_refs() if one.kind == "file" and digest in one.key}
    return ref


def content(data: bytes) -> ArtifactRef:
    return identity.content("file", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("size", [len(DATA), None], ids=["with its size", "without a size"])
def test_a_claimed_file_is_the_file_with_these_bytes(tmp_path: Path, scanned: Scanned, size: int | None) -> None:
    (tmp_path / "claims.csv").write_bytes(DATA)
    track(tmp_path, "claims.csv", md5(DATA), size)
    assert claimed(scanned(tmp_path), md5(DATA)) == content(DATA)


def test_equal_size_with_other_bytes_is_no_match(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "claims.csv").write_bytes(DATA.replace(b"100", b"999"))
    track(tmp_path, "claims.csv", md5(DATA), len(DATA))
    graph = scanned(tmp_path)
    ref = claimed(graph, md5(DATA))
    assert ref.key == f"md5:{md5(DATA)}"
    assert not graph.artifact(ref).resolved


def test_the_bytes_are_found_under_another_name(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "renamed").write_bytes(DATA)
    track(tmp_path, "claims.csv", md5(DATA), len(DATA))
    assert claimed(scanned(tmp_path), md5(DATA)) == content(DATA)


def test_two_files_with_one_content_are_one(tmp_path: Path, scanned: Scanned) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(DATA)
        track(tmp_path, name, md5(DATA), len(DATA))
    graph = scanned(tmp_path)
    places = [place.path for place in graph.artifact(claimed(graph, md5(DATA))).locations]
    assert {"a.csv", "b.csv"} <= set(places)


def test_empty_files_stay_apart(tmp_path: Path, scanned: Scanned) -> None:
    for name in ("a/__init__.py", "b/__init__.py", "claimed.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    track(tmp_path, "claimed.txt", md5(b""), 0)
    graph = scanned(tmp_path)
    (one,), (other,) = (
        [ref for ref in graph.at(path) if ref.kind == "file"] for path in ("a/__init__.py", "b/__init__.py")
    )
    assert one != other
    assert claimed(graph, md5(b"")) in graph.at("claimed.txt")


def test_an_empty_file_that_two_records_claim_joins_nowhere(tmp_path: Path, scanned: Scanned) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
        track(tmp_path, name, md5(b""), 0)
    graph = scanned(tmp_path)
    assert claimed(graph, md5(b"")).key.startswith("md5:")
    assert graph.at("a") != graph.at("b")


def test_a_directory_as_dvc_hashes_it(tmp_path: Path, scanned: Scanned) -> None:
    files = {"train/b.csv": DATA, "train/a.csv": DATA[::-1], "test.csv": DATA * 2}
    for name, data in files.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(data)
    listed = [{"md5": md5(data), "relpath": name} for name, data in sorted(files.items())]
    whole = md5(json.dumps(listed, sort_keys=True).encode())
    track(tmp_path, "data", f"{whole}.dir")
    graph = scanned(tmp_path)
    ref = claimed(graph, whole)
    assert ref.key.startswith("sha256:")
    inside = {one.target for one in graph.outgoing(ref, ("contains",))}
    assert inside == {content(data) for data in files.values()}
    (tmp_path / "data" / "extra.csv").write_bytes(DATA * 3)
    assert not claimed(scanned(tmp_path), whole).key.startswith("sha256:")


def test_a_file_that_is_gone_before_it_is_hashed_again_is_no_match(tmp_path: Path, scanned: Scanned) -> None:
    track(tmp_path, "claims.csv", md5(DATA), len(DATA))
    graph = scanned(tmp_path)
    assert claimed(graph, md5(DATA)).key.startswith("md5:")


@given(st.lists(st.sampled_from([b"a\r\n", b"\r", b"\n", b"\0", b"\xff" * 9, b"text"]), max_size=12))
def test_dos2unix_is_that_of_dvc(parts: list[bytes]) -> None:
    """DVC 2: a file is text when its first 512 bytes hold no NUL and at most 30 % other bytes."""
    data = b"".join(parts)
    text = bytes(range(32, 127)) + b"\n\r\t\f\b"
    head = data[:512]
    is_text = b"\0" not in head and len(head.translate(None, text)) <= 0.3 * len(head)
    expected = data.replace(b"\r\n", b"\n") if is_text else data
    assert b"".join(_chunks(iter([data] if data else []), True)) == expected
    assert b"".join(_chunks(iter([data] if data else []), False)) == data


def test_what_a_file_is_its_first_chunk_decides() -> None:
    chunks = [b"text\r\n", b"\0binary\r\n" + b"\xff" * 600]
    assert list(_chunks(iter(chunks), True)) == [b"text\n", b"\0binary\n" + b"\xff" * 600]
    assert CHUNK == 1 << 20
