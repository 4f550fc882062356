"""Tables and encodings of the advisory store, and the digest over its content."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Final

from scanner.advisories.osv import Range

VERSION: Final = "1"
APPLICATION_ID: Final = 0x4C444156
"""Marks the SQLite file as ours ("LDAV")."""

TABLES: Final = """
CREATE TABLE advisory(
    id TEXT PRIMARY KEY, cluster TEXT NOT NULL, kind TEXT NOT NULL, modified TEXT, published TEXT,
    withdrawn INTEGER NOT NULL, aliases TEXT NOT NULL, summary TEXT NOT NULL, level TEXT NOT NULL,
    level_source TEXT NOT NULL, review_status TEXT, disputed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE affected(
    ecosystem TEXT, name TEXT, advisory TEXT, n INTEGER, ranges TEXT NOT NULL, versions TEXT NOT NULL,
    custom_ranges TEXT NOT NULL, PRIMARY KEY(ecosystem, name, advisory, n)) WITHOUT ROWID;
CREATE TABLE kev(
    cve TEXT PRIMARY KEY, added TEXT NOT NULL, due TEXT NOT NULL, ransomware INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE source(
    name TEXT PRIMARY KEY, records INTEGER NOT NULL, digest TEXT NOT NULL, snapshot_time TEXT,
    snapshot_basis TEXT NOT NULL, licence TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE problem(
    source TEXT, member TEXT, reason TEXT, PRIMARY KEY(source, member, reason)) WITHOUT ROWID;
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
INDEXES: Final = """
CREATE INDEX advisory_by_cluster ON advisory(cluster);
CREATE INDEX affected_by_advisory ON affected(advisory);
"""

_DIGESTED: Final = (
    "SELECT * FROM advisory ORDER BY id",
    "SELECT * FROM affected ORDER BY ecosystem, name, advisory, n",
    "SELECT * FROM kev ORDER BY cve",
    "SELECT * FROM source ORDER BY name",
    "SELECT * FROM problem ORDER BY source, member, reason",
    "SELECT * FROM meta WHERE key != 'digest' ORDER BY key",
)
_LETTERS: Final = {"introduced": "i", "fixed": "f", "last_affected": "L", "limit": "m"}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}


def encode_ranges(ranges: tuple[Range, ...]) -> str:
    """Compact JSON: ``[["E",["i0","f2.11.3"]]]``, ``S`` in place of ``E`` for semver ranges; empty text for none."""
    if not ranges:
        return ""
    rows = [["S" if r.semver else "E", [_LETTERS[kind] + version for kind, version in r.events]] for r in ranges]
    return json.dumps(rows, separators=(",", ":"))


def decode_ranges(text: str) -> tuple[Range, ...]:
    """The inverse of :func:`encode_ranges`."""
    if not text:
        return ()
    return tuple(Range(kind == "S", tuple((_KINDS[e[0]], e[1:]) for e in events)) for kind, events in json.loads(text))


def content_digest(connection: sqlite3.Connection) -> str:
    """``sha256:<hex>`` over every row in key order: equal content gives equal digests, however it was imported."""
    digest = hashlib.sha256()
    for statement in _DIGESTED:
        digest.update(f"{statement}\n".encode())
        for row in connection.execute(statement):
            digest.update(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    return f"sha256:{digest.hexdigest()}"
