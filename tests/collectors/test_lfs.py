from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import lfs
from scanner.sources.blob import Blob, blob_of_bytes

OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n"


def test_a_pointer_stands_for_content_that_is_not_here() -> None:
    blob = blob_of_bytes("models/model.bin", POINTER.encode())
    assert lfs.wants(blob)
    evidence = lfs.collect(blob)
    assert [item.target.key for item in evidence.relationships] == [f"sha256:{OID}"]
    assert [item.reason for item in evidence.not_examined] == ["source_unreachable"]
    assert not evidence.artifacts[0].resolved


@pytest.mark.parametrize(
    "text",
    [
        POINTER.replace("sha256:4", "sha256:z"),
        POINTER.replace("size 12345", "size -1"),
        POINTER + "more\n",
        "x" + POINTER,
        POINTER.replace("size 12345\n", ""),
        POINTER + " " * 2000,
    ],
)
def test_anything_else_is_an_ordinary_file(text: str) -> None:
    assert not lfs.wants(blob_of_bytes("model.bin", text.encode()))


def test_a_pointer_whose_content_git_lfs_keeps_is_nothing_missing(
    tmp_path: Path, blob_at: Callable[[Path, str], Blob]
) -> None:
    kept = tmp_path / f".git/lfs/objects/{OID[:2]}/{OID[2:4]}/{OID}"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"weights")
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path in ("model.bin", "a/b/model.bin"):
        (tmp_path / path).write_text(POINTER)
        assert lfs.collect(blob_at(tmp_path, path)).not_examined == ()
    (missed,) = lfs.collect(blob_at(tmp_path / "a", "b/model.bin")).not_examined
    assert missed.reason == "source_unreachable"
