from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.advisories.archive import Limits, read_members
from scanner.advisories.osv import LARGEST_RECORD
from scanner.errors import NotExaminable

Write = Callable[[zipfile.ZipFile], None]


def make(path: Path, write: Write) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        write(archive)
    return path


def members(**contents: str) -> Write:
    def write(archive: zipfile.ZipFile) -> None:
        for name, content in contents.items():
            archive.writestr(f"{name}.json", content)

    return write


def test_members_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", members(B="2", A="1"))
    assert [(m.name, m.content) for m in read_members(path)] == [("A.json", b"1"), ("B.json", b"2")]


@pytest.mark.parametrize(
    "name", ["../evil.json", "/etc/evil.json", "a/b.json", "a\\b.json", "A.txt", ".json", "A\x01.json", "Ä.json"]
)
def test_member_names_that_are_not_ids_refuse_the_archive(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / "a.zip", lambda archive: archive.writestr(name, "{}"))
    with pytest.raises(NotExaminable, match="not named"):
        list(read_members(path))


def test_a_name_twice_refuses_the_archive(tmp_path: Path) -> None:
    def write(archive: zipfile.ZipFile) -> None:
        archive.writestr("A.json", "1")
        archive.writestr("A.json", "2")

    with pytest.raises(NotExaminable, match="twice"):
        list(read_members(make(tmp_path / "a.zip", write)))


def test_an_unusual_compression_refuses_the_archive(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", lambda archive: archive.writestr("A.json", "1", zipfile.ZIP_BZIP2))
    with pytest.raises(NotExaminable, match="compressed"):
        list(read_members(path))


@pytest.mark.parametrize("kept", [0, 10, 0.5, -30])
def test_a_truncated_archive_is_refused(tmp_path: Path, kept: float) -> None:
    path = make(tmp_path / "a.zip", members(A="1" * 500, B="2" * 500))
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(NotExaminable, match="not a complete zip"):
        list(read_members(path))


def test_damaged_content_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", members(A="abcdefgh" * 500))
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(NotExaminable):
        list(read_members(path))


def test_a_record_that_expands_too_far_is_left_out_and_the_rest_used(tmp_path: Path) -> None:
    def write(archive: zipfile.ZipFile) -> None:
        archive.writestr("A.json", b" " * (LARGEST_RECORD + 1))
        archive.writestr("B.json", "2")

    first, second = read_members(make(tmp_path / "a.zip", write))
    assert isinstance(first.content, NotExaminable)
    assert first.content.reason == "over_limit"
    assert second.content == b"2"


@pytest.mark.parametrize("limits", [Limits(archive=10), Limits(members=1), Limits(expanded=5)])
def test_archives_over_a_limit_are_refused(tmp_path: Path, limits: Limits) -> None:
    path = make(tmp_path / "a.zip", members(A="1234", B="5678"))
    with pytest.raises(NotExaminable) as caught:
        list(read_members(path, limits))
    assert caught.value.reason == "over_limit"


def test_a_lying_size_does_not_help_a_bomb(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", members(A=" " * (LARGEST_RECORD + 1)))
    content = bytearray(path.read_bytes())
    size = (LARGEST_RECORD + 1).to_bytes(4, "little")
    while (place := content.find(size)) >= 0:
        content[place : place + 4] = (4).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(NotExaminable):
        list(read_members(path))
