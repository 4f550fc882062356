"""Which advisory sets a file or directory holds, and what its manifest says about them.

Layouts: ``<Ecosystem>/all.zip``, ``<Ecosystem>/<ID>.json``, ``<Ecosystem>.zip``, loose ``<ID>.json``, ``kev.json``, and
beside them an optional ``manifest.json`` (``lading/advisory-snapshot/1``)::

    {"schema": "lading/advisory-snapshot/1",
     "snapshot_time": RFC 3339,                      for all sets; or one per set, below
     "complete": ["PyPI"],                           sets whose silence about a package counts as an answer
     "databases": {"PyPI": {"sha256": ..., "records": n, "snapshot_time": RFC 3339, "licence": ...}}}

An ecosystem counts as loaded when a set is named after it; loose records only add findings.
``complete`` exists because a set can be thin: without any GHSA record the PyPI set is taken as incomplete, and a
package without a finding is then ``unaudited``. Name a set here only when it is known to be whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from scanner.advisories.osv import normal_time
from scanner.errors import ConfigError

MANIFEST: Final = "manifest.json"
MANIFEST_SCHEMA: Final = "lading/advisory-snapshot/1"
_KEV_NAMES: Final = ("kev.json", "known_exploited_vulnerabilities.json")
_LARGEST_MANIFEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InputSet:
    """One set: ``name`` is the ecosystem directory or the file's stem."""

    name: str
    kind: Literal["zip", "directory", "kev"]
    path: Path


@dataclass(frozen=True, slots=True)
class Manifest:
    """The checked content of ``manifest.json``; empty when there is none."""

    snapshot_time: str | None = None
    complete: tuple[str, ...] = ()
    databases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything found at one place, sets sorted by name."""

    sets: tuple[InputSet, ...]
    manifest: Manifest


def find_inputs(path: Path) -> Inputs:
    """The sets at ``path``, a directory, a zip or a KEV file. Raises ConfigError when there is none."""
    if path.is_dir():
        sets, manifest = _in_directory(path), read_manifest(path / MANIFEST)
    elif path.is_file():
        kind: Literal["zip", "kev"] = "zip" if path.suffix == ".zip" else "kev"
        name = path.resolve().parent.name if path.name == "all.zip" else path.stem
        sets, manifest = [InputSet("kev" if kind == "kev" else name, kind, path)], Manifest()
    else:
        sets, manifest = [], Manifest()
    if not sets:
        raise ConfigError(f"{path}: no advisory data here; give a directory with <Ecosystem>/all.zip, or a zip")
    for entry in sets:
        _compare_digest(entry, manifest)
    return Inputs(tuple(sorted(sets, key=lambda entry: entry.name)), manifest)


def read_manifest(path: Path) -> Manifest:
    """The manifest at ``path``, empty when absent. Raises ConfigError when it is present and wrong."""
    if not path.is_file():
        return Manifest()
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise ValueError("too large")
        document = json.loads(path.read_bytes())
        if document["schema"] != MANIFEST_SCHEMA:
            raise ValueError("schema")
        databases = document.get("databases", {})
        complete = document.get("complete", [])
        if not all(isinstance(value, dict) for value in databases.values()) or not isinstance(complete, list):
            raise ValueError("databases or complete")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f"{path}: not a {MANIFEST_SCHEMA} manifest; write it anew or remove it") from None
    return Manifest(
        snapshot_time=_time(path, document.get("snapshot_time")),
        complete=tuple(sorted(str(name) for name in complete)),
        databases={
            name: {**values, "snapshot_time": _time(path, values.get("snapshot_time"))}
            for name, values in databases.items()
        },
    )


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _in_directory(path: Path) -> list[InputSet]:
    sets = []
    for entry in sorted(path.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            whole = entry / "all.zip"
            if whole.is_file() and not whole.is_symlink():
                sets.append(InputSet(entry.name, "zip", whole))
            elif any(entry.glob("*.json")):
                sets.append(InputSet(entry.name, "directory", entry))
        elif entry.suffix == ".zip":
            sets.append(InputSet(entry.stem, "zip", entry))
        elif entry.name in _KEV_NAMES:
            sets.append(InputSet("kev", "kev", entry))
    if not any(entry.kind == "directory" for entry in sets) and record_files(path):
        sets.append(InputSet("records", "directory", path))
    if len({entry.name for entry in sets}) != len(sets):
        raise ConfigError(f"{path}: two advisory sets have one name; keep one of each")
    return sets


def record_files(path: Path) -> list[Path]:
    """The files of a directory that may hold one OSV record each, sorted by name."""
    special = {MANIFEST, *_KEV_NAMES}
    return sorted(f for f in path.glob("*.json") if f.is_file() and not f.is_symlink() and f.name not in special)


def _compare_digest(entry: InputSet, manifest: Manifest) -> None:
    stated = manifest.databases.get(entry.name, {}).get("sha256")
    if stated is not None and entry.kind != "directory" and stated != file_digest(entry.path):
        raise ConfigError(f"{entry.path}: its digest is not the one in {MANIFEST}; fetch the set again")


def _time(path: Path, value: object) -> str | None:
    time = normal_time(value)
    if value is not None and time is None:
        raise ConfigError(f"{path}: snapshot_time is not RFC 3339 in UTC, such as 2025-10-15T00:00:00Z; correct it")
    return time
