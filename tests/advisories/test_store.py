"""Opening store files that are not what they should be."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.advisories.importing import import_advisories
from scanner.advisories.lookup import audit_package
from scanner.advisories.store import open_built
from scanner.errors import ConfigError


@pytest.fixture
def built(tmp_path: Path, cut: Path) -> Path:
    target = tmp_path / "a store?#%20.sqlite"
    import_advisories(cut, target).close()
    return target


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_unusual_file_names(built: Path) -> None:
    assert audit_package("pkg:pypi/flask@2.2.2", open_built(built)).state == "vulnerable"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: change(path, "PRAGMA application_id = 7"),
        lambda path: change(path, "UPDATE meta SET value = '0' WHERE key = 'schema'"),
        lambda path: change(path, "DELETE FROM meta WHERE key = 'digest'"),
        lambda path: change(path, "UPDATE meta SET value = '[' WHERE key = 'ecosystems'"),
        lambda path: change(path, "ALTER TABLE source ADD COLUMN more TEXT"),
        lambda path: change(path, "DROP TABLE problem"),
    ],
    ids=["missing", "empty", "cut off", "foreign", "other version", "no digest", "no list", "more columns", "no table"],
)
def test_other_files_are_refused(built: Path, spoil: Callable[[Path], None]) -> None:
    spoil(built)
    with pytest.raises(ConfigError):
        open_built(built)


def test_damage_met_later_is_told_and_not_read_as_clean(built: Path) -> None:
    content = bytearray(built.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    built.write_bytes(content)
    with pytest.raises(ConfigError):
        audit_package("pkg:pypi/flask@2.2.2", open_built(built))


def test_a_store_cannot_be_changed_through_us(built: Path) -> None:
    store = open_built(built)
    with pytest.raises(ConfigError):
        store._rows("DELETE FROM affected")
    assert store.is_intact()
