"""Inventory, vulnerabilities, signatures, waivers, evidence and the big table: facts of the sample, and their limits."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json

import pytest

from scanner.reports.html.evidence import MOST_ROWS, evidence
from scanner.reports.html.inventory import inventory
from scanner.reports.html.island import COLUMNS, island
from scanner.reports.html.lookup import Lookup
from scanner.reports.html.signatures import signatures
from scanner.reports.html.times import age, day, days_between, minute, moment
from scanner.reports.html.vulnerabilities import vulnerabilities
from scanner.reports.html.waivers import waivers
from scanner.result import ScanResult
from tests.reports.html.document import with_findings
from tests.reports.sample_result import CLAIMS, FRAUD, OCR, sample_result


@pytest.fixture(scope="module")
def look() -> Lookup:
    return Lookup(sample_result())


def stating(result: ScanResult, id: str, **evidence: object) -> ScanResult:
    """The result with more evidence about one artifact."""
    changed = tuple(
        dataclasses.replace(item, evidence={**item.evidence, **evidence}) if item.id == id else item  # type: ignore[arg-type]
        for item in result.artifacts
    )
    return dataclasses.replace(result, artifacts=changed)


def test_inventory_tells_each_model_s_age_and_proof(look: Lookup) -> None:
    rows = {row.id: row for row in inventory(look).models}
    assert rows[FRAUD].updated == "2026-11-01" and rows[FRAUD].signature == "verified"
    assert rows[FRAUD].data_age == "412 days old"
    assert rows[FRAUD].evaluation == "auc 0.91 · on holdout (declared)"
    assert rows[OCR].updated == "not recorded" and rows[OCR].evaluation == "none on record"
    assert "tabular-base" not in [row.label for row in rows.values()], "named in a record only, not in the release"


def test_oldest_training_data_decides_and_undated_data_is_told() -> None:
    result = stating(sample_result(), CLAIMS, as_of={"time": "no date", "basis": "record"})
    assert {row.id: row for row in inventory(Lookup(result)).models}[FRAUD].data_age == "no date on record"


def test_test_data_that_was_trained_on_is_told() -> None:
    result = stating(sample_result(), FRAUD, evaluation={"overlaps_training": True})
    assert "test data is training data" in inventory(Lookup(result)).models[1].evaluation


def test_vulnerabilities_say_where_since_when_and_what_was_decided(look: Lookup) -> None:
    found = vulnerabilities(look)
    assert [(row.advisory, row.status, row.finding) for row in found.rows] == [
        ("GHSA-9wx4-h78v-vm56", "Blocks release", "F-004"),
        ("GHSA-h5c8-rqwp-cp95", "Waived", "F-010"),
    ]
    worst = found.rows[0]
    assert worst.exploited and worst.fixed_in == "2.32.0" and worst.known_for == "264 days"
    assert worst.inside == "registry.example/shop/scorer 1.9.4"
    assert dict(found.states) == {"vulnerable": 2, "unaudited": 1, "clean": 1}


def test_advisory_without_a_rule_is_still_listed(look: Lookup) -> None:
    silent = dataclasses.replace(sample_result(), findings=())
    assert {row.status for row in vulnerabilities(Lookup(silent)).rows} == {"no rule speaks of it"}


def test_signatures_name_who_vouches(look: Lookup) -> None:
    rows = {(row.kind, row.label): row for row in signatures(look).rows}
    assert rows["model", "fraud 7"].signers == ("release@example.com",)
    assert rows["model", "fraud 7"].tone == "ok"
    assert (rows["model", "ocr-layout 2.1"].state, rows["model", "ocr-layout 2.1"].tone) == ("unsigned", "warn")
    assert rows["image", "registry.example/shop/scorer 1.9.4"].provenance == "SLSA level 2, ci.example"


def test_changed_content_is_the_worst_a_signature_can_say() -> None:
    result = stating(sample_result(), FRAUD, signing={"state": "changed", "unsigned_extras": 0})
    assert {row.label: row.tone for row in signatures(Lookup(result)).rows}["fraud 7"] == "fail"


def test_waivers_end_soonest_first_and_name_what_they_cover() -> None:
    first, second = waivers(sample_result())
    assert (first.anchor, first.covers, first.left, first.tone) == ("W-001", ("F-010",), "10 days left", "warn")
    assert (second.covers, second.waiver.state) == ((), "unused")


def test_evidence_names_place_reader_and_digest_of_each_finding(look: Lookup) -> None:
    found = evidence(look, look.result.findings)
    by_anchor = {piece.anchor: piece for piece in found.pieces}
    weights = [by_anchor[anchor] for anchor in found.of["F-001"] if by_anchor[anchor].place == "models/ocr/layout.pkl"]
    assert weights[0].digest and list(weights[0].by) == ["file_reader"]
    assert found.behind(["F-001", "F-001"]) == list(found.of["F-001"])
    assert set(found.of) == {finding.id for finding in look.result.findings}


def test_evidence_is_cut_and_counted() -> None:
    result = with_findings(1_000)
    places = tuple(
        dataclasses.replace(item, locations=(f"place {number}",)) for number, item in enumerate(result.findings)
    )
    found = evidence(Lookup(result), places)
    assert len(found.pieces) == MOST_ROWS and found.total >= 1_000


def test_island_holds_every_finding_in_the_order_of_the_page() -> None:
    look = Lookup(with_findings(2_500))
    packed = island(look)
    table = json.loads(gzip.decompress(base64.b64decode(packed.text)))
    assert packed.rows == 2_500 and len(table["columns"]) == len(COLUMNS)
    ids = [table["words"][at] for at in table["columns"][0]]
    assert ids == [finding.id for _, finding in look.findings]


def test_island_that_grows_too_large_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.reports.html.island.LIMIT", 20_000)
    packed = island(Lookup(with_findings(2_500)))
    assert len(packed.text) <= 20_000 and 0 < packed.rows < 2_500


def test_times_are_read_as_utc_and_no_time_is_never_a_guess() -> None:
    assert day("2026-11-20T23:30:00-05:00") == "2026-11-21"
    assert minute("2026-11-20T09:05:59Z") == "2026-11-20 09:05 UTC"
    assert days_between("2025-10-04", "2026-11-20T00:00:00Z") == 412
    assert moment("yesterday") is None and day("yesterday") == "yesterday" and age("yesterday", "2026-11-20") == ""
    assert moment("0001-01-01T00:00:00+23:59") is None
    assert age("2026-11-19", "2026-11-20") == "1 day old"
    assert age("2027-01-01", "2026-11-20") == "dated in the future"
