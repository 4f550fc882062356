"""The advisory store: read access to known advisories, independent of where they came from."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from scanner.advisories import schema
from scanner.advisories.osv import Affected
from scanner.advisories.severity import Rating
from scanner.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SourceSet:
    """One imported set. ``snapshot_basis``: given, manifest, records or unknown; an unknown time counts as stale."""

    name: str
    records: int
    digest: str
    snapshot_time: str | None
    snapshot_basis: str
    licence: str


@dataclass(frozen=True, slots=True)
class KevEntry:
    """A CVE known to be exploited (CISA catalogue); dates are YYYY-MM-DD."""

    cve: str
    added: str
    due: str
    ransomware: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a set that was left out or is doubtful."""

    source: str
    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """One stored advisory; ``cluster`` names the flaw it describes together with its aliases."""

    id: str
    cluster: str
    kind: str
    modified: str | None
    published: str | None
    withdrawn: bool
    aliases: tuple[str, ...]
    summary: str
    rating: Rating
    review_status: str | None
    disputed: bool


class AdvisoryStore:
    """Queries over one store. Safe to share between threads; the connection is serialised by a lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        meta = dict(self._rows("SELECT key, value FROM meta"))
        self.digest: str = meta["digest"]
        self.sources = tuple(SourceSet(*row) for row in self._rows("SELECT * FROM source ORDER BY name"))
        self.problems = tuple(
            Problem(*row) for row in self._rows("SELECT * FROM problem ORDER BY source, member, reason")
        )
        self.ecosystems: tuple[str, ...] = tuple(json.loads(meta["ecosystems"]))
        self._incomplete: dict[str, str] = json.loads(meta["incomplete"])

    @property
    def snapshot_time(self) -> str | None:
        """The time of the oldest set, RFC 3339; None when any set has none."""
        times = [source.snapshot_time for source in self.sources]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def is_stale(self, as_of: datetime, max_age_days: int) -> bool:
        """Whether the oldest set is older at ``as_of`` (with time zone) than allowed; unknown age is stale."""
        if self.snapshot_time is None:
            return True
        return as_of - datetime.fromisoformat(self.snapshot_time) > timedelta(days=max_age_days)

    def incompleteness(self, ecosystem: str) -> str | None:
        """Why silence about a package of this ecosystem proves nothing; None when it does."""
        if ecosystem not in self.ecosystems:
            return f"no advisory set for {ecosystem} is loaded"
        return self._incomplete.get(ecosystem)

    def affected(self, ecosystem: str, name: str) -> list[tuple[Advisory, Affected]]:
        """Every (advisory, affected entry) of a package, withdrawn ones included, by advisory id."""
        rows = self._rows(
            "SELECT a.*, f.name, f.ranges, f.versions, f.custom_ranges FROM affected f"
            " JOIN advisory a ON a.id = f.advisory WHERE f.ecosystem = ? AND f.name = ? ORDER BY f.advisory, f.n",
            (ecosystem, name),
        )
        return [(_advisory(row), _affected(ecosystem, *row[_ADVISORY_COLUMNS:])) for row in rows]

    def packages_of(self, identifier: str) -> list[Affected]:
        """Every affected entry of one advisory."""
        rows = self._rows(
            "SELECT ecosystem, name, ranges, versions, custom_ranges FROM affected WHERE advisory = ?"
            " ORDER BY ecosystem, name, n",
            (identifier,),
        )
        return [_affected(*row) for row in rows]

    def advisory(self, identifier: str) -> Advisory | None:
        """One advisory by its own id."""
        rows = self._rows("SELECT * FROM advisory WHERE id = ?", (identifier,))
        return _advisory(rows[0]) if rows else None

    def cluster(self, name: str) -> list[Advisory]:
        """The records of one cluster that are not withdrawn, by id."""
        rows = self._rows("SELECT * FROM advisory WHERE cluster = ? AND NOT withdrawn ORDER BY id", (name,))
        return [_advisory(row) for row in rows]

    def known_exploited(self, identifiers: Iterable[str]) -> KevEntry | None:
        """The first of these ids that is in the catalogue of known exploited flaws."""
        for identifier in identifiers:
            if identifier.startswith("CVE-"):
                for cve, added, due, ransomware in self._rows("SELECT * FROM kev WHERE cve = ?", (identifier,)):
                    return KevEntry(cve, added, due, bool(ransomware))
        return None

    def holds_malicious(self) -> bool:
        """Whether any malicious-package record is loaded."""
        return bool(self._rows("SELECT 1 FROM advisory WHERE id GLOB 'MAL-*' LIMIT 1"))

    def counts(self) -> dict[str, int]:
        """Number of rows per table."""
        return {
            "advisory": self._count("SELECT count(*) FROM advisory"),
            "affected": self._count("SELECT count(*) FROM affected"),
            "kev": self._count("SELECT count(*) FROM kev"),
            "problem": self._count("SELECT count(*) FROM problem"),
        }

    def is_intact(self) -> bool:
        """Whether the content still has the digest it was sealed with; reads the whole store."""
        with self._lock:
            try:
                return schema.content_digest(self._connection) == self.digest
            except sqlite3.DatabaseError:
                return False

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _count(self, statement: str) -> int:
        return int(self._rows(statement)[0][0])

    def _rows(self, statement: str, parameters: tuple[str, ...] = ()) -> list[Any]:
        with self._lock:
            try:
                return self._connection.execute(statement, parameters).fetchall()
            except sqlite3.DatabaseError:
                raise ConfigError("advisory store: cannot be read; import the data again") from None


def open_built(path: Path) -> AdvisoryStore:
    """A store file, read-only. Raises ConfigError when the file is missing, damaged or of another version."""
    with ExitStack() as on_failure:
        try:
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            on_failure.callback(connection.close)
            connection.execute("PRAGMA trusted_schema=OFF")
            ours = connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
            version = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() if ours else None
            if version != (schema.VERSION,):
                raise ConfigError(f"{path}: not an advisory store of this version; import the data again")
            store = AdvisoryStore(connection)
        except (sqlite3.DatabaseError, KeyError, ValueError, TypeError):
            raise ConfigError(f"{path}: damaged advisory store; import the data again") from None
        on_failure.pop_all()
        return store


_ADVISORY_COLUMNS: Final = 12


def _advisory(row: tuple[Any, ...]) -> Advisory:
    identifier, cluster, kind, modified, published, withdrawn, aliases, summary, level, source, review, disputed, *_ = (
        row
    )
    return Advisory(
        id=identifier,
        cluster=cluster,
        kind=kind,
        modified=modified,
        published=published,
        withdrawn=bool(withdrawn),
        aliases=tuple(json.loads(aliases)),
        summary=summary,
        rating=Rating(level, source),
        review_status=review,
        disputed=bool(disputed),
    )


def _affected(ecosystem: str, name: str, ranges: str, versions: str, custom_ranges: str) -> Affected:
    return Affected(
        ecosystem=ecosystem,
        name=name,
        ranges=schema.decode_ranges(ranges),
        versions=tuple(versions.split("\n")) if versions else (),
        custom_ranges=schema.decode_ranges(custom_ranges),
    )
