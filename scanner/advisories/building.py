"""Writing an advisory store: rows from records, then clusters, indexes and the content digest."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Final

from scanner.advisories import schema
from scanner.advisories.ecosystems import advisory_name
from scanner.advisories.merge import LARGEST_CLUSTER, clusters
from scanner.advisories.osv import Affected, Record
from scanner.advisories.severity import Rating, worst
from scanner.advisories.store import KevEntry, SourceSet
from scanner.advisories.versions import order_of

_STAGED: Final = """
CREATE TEMP TABLE staged(ecosystem TEXT, name TEXT, advisory TEXT, ranges TEXT, versions TEXT, custom_ranges TEXT);
"""
_INSERT_ADVISORY: Final = "INSERT OR IGNORE INTO advisory VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
_SETTLE: Final = """
INSERT INTO affected
SELECT ecosystem, name, advisory,
       row_number() OVER (PARTITION BY ecosystem, name, advisory ORDER BY ranges, versions, custom_ranges),
       ranges, versions, custom_ranges
FROM (SELECT DISTINCT * FROM staged) ORDER BY ecosystem, name, advisory;
DROP TABLE staged;
"""


class StoreBuilder:
    """Fills an empty database. Affected packages are staged and sorted by SQLite, so memory stays bounded."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA application_id={schema.APPLICATION_ID};"
            f"{schema.TABLES}{_STAGED}"
        )

    def add_record(self, source: str, record: Record) -> None:
        """One record. An id that another set already gave is united with it and noted as a problem."""
        inserted = self._connection.execute(_INSERT_ADVISORY, self._advisory_row(record)).rowcount
        if not inserted:
            self._unite(source, record)
        self._connection.executemany(
            "INSERT INTO staged VALUES (?,?,?,?,?,?)",
            [self._affected_row(record.id, affected) for affected in record.affected],
        )
        if not record.withdrawn and not any(a.ranges or a.versions for a in record.affected):
            self.add_problem(source, record.id, "names no version and no range")

    def add_kev(self, entry: KevEntry) -> None:
        """One known-exploited CVE."""
        row = (entry.cve, entry.added, entry.due, int(entry.ransomware))
        self._connection.execute("INSERT OR REPLACE INTO kev VALUES (?,?,?,?)", row)

    def add_problem(self, source: str, member: str, reason: str) -> None:
        """Something of a set that was left out or is doubtful."""
        row = (_printable(source), _printable(member), reason)
        self._connection.execute("INSERT OR IGNORE INTO problem VALUES (?,?,?)", row)

    def add_source(self, source: SourceSet) -> None:
        """What one set is and how old."""
        row = (
            _printable(source.name),
            source.records,
            source.digest,
            source.snapshot_time,
            source.snapshot_basis,
            _printable(source.licence),
        )
        self._connection.execute("INSERT INTO source VALUES (?,?,?,?,?,?)", row)

    def finish(self, complete: tuple[str, ...]) -> None:
        """Sorts, clusters, indexes and seals the content with its digest."""
        self._connection.executescript(_SETTLE)
        self._cluster()
        self._connection.executescript(schema.INDEXES)
        ecosystems = self._covered(complete)
        silent = {name: reason for name in ecosystems if (reason := self._incompleteness(name, complete))}
        meta = {
            "schema": schema.VERSION,
            "ecosystems": json.dumps(ecosystems),
            "incomplete": json.dumps(silent, sort_keys=True),
        }
        self._connection.executemany("INSERT INTO meta VALUES (?,?)", sorted(meta.items()))
        digest = schema.content_digest(self._connection)
        self._connection.execute("INSERT INTO meta VALUES ('digest', ?)", (digest,))
        self._connection.commit()

    def _covered(self, complete: tuple[str, ...]) -> list[str]:
        """The ecosystems that a set of that name, or the manifest, claims to hold.

        A record of the PyPI set may also name an npm package; that does not make npm an ecosystem we have data for.
        """
        named = {row[0] for row in self._connection.execute("SELECT name FROM source")} | set(complete)
        present = self._connection.execute("SELECT DISTINCT ecosystem FROM affected ORDER BY 1").fetchall()
        return [name for (name,) in present if name in named or name.partition(":")[0] in named]

    def _incompleteness(self, ecosystem: str, complete: tuple[str, ...]) -> str | None:
        """Without the GitHub records, the PyPI set lacks most flaws of machine-learning packages."""
        if ecosystem != "PyPI" or ecosystem in complete:
            return None
        wanted = "SELECT 1 FROM affected WHERE ecosystem = 'PyPI' AND advisory GLOB 'GHSA-*' LIMIT 1"
        if self._connection.execute(wanted).fetchone():
            return None
        return "the PyPI data is incomplete: no GHSA record is loaded"

    @staticmethod
    def _advisory_row(record: Record) -> tuple[str | int | None, ...]:
        return (
            record.id,
            record.id,
            record.kind,
            record.modified,
            record.published,
            int(record.withdrawn),
            json.dumps(record.aliases),
            record.summary,
            record.rating.level,
            record.rating.source,
            record.review_status,
            int(record.disputed),
        )

    @staticmethod
    def _affected_row(identifier: str, affected: Affected) -> tuple[str, ...]:
        order = order_of(affected.ecosystem)
        versions = (order.canonical(v) if order else v for v in affected.versions)
        return (
            affected.ecosystem,
            advisory_name(affected.ecosystem, affected.name),
            identifier,
            schema.encode_ranges(affected.ranges),
            "\n".join(sorted({v for v in versions if v and "\n" not in v})),
            schema.encode_ranges(affected.custom_ranges),
        )

    def _unite(self, source: str, record: Record) -> None:
        modified, published, withdrawn, aliases, level, level_source = self._connection.execute(
            "SELECT modified, published, withdrawn, aliases, level, level_source FROM advisory WHERE id = ?",
            (record.id,),
        ).fetchone()
        united = replace(
            record,
            modified=max((t for t in (modified, record.modified) if t), default=None),
            published=min((t for t in (published, record.published) if t), default=None),
            withdrawn=bool(withdrawn) and record.withdrawn,
            aliases=tuple(sorted({*json.loads(aliases), *record.aliases})),
            rating=worst([Rating(level, level_source), record.rating]),
        )
        self._connection.execute("DELETE FROM advisory WHERE id = ?", (record.id,))
        self._connection.execute(_INSERT_ADVISORY, self._advisory_row(united))
        self.add_problem(source, record.id, "is given twice; both were united")

    def _cluster(self) -> None:
        rows = self._connection.execute("SELECT id, aliases FROM advisory ORDER BY id").fetchall()
        named = clusters((identifier, tuple(json.loads(aliases))) for identifier, aliases in rows)
        self._connection.executemany("UPDATE advisory SET cluster = ? WHERE id = ?", [(c, i) for i, c in named.items()])
        large = self._connection.execute(
            "SELECT cluster FROM advisory GROUP BY cluster HAVING count(*) > ? ORDER BY cluster", (LARGEST_CLUSTER,)
        )
        for (cluster,) in large.fetchall():
            self.add_problem("aliases", cluster, "joins unusually many records")


def _printable(text: str) -> str:
    """File names need not be Unicode; the database must."""
    return text.encode("utf-8", "backslashreplace").decode()
