"""Databases of rpm in ndb: the headers of a real database, put into pages and blocks by hand after the layout in rpm's source.

No rpm at hand writes this format: that of Debian is built without it.
"""

from __future__ import annotations

import gzip
import sqlite3
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import rpm
from scanner.errors import NotExaminable
from scanner.records import rpm_ndb
from scanner.sources.blob import blob_of_bytes

DATA = Path(__file__).parents[1] / "collectors" / "data" / "rpm" / "rpmdb.sqlite.gz"
PLACE = "layer.tar!usr/lib/sysimage/rpm/Packages.db"


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The headers that rpm 4.18 wrote."""
    file = tmp_path_factory.mktemp("rpm") / "rpmdb.sqlite"
    file.write_bytes(gzip.decompress(DATA.read_bytes()))
    with sqlite3.connect(file) as connection:
        return [row[0] for row in connection.execute("SELECT blob FROM Packages ORDER BY hnum")]


def slot(number: int = 0, offset: int = 0, count: int = 0, magic: bytes = b"Slot") -> bytes:
    return struct.pack("<4sIII", magic, number, offset, count)


def stored(number: int, value: bytes) -> bytes:
    """A blob with its head and tail, in whole blocks."""
    head = struct.pack("<4sIII", b"BlbS", number, 1760000000, len(value))
    body = head + value + bytes(-(len(head) + len(value) + 12) % 16)
    return body + struct.pack("<II4s", zlib.adler32(body), len(value), b"BlbE")


def ndb(*values: bytes, version: int = 0, pages: int = 1, free: int = 1) -> bytes:
    """A database with these blobs; some slots before them are free, as after packages were removed."""
    slots, blobs = [slot()] * free, b""
    for number, value in enumerate(values, 1):
        blob = stored(number, value)
        slots.append(slot(number, (pages * 4096 + len(blobs)) // 16, len(blob) // 16))
        blobs += blob
    slots += [slot()] * (pages * 256 - 2 - len(slots))
    return struct.pack("<4sIIII12x", b"RpmP", version, 7, pages, len(values) + 1) + b"".join(slots) + blobs


def read(data: bytes) -> list[bytes]:
    return list(rpm_ndb.values(blob_of_bytes("Packages.db", data)))


def test_blobs_are_read_as_they_were_stored() -> None:
    assert read(ndb(b"one", b"", b"x" * 100)) == [b"one", b"", b"x" * 100]
    assert read(ndb(b"a", pages=3, free=400)) == [b"a"]
    assert read(ndb()) == []


def test_the_packages_of_a_database(headers: list[bytes]) -> None:
    blob = blob_of_bytes(PLACE, ndb(*headers))
    assert rpm.wants(blob)
    evidence = rpm.collect(blob)
    assert evidence.not_examined == ()
    names = {one.name for one in evidence.artifacts}
    assert names == {"fraud-base", "fraud-scorer", "fraud-scorer-models"}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"RpmP", b"RpmX" + ndb(b"a")[4:], ndb(b"a", version=1), ndb(b"a")[:4095], ndb(b"a")[:-1], ndb(b"a")[:-16],
        ndb(b"a").replace(b"BlbS", b"BlbX"), ndb(b"a").replace(b"BlbE", b"BlbX"), ndb(b"a").replace(b"Slot", b"Slut", 1),
        ndb(b"a").replace(slot(1, 256, 2), slot(1, 255, 2)), ndb(b"a").replace(slot(1, 256, 2), slot(1, 256, 1)),
        ndb(b"a").replace(slot(1, 256, 2), slot(2, 256, 2)), ndb(b"a").replace(slot(1, 256, 2), slot(1, 256, 1 << 31)),
        ndb(b"a").replace(slot(1, 256, 2), slot(1, 1 << 31, 2)), struct.pack("<4sIIII12x", b"RpmP", 0, 1, 1 << 31, 1),
    ],
)  # fmt: skip
def test_a_broken_database_is_not_examinable(data: bytes) -> None:
    with pytest.raises(NotExaminable):
        read(data)


def test_slots_that_share_a_blob_end_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpm_ndb, "TOTAL", 1_000)
    data = ndb(b"a" * 80)
    count = len(stored(1, b"a" * 80)) // 16
    repeated = data[:32] + slot(1, 256, count) * 254 + data[4096:]
    with pytest.raises(NotExaminable, match="too many bytes"):
        read(repeated)


@given(st.integers(0, 4200), st.integers(0, 255))
def test_no_changed_byte_raises_anything_else(at: int, byte: int) -> None:
    data = bytearray(ndb(b"one", b"x" * 100))
    data[at % len(data)] = byte
    try:
        assert len(read(bytes(data))) <= 2
    except NotExaminable:
        return
