"""Archives: members as Blobs, budgets, and every structural lie told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.formats import sniff
from scanner.model import NotExamined
from scanner.sources.archive import Budget, HardLink, Members, decompress, safe_member_path, untar, unzip
from scanner.sources.blob import Blob, blob_of_bytes


def zip_of(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, compression)
    return out.getvalue()


def tar_of(fill: Callable[[tarfile.TarFile], None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        fill(archive)
    return out.getvalue()


def member(
    archive: tarfile.TarFile, name: str, data: bytes = b"", type: bytes = tarfile.REGTYPE, link: str = ""
) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = type, link, len(data)
    archive.addfile(info, io.BytesIO(data))


def split(members: Members) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    read, missed = {}, []
    for part in members.parts:
        if isinstance(part, Blob):
            read[part.path] = part.read()
        elif isinstance(part, NotExamined):
            missed.append((part.location.path, part.detail))
    return read, missed


def test_members_of_a_zip() -> None:
    blob = blob_of_bytes("a.zip", zip_of({"x/1": b"one", "2": b"two"}))
    assert split(unzip(blob, Budget())) == ({"a.zip!x/1": b"one", "a.zip!2": b"two"}, [])


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/abs", "a/../../b", "C:/x"])
def test_a_member_that_leaves_its_archive_is_not_read(name: str) -> None:
    read, missed = split(unzip(blob_of_bytes("a.zip", zip_of({name: b"x"})), Budget()))
    assert (read, missed) == ({}, [("a.zip", "member name leaves the archive")])
    read, missed = split(untar(io.BytesIO(tar_of(lambda archive: member(archive, name, b"x"))), "a.tar", 1, Budget()))
    assert (read, missed) == ({}, [("a.tar", "member name leaves the archive")])


def test_a_zip_bomb_stops_at_the_budget() -> None:
    bomb = blob_of_bytes("bomb.zip", zip_of({"zeros": b"\0" * (100 << 20)}))
    read, missed = split(unzip(bomb, Budget()))
    assert read == {}
    assert missed == [("bomb.zip!zeros", "expands more than 250 times")]


def test_a_total_over_the_budget_ends_the_archive() -> None:
    parts = unzip(blob_of_bytes("a.zip", zip_of({"1": b"x" * 5000, "2": b"x" * 5000})), Budget(expanded=6000)).parts
    with pytest.raises(NotExaminable, match="too many bytes"):
        list(parts)


def test_too_many_members_end_the_archive() -> None:
    parts = unzip(blob_of_bytes("a.zip", zip_of({str(number): b"" for number in range(5)})), Budget(members=3)).parts
    with pytest.raises(NotExaminable, match="too many members"):
        list(parts)


def test_a_wrong_checksum_is_told_and_the_rest_is_read() -> None:
    data = zip_of({"bad": b"payload", "good": b"fine"}, zipfile.ZIP_STORED).replace(b"payload", b"changed")
    read, missed = split(unzip(blob_of_bytes("a.zip", data), Budget()))
    assert (read, missed) == ({"a.zip!good": b"fine"}, [("a.zip!bad", "broken archive member")])


def test_links_and_devices_of_a_tar() -> None:
    def fill(archive: tarfile.TarFile) -> None:
        member(archive, "./.dockerenv", b"kept")
        member(archive, "hard", type=tarfile.LNKTYPE, link=".dockerenv")
        member(archive, "soft", type=tarfile.SYMTYPE, link="/etc/passwd")
        member(archive, "null", type=tarfile.CHRTYPE)

    parts = list(untar(io.BytesIO(tar_of(fill)), "l.tar", 1, Budget()).parts)
    assert [part.path for part in parts if isinstance(part, Blob)] == ["l.tar!.dockerenv"]
    assert [part for part in parts if isinstance(part, HardLink)] == [HardLink("l.tar!hard", "l.tar!.dockerenv")]
    assert [part.detail for part in parts if isinstance(part, NotExamined)] == ["not a regular file"]


def test_a_cut_tar_gives_what_came_before_the_cut() -> None:
    def fill(archive: tarfile.TarFile) -> None:
        member(archive, "first", b"1" * 600)
        member(archive, "second", b"2" * 5000)

    read, missed = split(untar(io.BytesIO(tar_of(fill)[:3000]), "c.tar", 1, Budget()))
    assert list(read) == ["c.tar!first"]
    assert missed == [("c.tar", "broken or truncated archive")]


def test_a_tar_without_the_padding_of_its_last_member_is_whole() -> None:
    """As umoci 0.4.7 writes inserted layers."""
    data = tar_of(lambda archive: member(archive, "only", b"x" * 600))[: 512 + 600]
    assert split(untar(io.BytesIO(data), "u.tar", 1, Budget())) == ({"u.tar!only": b"x" * 600}, [])
    for cut in (513, 1000, 512 + 599):
        read, missed = split(untar(io.BytesIO(data[:cut]), "u.tar", 1, Budget()))
        assert (read, missed) == ({}, [("u.tar", "broken or truncated archive")])


@pytest.mark.parametrize(("format", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)])
def test_compressed_streams(format: str, pack: Callable[[bytes], bytes]) -> None:
    data = b"content" * 50_000
    assert sniff(pack(data)[:4096], 1 << 20) == format
    with decompress(blob_of_bytes("x", pack(data)), format) as stream:
        assert stream.read() == data


@pytest.mark.parametrize("format", ["gzip", "bzip2", "xz", "zlib"])
def test_a_cut_stream_is_an_error(format: str) -> None:
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zlib": zlib.compress}[format]
    with decompress(blob_of_bytes("x", pack(bytes(range(256)) * 99)[:-20]), format) as stream, pytest.raises(EOFError):
        stream.read()


@pytest.mark.parametrize(
    "text", [b"x^2 + y^2 = z^2, and so on for ever", b"x\x9c but no stream at all", b"]\x00\x00 not lzma either"]
)
def test_text_that_begins_like_a_stream_is_none(text: bytes) -> None:
    assert sniff(text, len(text)) is None


def test_a_format_without_reader_is_said_to_be_unsupported() -> None:
    with pytest.raises(NotExaminable, match="unsupported: no reader for lz4"):
        decompress(blob_of_bytes("x", b"\x04\x22\x4d\x18"), "lz4")


def test_a_large_member_can_be_read_more_than_once() -> None:
    data = bytes(range(256)) * (5 << 12)
    (blob,) = [
        part for part in unzip(blob_of_bytes("a.zip", zip_of({"m": data})), Budget()).parts if isinstance(part, Blob)
    ]
    assert blob.content is None
    for _ in range(2):
        with blob.open() as stream:
            assert stream.read() == data
            assert stream.seek(-5, io.SEEK_END) == len(data) - 5
            assert stream.read() == data[-5:]


@given(st.text(max_size=40))
def test_no_member_path_leaves_its_archive(name: str) -> None:
    path = safe_member_path(name)
    assert path is None or (not path.startswith(("/", "../")) and ".." not in path.split("/"))


@given(st.binary(max_size=300))
def test_noise_is_refused_or_told(data: bytes) -> None:
    for opening in (lambda blob: unzip(blob, Budget()), lambda blob: untar(blob.open(), "n", 1, Budget())):
        try:
            list(opening(blob_of_bytes("n", data)).parts)
        except NotExaminable as error:
            assert error.detail
