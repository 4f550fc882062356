from __future__ import annotations

import pytest

from scanner.collectors import lfs
from scanner.sources.blob import blob_of_bytes

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
