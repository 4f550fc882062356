"""Names of members, read once for each Blob."""

from __future__ import annotations

import io
import zipfile

import pytest

from scanner.errors import NotExaminable
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.zip_members import member_names


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name in names:
            written.writestr(name, b"x")
    return buffer.getvalue()


def test_the_names_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = blob_of_bytes("a.zip", archive("b.txt", "a.txt"))
    assert member_names(blob) == ("b.txt", "a.txt")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert member_names(blob) == ("b.txt", "a.txt")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + b"\0" * 40, archive("a")[:-10], archive("a")[:30]])
def test_a_broken_archive_has_none(data: bytes) -> None:
    assert member_names(blob_of_bytes("a.zip", data)) == ()


def test_a_blob_that_is_gone_is_told() -> None:
    def gone() -> io.BytesIO:
        raise FileNotFoundError

    with pytest.raises(NotExaminable):
        member_names(Blob("a.zip", 100, b"PK\x03\x04", gone))
