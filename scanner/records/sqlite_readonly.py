"""Tables of a hostile SQLite file, read without running anything that its schema brings along.

Only real tables are read: a view or a virtual table under an expected name would run statements of the file. Work is
bounded by virtual machine instructions, not by a clock, so that the same file always gives the same result.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.sources.blob import Blob

HEADER: Final = b"SQLite format 3\x00"
ROWS: Final = 200_000
CELL: Final = 16 << 20
"""The longest row, in bytes."""
TABLE: Final = 256 << 20
"""The bytes of text read from one table."""
STEPS: Final = 100_000
BUDGET: Final = 2_000
"""How often :data:`STEPS` instructions may pass before reading is given up."""

Row = dict[str, int | float | str | bytes | None]


@dataclass(slots=True)
class Database:
    """An open database; made by :func:`opened`."""

    connection: sqlite3.Connection
    tables: frozenset[str]

    def columns(self, table: str) -> frozenset[str]:
        """Names of a table's columns; empty when there is no such table."""
        if table not in self.tables:
            return frozenset()
        found = self._run("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", (table,))
        return frozenset(str(name) for (name,) in found)

    def rows(self, table: str, columns: Sequence[str]) -> list[Row]:
        """Every row with these columns, sorted; a column that the table lacks is None, a missing table has no rows.

        Raises NotExaminable when the table is broken or has more than :data:`ROWS` rows.
        """
        present = [name for name in columns if name in self.columns(table)]
        if not present:
            return []
        names = ", ".join(_quoted(name) for name in present)
        # Names cannot be parameters; these are in the schema and quoted.
        found = self._run(f"SELECT {names} FROM {_quoted(table)} LIMIT {ROWS + 1}", ())  # noqa: S608
        if len(found) > ROWS:
            raise NotExaminable(OVER_LIMIT, f"a table with more than {ROWS} rows")
        absent: Row = dict.fromkeys(columns)
        rows = [absent | dict(zip(present, values, strict=True)) for values in found]
        return sorted(rows, key=lambda row: [str(row[name]) for name in columns])

    def _run(self, query: str, parameters: tuple[str, ...]) -> list[tuple[int | float | str | bytes | None, ...]]:
        found = []
        size = 0
        try:
            for row in self.connection.execute(query, parameters):
                size += sum(len(value) for value in row if isinstance(value, str | bytes))
                if size > TABLE:
                    raise NotExaminable(OVER_LIMIT, f"a table with more than {TABLE} bytes")
                found.append(row)
            return found
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_INTERRUPT":
                raise NotExaminable(OVER_LIMIT, "the database takes too long to read") from None
            raise NotExaminable(UNREADABLE, "broken database") from None
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            raise NotExaminable(UNREADABLE, "broken database") from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def opened(blob: Blob) -> Iterator[Database]:
    """The database in ``blob``, with the changes of a ``-wal`` file that lies beside it.

    Raises NotExaminable when it is no readable database.
    """
    wal = blob.near(f"{blob.name}-wal") if blob.near is not None else None
    with ExitStack() as stack:
        try:
            if wal is not None and wal.size:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lading-"))
                connection = _copied(blob, wal, Path(folder))
            elif blob.local is not None:
                connection = _connect(f"{_uri(blob.local)}?mode=ro&immutable=1")
            else:
                connection = _in_memory(blob.read())
        except (sqlite3.Error, OSError):
            raise NotExaminable(UNREADABLE, "not a readable database") from None
        stack.enter_context(closing(connection))
        yield _restricted(connection)


def _uri(path: Path) -> str:
    return "file:" + quote(str(path.absolute()))


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def _copied(blob: Blob, wal: Blob, folder: Path) -> sqlite3.Connection:
    """SQLite applies a write-ahead log only to a file it may write beside: never to the scanned one."""
    copy = folder / "copy.db"
    copy.write_bytes(blob.read())
    (folder / "copy.db-wal").write_bytes(wal.read())
    return _connect(f"{_uri(copy)}?mode=rw")


def _in_memory(data: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    # Bytes 18 and 19 ask for a write-ahead log, which memory cannot have; 1 is the plain journal.
    connection.deserialize(data[:18] + b"\x01\x01" + data[20:])
    return connection


def _restricted(connection: sqlite3.Connection) -> Database:
    left = BUDGET

    def spend() -> int:
        nonlocal left
        left -= 1
        return int(left <= 0)

    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL)
    connection.set_progress_handler(spend, STEPS)
    database = Database(connection, frozenset())
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0"):
        database._run(f"PRAGMA {pragma}", ())
    # Views and virtual tables have no page of their own.
    names = database._run("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0", ())
    database.tables = frozenset(str(name) for (name,) in names)
    return database
