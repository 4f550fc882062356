"""The package database of rpm: one made by the real rpm, and hostile ones."""

from __future__ import annotations

import gzip
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import rpm
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.records import berkeley_hash, rpm_header
from scanner.sources.blob import Blob, blob_of_bytes

DATA = Path(__file__).parent / "data" / "rpm"
PLACE = "var/lib/rpm/rpmdb.sqlite"


@pytest.fixture(scope="module")
def real() -> bytes:
    return gzip.decompress((DATA / "rpmdb.sqlite.gz").read_bytes())


def berkeley(size: int) -> bytes:
    return gzip.decompress((DATA / f"Packages-{size}.gz").read_bytes())


def said(evidence: Evidence, predicate: str) -> dict[str, object]:
    return {one.subject.key: one.value for one in evidence.statements if one.predicate == predicate}


BASE = "pkg:rpm/fraud-base@1.2.0-3.el9?arch=noarch&epoch=2"
SCORER = "pkg:rpm/fraud-scorer@2.0-1.el9?arch=noarch"
MODELS = "pkg:rpm/fraud-scorer-models@2.0-1.el9?arch=noarch"


def test_the_packages_that_rpm_installed(real: bytes, record: Callable[..., Blob]) -> None:
    blob = record(f"layer.tar!{PLACE}", real)
    assert rpm.wants(blob)
    evidence = rpm.collect(blob)
    assert evidence.not_examined == ()
    assert said(evidence, "relations") == {
        BASE: {"depends": [], "provides": ["/opt/fraud/base.txt", "fraud-api", "fraud-base"],
               "source": "fraud-base@1.2.0-3.el9"},
        SCORER: {"depends": ["/opt/fraud/base.txt", "fraud-api", "fraud-base"], "provides": ["fraud-scorer"],
                 "source": "fraud-scorer@2.0-1.el9"},
        MODELS: {"depends": ["fraud-scorer"], "provides": ["fraud-scorer-models"], "source": "fraud-scorer@2.0-1.el9"},
    }  # fmt: skip
    assert said(evidence, "licences")[SCORER] == ["Apache-2.0"]
    (file,) = said(evidence, "installed_files")[MODELS]  # type: ignore[misc]
    zeros = "cd00e292c5970d3c5e2f0ffa5171e555bc46bfc4faddfb4a418b6840b86e79a3"
    assert file == {"path": "layer.tar!opt/fraud/models/model.bin", "digest": f"sha256:{zeros}"}


def test_the_second_place_of_the_database_has_files_at_their_places_too(
    real: bytes, record: Callable[..., Blob]
) -> None:
    evidence = rpm.collect(record("root/usr/lib/sysimage/rpm/rpmdb.sqlite", real))
    (file,) = said(evidence, "installed_files")[MODELS]  # type: ignore[misc]
    assert file["path"] == "root/opt/fraud/models/model.bin"


@pytest.mark.parametrize("size", [4096, 512])
def test_the_same_packages_in_berkeley_db(size: int, real: bytes, record: Callable[..., Blob]) -> None:
    blob = record("layer.tar!var/lib/rpm/Packages", berkeley(size))
    assert rpm.wants(blob)
    evidence = rpm.collect(blob)
    assert evidence.not_examined == ()
    others = rpm.collect(record(f"layer.tar!{PLACE}", real))
    for predicate in ("relations", "licences", "installed_files"):
        assert said(evidence, predicate) == said(others, predicate)


@pytest.mark.parametrize("size", [4096, 512])
def test_a_cut_or_changed_berkeley_db_raises_nothing_else(size: int) -> None:
    data = berkeley(size)
    assert len(list(berkeley_hash.values(blob_of_bytes("Packages", data)))) == 4
    cuts = [data[:end] for end in range(0, len(data), 1021)]
    changed = [data[:at] + bytes([255 - data[at]]) + data[at + 1 :] for at in [*range(64), *range(64, len(data), 331)]]
    for broken in cuts + changed:
        try:
            rpm.collect(blob_of_bytes("var/lib/rpm/Packages", broken))
        except NotExaminable:
            continue


def test_overflow_pages_in_a_circle_end() -> None:
    data = bytearray(berkeley(512))
    for start in range(512, len(data), 512):
        if data[start + 25] == 7:
            data[start + 16 : start + 20] = struct.pack("<I", start // 512)
    for value in berkeley_hash.values(blob_of_bytes("Packages", bytes(data))):
        assert len(value) < 4096


def header(*entries: tuple[int, int, bytes, int]) -> bytes:
    """A header out of (tag, type, data, count)."""
    index, store = b"", b""
    for tag, type, data, count in entries:
        index += struct.pack(">IIII", tag, type, len(store), count)
        store += data
    return struct.pack(">II", len(entries), len(store)) + index + store


def database(folder: Path, *blobs: bytes) -> bytes:
    file = folder / "made.sqlite"
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(one,) for one in blobs])
    connection.commit()
    connection.close()
    return file.read_bytes()


def strings(tag: int, *values: str) -> tuple[int, int, bytes, int]:
    return tag, 8 if len(values) > 1 else 6, b"".join(value.encode() + b"\0" for value in values), len(values)


GOOD = (strings(1000, "a"), strings(1001, "1"), strings(1002, "2"))


def test_keys_are_no_packages_and_conditions_no_dependencies(tmp_path: Path) -> None:
    key = header(strings(1000, "gpg-pubkey"), strings(1001, "1"), strings(1002, "2"))
    needs = strings(1049, "rpmlib(X)", "(a if b)", "libc.so.6(GLIBC_2.34)(64bit)")
    evidence = rpm.collect(blob_of_bytes(PLACE, database(tmp_path, key, header(*GOOD, needs))))
    assert evidence.not_examined == ()
    assert [one.ref.key for one in evidence.artifacts] == ["pkg:rpm/a@1-2"]
    (relations,) = said(evidence, "relations").values()
    assert relations["depends"] == ["libc.so.6(GLIBC_2.34)(64bit)"]  # type: ignore[call-overload,index]


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"\0" * 7, struct.pack(">II", 1 << 31, 0), struct.pack(">II", 1, 1 << 31), header(strings(1000, "a")),
        header((1000, 6, b"no end", 1)), header((1000, 6, b"a\0", 1), (1003, 4, b"\0", 1 << 30)),
        header((1000, 8, b"a\0", 1 << 20)), header((1000, 6, b"../a\0", 1), *GOOD[1:]),
    ],
)  # fmt: skip
def test_a_broken_package_is_told_and_the_others_are_read(broken: bytes, tmp_path: Path) -> None:
    evidence = rpm.collect(blob_of_bytes(PLACE, database(tmp_path, broken, header(*GOOD))))
    assert [item.detail for item in evidence.not_examined] == ["1 packages without a readable header, name and version"]
    assert [one.ref.key for one in evidence.artifacts] == ["pkg:rpm/a@1-2"]


def test_a_path_never_leaves_the_root(tmp_path: Path) -> None:
    digest = strings(1035, "a" * 64)
    files = (strings(1117, "passwd"), strings(1118, "/../../../../../etc/"), (1116, 4, b"\0\0\0\0", 1), digest)
    made = database(tmp_path, header(*GOOD, *files, (5011, 4, struct.pack(">I", 8), 1)))
    assert said(rpm.collect(blob_of_bytes(f"layer!{PLACE}", made)), "installed_files") == {}


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"other"])
def test_what_is_no_database_is_not_examinable(data: bytes) -> None:
    blob = blob_of_bytes(PLACE, data)
    assert rpm.wants(blob)
    with pytest.raises(NotExaminable):
        rpm.collect(blob)


def test_other_files_are_not_wanted(real: bytes) -> None:
    assert not rpm.wants(blob_of_bytes("data/rpmdb.sqlite", real))


@given(st.binary(max_size=300))
def test_no_bytes_of_a_header_raise_anything_else(data: bytes) -> None:
    try:
        found = rpm_header.read(data)
    except NotExaminable:
        return
    assert all(isinstance(path, str) for path, _ in rpm_header.files(found))


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_changed_byte_of_a_real_header_raises_anything_else(at: int, byte: int) -> None:
    data = bytearray(header(*GOOD, strings(1117, "b", "c"), strings(1118, "/", "/x/"), (1116, 4, bytes(8), 2)))
    data[at % len(data)] = byte
    try:
        list(rpm_header.files(rpm_header.read(bytes(data))))
    except NotExaminable:
        return
