"""Reading the files of a signed directory."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.signing.files import digest_of, read_directory


def test_every_file_is_found_with_its_digest(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a" / "b" / "x.bin").write_bytes(b"content")
    (tmp_path / ".hidden").write_bytes(b"")
    files = read_directory(tmp_path)
    assert sorted(files) == [".hidden", "a/b/x.bin"]
    found = files["a/b/x.bin"]
    assert (found.size, found.sha256) == (7, hashlib.sha256(b"content").hexdigest())
    assert found.digest("blake2b") == hashlib.blake2b(b"content").hexdigest()
    assert found.digest("sha256:1:3") == hashlib.sha256(b"on").hexdigest()


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_bytes(b"x")
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    (tmp_path / "file").symlink_to(tmp_path / "real" / "x")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    files = read_directory(tmp_path)
    assert sorted(path for path, found in files.items() if found.is_symlink) == [
        "dangling",
        "file",
        "folder",
    ]
    assert "folder/x" not in files
    with pytest.raises(NotExaminable):
        files["file"].digest("sha256")


def test_special_files_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotExaminable):
        read_directory(tmp_path)


def test_names_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff", "wb"):
        pass
    with pytest.raises(NotExaminable):
        read_directory(tmp_path)


def test_a_file_replaced_by_a_link_after_listing_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    found = read_directory(tmp_path)["x"]
    (tmp_path / "x").unlink()
    (tmp_path / "x").symlink_to("/etc/hostname")
    with pytest.raises(NotExaminable):
        found.digest("blake2b")


def test_unknown_algorithms_and_short_files_are_not_examinable() -> None:
    for query in ("md5", "sha256:0:9", "sha256:8:9"):
        with pytest.raises(NotExaminable):
            digest_of(io.BytesIO(b"content"), query)


@given(st.binary(max_size=50), st.integers(0, 50), st.integers(0, 50))
def test_a_range_digest_is_the_digest_of_the_slice(content: bytes, one: int, other: int) -> None:
    start, end = sorted((min(one, len(content)), min(other, len(content))))
    assert digest_of(io.BytesIO(content), f"sha256:{start}:{end}") == hashlib.sha256(content[start:end]).hexdigest()
