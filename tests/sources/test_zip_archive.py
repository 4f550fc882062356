"""Zip archives: what any reader would read of them is read, and every lie of their records is told."""

from __future__ import annotations

import importlib
import io
import lzma
import random
import struct
import sys
import warnings
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.model import NotExamined
from scanner.sources.archive import Budget, Members, Suspect
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.zip_archive import unzip

zstd = importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def zip_of(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, compression)
    return out.getvalue()


def split(members: Members) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """Contents by path, and what is told by place: a problem by its detail, a lie by its name."""
    read, told = {}, []
    for part in members.parts:
        if isinstance(part, Blob):
            read[part.path] = part.read()
        elif isinstance(part, NotExamined):
            told.append((part.location.path, part.detail))
        elif isinstance(part, Suspect):
            told.append((part.path, part.lie))
    return read, told


def test_members_of_a_zip() -> None:
    blob = blob_of_bytes("a.zip", zip_of({"x/1": b"one", "2": b"two"}))
    assert split(unzip(blob, Budget())) == ({"a.zip!x/1": b"one", "a.zip!2": b"two"}, [])


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


def test_a_wrong_checksum_is_told_and_the_content_is_read() -> None:
    data = zip_of({"bad": b"payload", "good": b"fine"}, zipfile.ZIP_STORED).replace(b"payload", b"changed")
    assert split(unzip(blob_of_bytes("a.zip", data), Budget())) == (
        {"a.zip!bad": b"changed", "a.zip!good": b"fine"},
        [("a.zip!bad", "checksum")],
    )


TEXT = b"the content of a member " * 40
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_standard_library(method: int) -> None:
    assert read_of(zip_of({"m": TEXT, "empty": b""}, method)) == ({"a.zip!m": TEXT, "a.zip!empty": b""}, [])


def test_members_of_zstd_and_xz() -> None:
    for number, packed in ((93, zstd.compress(TEXT)), (95, lzma.compress(TEXT))):
        stored = bytearray(zip_of({"m": packed}, zipfile.ZIP_STORED))
        central = stored.index(b"PK\x01\x02")
        for at in (0, central + 2):
            stored[at + 8 : at + 10] = struct.pack("<H", number)
            stored[at + 14 : at + 18] = struct.pack("<I", zlib.crc32(TEXT))
            stored[at + 22 : at + 26] = struct.pack("<I", len(TEXT))
        assert read_of(bytes(stored)) == ({"a.zip!m": TEXT}, [])


PLAIN = zip_of({"m": TEXT, "n": b"next"})
LOCAL, CENTRAL = 0, PLAIN.index(b"PK\x01\x02")


def edited(*changes: tuple[int, bytes], data: bytes = PLAIN) -> bytes:
    """An archive with other bytes at some offsets."""
    changed = bytearray(data)
    for at, value in changes:
        changed[at : at + len(value)] = value
    return bytes(changed)


def read_of(data: bytes) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    return split(unzip(blob_of_bytes("a.zip", data), Budget()))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([(LOCAL + 6, b"\1\0"), (CENTRAL + 8, b"\1\0")], [("a.zip!m", "encryption")]),
        ([(LOCAL + 6, b"\x41\0"), (CENTRAL + 8, b"\x20\0")], [("a.zip!m", "encryption")]),
        ([(LOCAL + 6, b"\x60\0"), (CENTRAL + 8, b"\x60\0")], []),
        ([(LOCAL + 8, b"\0\0")], []),
        ([(CENTRAL + 10, b"\x63\0")], []),
        ([(CENTRAL + 10, b"\0\0")], []),
        ([(LOCAL + 30, b"z")], []),
        ([(LOCAL + 14, bytes(4)), (CENTRAL + 16, bytes(4))], [("a.zip!m", "checksum")]),
        ([(LOCAL + 22, b"\7\0\0\0"), (CENTRAL + 24, b"\7\0\0\0")], [("a.zip!m", "size")]),
    ],
    ids=["encrypted", "one flag", "odd flags", "own method", "no method", "stored", "name", "checksum", "size"],
)
def test_a_lie_in_a_record_hides_no_content(changes: list[tuple[int, bytes]], told: list[tuple[str, str]]) -> None:
    read, lies = read_of(edited(*changes))
    assert lies == told
    assert read["a.zip!n"] == b"next"
    assert read["a.zip!m"] == TEXT


def test_a_size_that_lies_makes_no_window_too_small() -> None:
    far = random.Random(2).randbytes(20_000) * 2
    data = zip_of({"m": far}, zipfile.ZIP_LZMA)
    lie = (22, b"\7\0\0\0"), (data.index(b"PK\x01\x02") + 24, b"\7\0\0\0")
    assert read_of(edited(*lie, data=data)) == ({"a.zip!m": far}, [("a.zip!m", "size")])


def test_a_window_without_measure_is_refused() -> None:
    data = zip_of({"m": TEXT}, zipfile.ZIP_LZMA)
    window = data.index(b"\x09\x04\x05\0") + 5  # version 9.4 and five bytes of properties, of which the window is four
    huge = edited((window, b"\xff" * 4), data=data)
    assert read_of(huge) == ({"a.zip!m": TEXT}, [])
    lie = (22, b"\xff\xff\xff\x7f"), (data.index(b"PK\x01\x02") + 24, b"\xff\xff\xff\x7f")
    assert read_of(edited(*lie, data=huge)) == ({}, [("a.zip!m", "an LZMA window larger than 268435456 bytes")])


def test_an_encrypted_member_is_told() -> None:
    data = bytearray(edited((LOCAL + 6, b"\1\0"), (CENTRAL + 8, b"\1\0")))
    data[31:40] = bytes(9)
    assert read_of(bytes(data)) == ({"a.zip!n": b"next"}, [("a.zip!m", "encrypted")])


def test_what_a_broken_stream_gives_before_the_break_is_read() -> None:
    noise = random.Random(1).randbytes(3_000)
    data = zip_of({"m": noise + bytes(900)})
    broken = edited((data.index(b"PK\x01\x02") - 8, b"\xff" * 8), data=data)
    read, told = read_of(broken)
    assert read["a.zip!m"].startswith(noise)
    assert told == [("a.zip!m", "broken archive member")]


def hide_first(data: bytes) -> bytes:
    """The first member disappears from the directory; its record and content stay."""
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 1)
    end = data.index(b"PK\x05\x06")
    record = edited((8, struct.pack("<HHI", 1, 1, end - second)), data=data[end:])
    return data[:first] + data[second:end] + record


@pytest.mark.parametrize("method", METHODS)
def test_a_member_that_the_directory_hides_is_read(method: int) -> None:
    data = zip_of({"dir/evil": TEXT, "m": b"shown"}, method)
    assert read_of(hide_first(data)) == ({"a.zip!0x0/dir/evil": TEXT, "a.zip!m": b"shown"}, [])


def test_both_members_of_one_name_are_read() -> None:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as archive:
        archive.writestr("m", b"one")
        archive.writestr("m", b"two")
    parts = [
        part.read() for part in unzip(blob_of_bytes("a", out.getvalue()), Budget()).parts if isinstance(part, Blob)
    ]
    assert parts == [b"one", b"two"]


def test_comment_and_bytes_behind_the_archive_are_read() -> None:
    out = io.BytesIO(PLAIN)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = zip_of({"inner": b"x"})[:100]
    assert read_of(out.getvalue())[0]["a.zip!comment"].startswith(b"PK\x03\x04")
    assert read_of(PLAIN + b"cos\nsystem\n.")[0]["a.zip!behind"] == b"cos\nsystem\n."
    assert set(read_of(PLAIN + bytes(500))[0]) == {"a.zip!m", "a.zip!n"}


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (b"lib.so.1", []),
        (b"../m", []),
        (b"/etc/passwd", ["symbolic link that leaves the archive"]),
        (b"../../x", ["symbolic link that leaves the archive"]),
    ],
)
def test_symbolic_links(target: bytes, told: list[str]) -> None:
    info = zipfile.ZipInfo("d/link")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, target)
    read, said = read_of(out.getvalue())
    assert (read, [detail for _, detail in said]) == ({}, told)


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/abs", "a/../../b", "C:/x"])
def test_a_name_that_leaves_the_archive_hides_no_content(name: str) -> None:
    assert read_of(zip_of({name: b"x"})) == ({"a.zip!0x0": b"x"}, [("a.zip", "member name leaves the archive")])


def test_storages_of_torch_are_part_of_the_archive() -> None:
    members = {"m/data.pkl": b"N.", "m/data/0": TEXT, "m/data/x": b"y"}
    read, told = read_of(zip_of(members, zipfile.ZIP_STORED))
    assert (read, told) == ({"a.zip!m/data.pkl": b"N.", "a.zip!m/data/x": b"y"}, [])
    assert read_of(zip_of(members))[0]["a.zip!m/data/0"] == TEXT, "torch packs no storage"


def test_torch_follows_no_link() -> None:
    info = zipfile.ZipInfo("m/data.pkl")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"N.")
    assert read_of(out.getvalue()) == ({"a.zip!m/data.pkl": b"N."}, [])


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


@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=4))
def test_damage_is_refused_or_told(at: int, change: bytes) -> None:
    for data in (edited((at, change)), PLAIN[:at], PLAIN[at:]):
        try:
            list(unzip(blob_of_bytes("n", data), Budget()).parts)
        except NotExaminable as error:
            assert error.detail
