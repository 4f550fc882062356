"""Invariants over three whole public sets; skipped where they are not at hand."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.advisories.audit import audit
from scanner.advisories.ecosystems import advisory_name
from scanner.advisories.importing import open_store
from scanner.advisories.lookup import audit_package
from scanner.advisories.matching import Match, match
from scanner.advisories.osv import Record, parse_record
from scanner.advisories.store import AdvisoryStore
from scanner.advisories.verdicts import PackageQuery
from scanner.advisories.versions import PYPI

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def python_records(shared: Path) -> list[Record]:
    with zipfile.ZipFile(shared / "advisories" / "PyPI" / "all.zip") as archive:
        return [parse_record(archive.read(name)) for name in sorted(archive.namelist())]


def outcomes(store: AdvisoryStore, record: Record, versions: list[str]) -> Iterator[tuple[str, Match | None]]:
    """What the stored record says about versions of its own package."""
    for affected in record.affected:
        rows = store.affected("PyPI", advisory_name("PyPI", affected.name))
        own = [entry for advisory, entry in rows if advisory.id == record.id]
        for version in versions:
            found = [outcome for entry in own if isinstance(outcome := match(entry, version, PYPI), Match)]
            yield version, found[0] if found else None


def test_totals(shared_store: AdvisoryStore) -> None:
    assert shared_store.counts() == {"advisory": 8158, "affected": 9984, "kev": 1404, "problem": 0}
    assert shared_store.ecosystems == ("Go", "PyPI", "crates.io")
    assert shared_store.snapshot_time == "2024-10-10T17:35:05Z"


def test_the_records_digest_is_that_of_the_manifest(shared: Path, shared_store: AdvisoryStore) -> None:
    stated = json.loads((shared / "advisories" / "manifest.json").read_bytes())["databases"]
    for source in shared_store.sources:
        assert source.digest.removeprefix("sha256:") in (
            stated[source.name].get("records_sha256"),
            stated[source.name]["sha256"],
        )


def test_every_enumerated_version_matches_its_own_record(
    shared_store: AdvisoryStore, python_records: list[Record]
) -> None:
    evidence: Counter[str] = Counter()
    for record in python_records:
        versions = [version for affected in record.affected for version in affected.versions]
        for version, outcome in outcomes(shared_store, record, versions):
            assert outcome is not None, (record.id, version)
            evidence[outcome.evidence] += 1
    assert evidence == {"both": 140_837, "conflict": 9, "versions": 1}


def test_fixed_versions_are_unaffected_but_for_known_data(
    shared_store: AdvisoryStore, python_records: list[Record]
) -> None:
    still_affected = []
    for record in python_records:
        ranges = [r for affected in record.affected for r in affected.ranges]
        fixed = [bound for r in ranges for kind, bound in r.events if kind == "fixed"]
        again = {bound for r in ranges for kind, bound in r.events if kind == "introduced"}
        for version, outcome in outcomes(shared_store, record, fixed):
            if outcome is not None and version not in again:
                still_affected.append((record.id, version, outcome.evidence))
    assert all(evidence == "conflict" for _, _, evidence in still_affected)
    assert len(still_affected) == 2


def test_both_engines_agree_over_five_hundred_packages(
    shared_store: AdvisoryStore, python_records: list[Record]
) -> None:
    pins = {
        r.affected[0].name: r.affected[0].versions[-1] for r in python_records if r.affected and r.affected[0].versions
    }
    queries = [PackageQuery(f"pkg:pypi/{name}@{version}") for name, version in sorted(pins.items())[:500]]
    audits = audit(queries, shared_store)
    judged = [entry for entry in audits if entry.second_opinion and entry.second_opinion.answered]
    assert len(judged) > 480
    assert [(entry.purl, entry.disagreements) for entry in judged if entry.disagreements] == []


def test_ten_thousand_lookups_end_in_two_states(shared_store: AdvisoryStore, python_records: list[Record]) -> None:
    names = sorted({record.affected[0].name for record in python_records if record.affected})
    purls = [f"pkg:pypi/{names[n % len(names)]}@{n % 7}.{n % 11}" for n in range(10_000)]
    states = Counter(audit_package(purl, shared_store).state for purl in purls)
    assert set(states) == {"vulnerable", "unaudited"}


def test_importing_three_sets_again_gives_the_same_digest(shared: Path, shared_store: AdvisoryStore) -> None:
    again = open_store(shared / "advisories")
    assert again.digest == shared_store.digest
