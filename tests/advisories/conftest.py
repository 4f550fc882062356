"""Builders for advisory data: records as databases publish them, zips of records, stores over them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.advisories.importing import open_store
from scanner.advisories.store import AdvisoryStore

CUT = Path(__file__).parents[2] / "fixtures" / "advisories"
SHARED = Path(__file__).parents[3] / "shared" / "data"

Record = dict[str, Any]
MakeRecord = Callable[..., Record]
MakeStore = Callable[..., AdvisoryStore]


def _record(
    identifier: str,
    name: str = "demo",
    *events: tuple[str, str],
    ecosystem: str = "PyPI",
    versions: tuple[str, ...] = (),
    **fields: Any,
) -> Record:
    """An OSV record about one package; ``events`` such as ("introduced", "0") make one range."""
    affected: Record = {"package": {"ecosystem": ecosystem, "name": name}}
    if events:
        kind = "SEMVER" if ecosystem in ("npm", "Go", "crates.io") else "ECOSYSTEM"
        affected["ranges"] = [{"type": kind, "events": [{kind: bound} for kind, bound in events]}]
    if versions:
        affected["versions"] = list(versions)
    return {"id": identifier, "modified": "2025-01-02T03:04:05Z", "affected": [affected]} | fields


def _write_zip(path: Path, *records: Record) -> Path:
    """A zip of records, one member each, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in records:
            archive.writestr(f"{entry['id']}.json", json.dumps(entry))
    return path


@pytest.fixture(scope="session")
def record() -> MakeRecord:
    return _record


@pytest.fixture(scope="session")
def write_zip() -> Callable[..., Path]:
    return _write_zip


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    """make_store(record, ..., complete=True): a store over one set per ecosystem named in the records."""
    stores = []

    def make(*records: Record, complete: bool = True) -> AdvisoryStore:
        data = tmp_path / f"data{len(stores)}"
        data.mkdir()
        ecosystems = sorted({entry["affected"][0]["package"]["ecosystem"] for entry in records})
        for ecosystem in ecosystems:
            wanted = [r for r in records if r["affected"][0]["package"]["ecosystem"] == ecosystem]
            _write_zip(data / ecosystem / "all.zip", *wanted)
        manifest: Record = {"schema": "lading/advisory-snapshot/1", "complete": ecosystems if complete else []}
        (data / "manifest.json").write_text(json.dumps(manifest))
        stores.append(open_store(data))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture(scope="session")
def cut() -> Path:
    return CUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The large data sets, where this machine has them."""
    if not SHARED.is_dir():
        pytest.skip("the shared data sets are not here")
    return SHARED


@pytest.fixture(scope="session")
def shared_store(shared: Path) -> Iterator[AdvisoryStore]:
    store = open_store(shared / "advisories")
    yield store
    store.close()


@pytest.fixture(scope="session")
def cut_store() -> Iterator[AdvisoryStore]:
    """The committed cut of real records."""
    store = open_store(CUT)
    yield store
    store.close()
