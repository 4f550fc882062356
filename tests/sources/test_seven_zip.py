"""7z archives: files as 7-Zip and py7zr pack them, coders that are told, and headers that claim anything."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import OVER_LIMIT, UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.model import NotExamined
from scanner.sources.archive import Budget, Suspect
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.seven_zip import un7z

DATA = Path(__file__).parent / "data"
FILES = {"payload.pkl": b"cos\nsystem\n(S'echo'\ntR.", "dir/text.txt": b"some text " * 40, "empty": b""}
PLAIN = (DATA / "plain_header.7z").read_bytes()


def read_of(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    read, told = {}, []
    for part in un7z(blob_of_bytes("a", data), Budget()).parts:
        if isinstance(part, Blob):
            read[part.path.removeprefix("a!")] = part.read()
        elif isinstance(part, NotExamined):
            told.append(part.detail)
        elif isinstance(part, Suspect):
            told.append(part.lie)
    return read, told


def sealed(data: bytes, header: bytes) -> bytes:
    """An archive with another header, whose checksums are right again."""
    (offset,) = struct.unpack_from("<Q", data, 12)
    start = struct.pack("<QQI", offset, len(header), zlib.crc32(header))
    return data[:8] + struct.pack("<I", zlib.crc32(start)) + start + data[32 : 32 + offset] + header


def header_of(data: bytes) -> bytes:
    offset, length = struct.unpack_from("<QQ", data, 12)
    return data[32 + offset : 32 + offset + length]


@pytest.mark.parametrize(
    "name",
    ["lzma", "lzma2", "bzip2", "deflate", "copy", "delta", "bcj", "separate", "plain_header", "zstd"],
)
def test_real_archives(name: str) -> None:
    data = (DATA / f"{name}.7z").read_bytes()
    assert sniff(data, len(data)) == "7z"
    assert read_of(data) == (FILES, [])


@pytest.mark.parametrize(("name", "detail"), [("ppmd", "7z coders without a decoder"), ("encrypted", "encrypted")])
def test_files_that_cannot_be_expanded_are_told_one_by_one(name: str, detail: str) -> None:
    assert read_of((DATA / f"{name}.7z").read_bytes()) == ({"empty": b""}, [detail] * 2)


def test_an_encrypted_header_is_told() -> None:
    with pytest.raises(NotExaminable, match="unsupported: encrypted") as caught:
        read_of((DATA / "encrypted_header.7z").read_bytes())
    assert caught.value.reason == UNSUPPORTED


def test_an_empty_archive() -> None:
    start = bytes(20)
    assert read_of(PLAIN[:8] + struct.pack("<I", zlib.crc32(start)) + start) == ({}, [])


def test_a_changed_content_is_read_and_told() -> None:
    read, told = read_of(PLAIN.replace(b"S'echo'", b"S'ECHO'"))
    assert read["payload.pkl"] == FILES["payload.pkl"].replace(b"echo", b"ECHO")
    assert told == ["checksum"]


def test_names_that_leave_the_archive_hide_no_content() -> None:
    header = header_of(PLAIN).replace("payload".encode("utf-16-le"), "../../x".encode("utf-16-le"))
    read, told = read_of(sealed(PLAIN, header))
    assert FILES["payload.pkl"] in read.values()
    assert told == ["member name leaves the archive"]


def test_a_size_beyond_the_packed_bytes_is_told() -> None:
    header = header_of(PLAIN)
    sizes = b"\x0c\x81\x90\x17"  # UNPACK_SIZE, 400 and 23 bytes
    assert header.count(sizes) == 1
    read, told = read_of(sealed(PLAIN, header.replace(sizes, b"\x0c\xbf\xff\x17")))
    assert read["dir/text.txt"] == FILES["dir/text.txt"]
    assert told == ["broken archive member"]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (b"\x01\x05" + b"\xff" * 9 + b"\0", "parts of a 7z archive"),
        (b"\x01\x04\x06\x00" + b"\xf0\xff\xff\xff\x7f", "parts of a 7z archive"),
        (b"\x01\x04\x06\xff" + b"\xff" * 8 + b"\x01\x09\x01\0\0\0", "broken 7z archive"),
        (b"\x01\x04\x06\x00\x01\x09\xff" + b"\xff" * 8 + b"\0\0\0", "broken 7z archive"),
        (b"\x01\x04\x07\x0b\x01\0\x21" + b"\0" * 20, "broken 7z archive"),
        (b"\x17\x06\0\0\0\0", "broken 7z archive"),
        (b"\x09", "broken 7z archive"),
        (b"\x01", "broken 7z archive"),
    ],
)
def test_headers_that_claim_anything(header: bytes, detail: str) -> None:
    with pytest.raises(NotExaminable, match=detail):
        read_of(sealed(PLAIN, header))


def test_a_header_packed_within_itself_ends() -> None:
    """The packed header is a copy of bytes that say again that the header is packed: themselves."""
    header = b"\x17\x06\x00\x01\x09\x1c\x00\x07\x0b\x01\x00\x01\x01\x00\x0c\x1c\x00\x00"
    header += bytes(0x1C - len(header))
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    with pytest.raises(NotExaminable) as caught:
        read_of(PLAIN[:8] + struct.pack("<I", zlib.crc32(start)) + start + header)
    assert caught.value.reason == OVER_LIMIT


def survives(data: bytes) -> None:
    try:
        read_of(data)
    except NotExaminable as error:
        assert error.detail


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.7z")))
def test_damage_is_refused_or_told(name: str) -> None:
    data = (DATA / name).read_bytes()
    generator = random.Random(name)
    for length in range(min(len(data), 512)):
        survives(data[:length])
        survives(sealed(data, header_of(data)[:length]))
    for _ in range(300):
        header = bytearray(header_of(data))
        header[generator.randrange(len(header))] = generator.randrange(256)
        survives(sealed(data, bytes(header)))
        changed = bytearray(data)
        changed[generator.randrange(32, len(data))] ^= 1 << generator.randrange(8)
        survives(bytes(changed))


@given(st.binary(max_size=200))
def test_any_header_is_refused_or_told(header: bytes) -> None:
    survives(sealed(PLAIN, b"\x01" + header))
    survives(sealed(PLAIN, b"\x01\x04\x06" + header))
    survives(sealed(PLAIN, b"\x01\x05" + header))
