"""From advisory data to a store: ``import_advisories`` writes a file, ``open_store`` opens whatever it is given."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from scanner.advisories import schema
from scanner.advisories.archive import Member, read_members
from scanner.advisories.building import StoreBuilder
from scanner.advisories.inputs import MANIFEST, Inputs, InputSet, Manifest, file_digest, find_inputs, record_files
from scanner.advisories.osv import LARGEST_RECORD, normal_time, parse_record
from scanner.advisories.store import AdvisoryStore, KevEntry, SourceSet, open_built
from scanner.errors import OVER_LIMIT, ConfigError, NotExaminable

_SQLITE_MAGIC: Final = b"SQLite format 3\x00"
_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LARGEST_KEV: Final = 64 * 1024 * 1024


def import_advisories(
    source: Path,
    store_path: Path,
    *,
    snapshot_time: str | None = None,
    ecosystems: Collection[str] | None = None,
) -> AdvisoryStore:
    """Builds the store file at ``store_path`` from the data at ``source`` and opens it.

    ``snapshot_time`` (RFC 3339 UTC) overrides what the data says of its age; ``ecosystems`` keeps only those named. The
    file appears whole or not at all. Raises ConfigError when the data cannot be used.
    """
    inputs = find_inputs(source)
    if snapshot_time is not None and normal_time(snapshot_time) is None:
        raise ConfigError(f"{snapshot_time!r}: not a time; write it as 2025-10-15T00:00:00Z")
    descriptor, name = tempfile.mkstemp(prefix=".advisories-", dir=store_path.parent)
    os.close(descriptor)
    unfinished = Path(name)
    try:
        connection = sqlite3.connect(unfinished)
        try:
            _fill(connection, inputs, snapshot_time, ecosystems)
        finally:
            connection.close()
        with unfinished.open("rb+") as stream:
            os.fsync(stream.fileno())
        unfinished.replace(store_path)
    finally:
        unfinished.unlink(missing_ok=True)
    return open_built(store_path)


def open_store(path: Path, cache_dir: Path | None = None) -> AdvisoryStore:
    """A store from a built file, or from a directory or zip of advisory data.

    Data is imported into memory, or with ``cache_dir`` into a file there that later calls reuse while the data has the
    same digests. Raises ConfigError when ``path`` holds no usable data.
    """
    if path.is_file() and _begins_with(path, _SQLITE_MAGIC):
        return open_built(path)
    inputs = find_inputs(path)
    if cache_dir is None:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            _fill(connection, inputs, None, None)
        except ConfigError:
            connection.close()
            raise
        return AdvisoryStore(connection)
    cached = cache_dir / f"advisories-{_inputs_digest(path, inputs)}.sqlite"
    if cached.is_file():
        try:
            store = open_built(cached)
        except ConfigError:
            cached.unlink(missing_ok=True)
        else:
            if store.is_intact():
                return store
            store.close()
    cache_dir.mkdir(parents=True, exist_ok=True)
    return import_advisories(path, cached)


def _fill(
    connection: sqlite3.Connection, inputs: Inputs, given_time: str | None, ecosystems: Collection[str] | None
) -> None:
    builder = StoreBuilder(connection)
    for entry in inputs.sets:
        try:
            if entry.kind == "kev":
                records, digest, newest = _add_kev(builder, entry.path)
            else:
                records, digest, newest = _add_osv(builder, entry, ecosystems)
        except NotExaminable as error:
            raise ConfigError(f"{entry.path}: {error.detail}; fetch the set again") from None
        except OSError:
            raise ConfigError(f"{entry.path}: cannot be read; check its permissions") from None
        builder.add_source(_source(entry, inputs.manifest, records, digest, newest, given_time))
    builder.finish(inputs.manifest.complete)


def _source(
    entry: InputSet, manifest: Manifest, records: int, digest: str, newest: str | None, given_time: str | None
) -> SourceSet:
    stated = manifest.databases.get(entry.name, {})
    if stated.get("records", records) != records:
        raise ConfigError(f"{entry.path}: {records} records, the manifest says {stated['records']}; fetch it again")
    times = [
        (given_time, "given"),
        (stated.get("snapshot_time") or manifest.snapshot_time, "manifest"),
        (newest, "records"),
    ]
    time, basis = next(((time, basis) for time, basis in times if time), (None, "unknown"))
    return SourceSet(entry.name, records, f"sha256:{digest}", time, basis, str(stated.get("licence", "")))


def _add_osv(builder: StoreBuilder, entry: InputSet, ecosystems: Collection[str] | None) -> tuple[int, str, str | None]:
    """Number of members, digest over their bytes in name order, newest modification time."""
    digest = hashlib.sha256()
    count, newest = 0, None
    members = read_members(entry.path) if entry.kind == "zip" else _read_directory(entry.path)
    for member in members:
        count += 1
        try:
            if isinstance(member.content, NotExaminable):
                raise member.content
            digest.update(member.content)
            record = parse_record(member.content)
        except NotExaminable as error:
            builder.add_problem(entry.name, member.name, error.detail)
            continue
        if record.id != member.name.removesuffix(".json"):
            builder.add_problem(entry.name, member.name, "its id is not its file name")
        newest = max(newest or "", record.modified or "") or None
        if ecosystems is None or any(a.ecosystem.partition(":")[0] in ecosystems for a in record.affected):
            builder.add_record(entry.name, record)
    return count, digest.hexdigest(), newest


def _read_directory(path: Path) -> Iterator[Member]:
    for file in record_files(path):
        with file.open("rb") as stream:
            content = stream.read(LARGEST_RECORD + 1)
        yield Member(file.name, content)


def _add_kev(builder: StoreBuilder, path: Path) -> tuple[int, str, str | None]:
    """Number of entries, digest of the file, release time of the catalogue."""
    if path.stat().st_size > _LARGEST_KEV:
        raise NotExaminable(OVER_LIMIT, "catalogue of known exploited flaws too large")
    content = path.read_bytes()
    try:
        document = json.loads(content)
        entries = [_kev_entry(entry) for entry in document["vulnerabilities"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f"{path}: not a catalogue of known exploited vulnerabilities; fetch it again") from None
    for entry in entries:
        builder.add_kev(entry)
    return len(entries), hashlib.sha256(content).hexdigest(), normal_time(document.get("dateReleased"))


def _kev_entry(entry: Mapping[str, object]) -> KevEntry:
    cve, added, due = str(entry["cveID"]), str(entry["dateAdded"]), str(entry.get("dueDate", ""))
    if not _CVE.fullmatch(cve) or not _DATE.fullmatch(added) or not (due == "" or _DATE.fullmatch(due)):
        raise ValueError("unusual id or date")
    return KevEntry(cve, added, due, entry.get("knownRansomwareCampaignUse") == "Known")


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(magic)) == magic


def _inputs_digest(path: Path, inputs: Inputs) -> str:
    digest = hashlib.sha256(schema.VERSION.encode())
    files = [file for entry in inputs.sets for file in _files_of(entry)]
    if path.is_dir() and (path / MANIFEST).is_file():
        files.append(path / MANIFEST)
    for file in files:
        digest.update(f"{file.name}\0{file_digest(file)}\n".encode())
    return digest.hexdigest()


def _files_of(entry: InputSet) -> list[Path]:
    return record_files(entry.path) if entry.kind == "directory" else [entry.path]
