from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.errors import NotExaminable
from scanner.records.sqlite_readonly import opened
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.directory import Handle, open_blob


def made(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def on_disk(path: Path) -> Blob:
    return open_blob(Handle(path.name, str(path), str(path.parent), path.stat().st_size))


def in_memory(path: Path) -> Blob:
    return blob_of_bytes(path.name, path.read_bytes())


@pytest.mark.parametrize("source", [on_disk, in_memory])
def test_rows_come_sorted_and_absent_columns_are_none(source: Callable[[Path], Blob], tmp_path: Path) -> None:
    path = tmp_path / "odd ?#%name.db"
    made(path, "CREATE TABLE t (b, a); INSERT INTO t VALUES (2, 'y'), (1, 'x');")
    with opened(source(path)) as database:
        assert database.rows("t", ("a", "c")) == [{"a": "x", "c": None}, {"a": "y", "c": None}]
        assert database.rows("absent", ("a",)) == []


@pytest.mark.parametrize("source", [on_disk, in_memory])
def test_a_database_in_wal_mode_is_read(source: Callable[[Path], Blob], tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    made(path, "PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);")
    with opened(source(path)) as database:
        assert database.rows("t", ("a",)) == [{"a": 1}]


def test_the_write_ahead_log_beside_a_database_counts_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    writer = sqlite3.connect(path)
    writer.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (a); PRAGMA wal_checkpoint(TRUNCATE);")
    writer.execute("INSERT INTO t VALUES (7)")
    writer.commit()
    copy = tmp_path / "scanned"
    copy.mkdir()
    for name in ("x.db", "x.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    before = {item.name: item.read_bytes() for item in copy.iterdir()}
    with opened(on_disk(copy / "x.db")) as database:
        assert database.rows("t", ("a",)) == [{"a": 7}]
    assert {item.name: item.read_bytes() for item in copy.iterdir()} == before
    writer.close()


def test_views_and_virtual_tables_are_not_tables(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    made(path, "CREATE TABLE t (a); CREATE VIEW v AS SELECT 1 AS a; CREATE VIRTUAL TABLE f USING fts4(a);")
    with opened(on_disk(path)) as database:
        assert {"v", "f"}.isdisjoint(database.tables)
        assert database.rows("v", ("a",)) == []


def test_generated_columns_are_not_computed(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    made(path, "CREATE TABLE t (a, b AS (hex(a)) VIRTUAL); INSERT INTO t (a) VALUES (1);")
    with opened(on_disk(path)) as database:
        assert database.rows("t", ("a", "b")) == [{"a": 1, "b": None}]


def test_a_name_that_is_a_statement_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    made(path, 'CREATE TABLE "t""; DROP TABLE x" (a);')
    with opened(on_disk(path)) as database:
        assert database.rows('t"; DROP TABLE x', ("a",)) == []


def test_endless_work_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    rows = ",".join("(1)" for _ in range(5000))
    made(path, f"CREATE TABLE t (a); INSERT INTO t VALUES {rows};")
    monkeypatch.setattr("scanner.records.sqlite_readonly.STEPS", 100)
    monkeypatch.setattr("scanner.records.sqlite_readonly.BUDGET", 20)
    with pytest.raises(NotExaminable, match="too long"), opened(on_disk(path)) as database:
        database.rows("t", ("a",))


def test_too_many_rows_are_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    made(path, "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3);")
    monkeypatch.setattr("scanner.records.sqlite_readonly.ROWS", 2)
    with pytest.raises(NotExaminable, match="over_limit"), opened(on_disk(path)) as database:
        database.rows("t", ("a",))


@pytest.mark.parametrize("source", [on_disk, in_memory])
@pytest.mark.parametrize("step", range(0, 8192, 509))
def test_a_changed_byte_never_breaks_the_reader(step: int, source: Callable[[Path], Blob], tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    made(path, "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y');")
    data = bytearray(path.read_bytes())
    data[step] ^= 0xFF
    path.write_bytes(data)
    try:
        with opened(source(path)) as database:
            assert len(database.rows("t", ("a", "b"))) <= 2
    except NotExaminable as error:
        assert error.reason in ("unreadable", "over_limit")
