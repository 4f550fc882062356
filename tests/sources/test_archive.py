"""Archives: members as Blobs, budgets, and every structural lie told."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import random
import sys
import tarfile
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.formats import sniff
from scanner.model import NotExamined
from scanner.sources.archive import Budget, HardLink, Members, decompress, safe_member_path, spool, untar
from scanner.sources.blob import Blob, blob_of_bytes

zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


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


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/abs", "a/../../b", "C:/x"])
def test_a_name_that_leaves_the_archive_is_told_and_hides_no_content(name: str) -> None:
    read, missed = split(untar(io.BytesIO(tar_of(lambda archive: member(archive, name, b"x"))), "a.tar", 1, Budget()))
    assert (read, missed) == ({"a.tar!0x0": b"x"}, [("a.tar", "member name leaves the archive")])


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


PACK = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zlib": zlib.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize(("format", "pack"), PACK.items())
def test_compressed_streams(format: str, pack: Callable[[bytes], bytes]) -> None:
    data = b"content" * 50_000
    assert sniff(pack(data)[:4096], 1 << 20) == format
    with decompress(blob_of_bytes("x", pack(data)), format) as stream:
        assert stream.read() == data


@pytest.mark.parametrize("format", PACK)
def test_a_cut_stream_is_an_error(format: str) -> None:
    packed = PACK[format](bytes(range(256)) * 99)
    with decompress(blob_of_bytes("x", packed[:-20]), format) as stream, pytest.raises(EOFError):
        stream.read()


@pytest.mark.parametrize("format", PACK)
def test_a_cut_stream_keeps_what_it_gave(format: str) -> None:
    noise = random.Random(1).randbytes(600_000)
    with decompress(blob_of_bytes("x", PACK[format](noise)[:400_000]), format) as stream:
        blob, whole = spool(stream, "x!y", 400_000, Budget())
    assert not whole
    assert blob.size >= 100_000 or format == "bzip2"
    assert noise.startswith(blob.read())


@pytest.mark.parametrize("format", ["gzip", "bzip2", "xz", "zstd", "lz4"])
def test_several_streams_in_a_row(format: str) -> None:
    packed = PACK[format](b"one") + PACK[format](b"two")
    with decompress(blob_of_bytes("x", packed), format) as stream:
        assert stream.read() == b"onetwo"


@pytest.mark.parametrize("format", PACK)
@pytest.mark.parametrize("seed", range(5))
def test_damaged_streams_break_and_nothing_else(format: str, seed: int) -> None:
    generator = random.Random(seed)
    packed = bytearray(PACK[format](b"content " * 500 + generator.randbytes(500)))
    for _ in range(40):
        packed[generator.randrange(4, len(packed))] ^= 1 << generator.randrange(8)
        try:
            with decompress(blob_of_bytes("x", bytes(packed)), format) as stream:
                spool(stream, "x!y", len(packed), Budget())
        except NotExaminable as error:
            assert error.detail


def test_a_bomb_of_zstd_is_expanded_in_pieces() -> None:
    bomb = zstd.compress(bytes(300 << 20))
    with decompress(blob_of_bytes("x", bomb), "zstd") as stream, pytest.raises(NotExaminable, match="expands more"):
        spool(stream, "x!y", len(bomb), Budget())


@pytest.mark.parametrize(
    "text", [b"x^2 + y^2 = z^2, and so on for ever", b"x\x9c but no stream at all", b"]\x00\x00 not lzma either"]
)
def test_text_that_begins_like_a_stream_is_none(text: bytes) -> None:
    assert sniff(text, len(text)) is None


def test_a_format_without_reader_is_said_to_be_unsupported() -> None:
    with pytest.raises(NotExaminable, match="unsupported: no reader for rar"):
        decompress(blob_of_bytes("x", b"Rar!"), "rar")


@given(st.text(max_size=40))
def test_no_member_path_leaves_its_archive(name: str) -> None:
    path = safe_member_path(name)
    assert path is None or (not path.startswith(("/", "../")) and ".." not in path.split("/"))


@given(st.binary(max_size=300))
def test_noise_is_refused_or_told(data: bytes) -> None:
    assert isinstance(split(untar(io.BytesIO(data), "n", 1, Budget())), tuple)
