"""What changed between two results, and why a finding came or went."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from scanner.errors import UsageError
from scanner.model import Json
from scanner.reports.comparison import compare
from scanner.reports.diff import diff
from scanner.result import ArtifactResult, ScanResult
from tests.reports.sample_graph import CLAIMS, DEPLOYED_SCORER, FRAUD, HOSTILE, REQUESTS, digest
from tests.reports.sample_result import WAIVER, sample_result, with_findings

OLD = sample_result()
UPGRADED = REQUESTS.replace("2.31.0", "2.32.0")


def _with(result: ScanResult, id: str, change: Callable[[ArtifactResult], ArtifactResult]) -> ScanResult:
    return replace(result, artifacts=tuple(change(item) if item.id == id else item for item in result.artifacts))


def _stating(result: ScanResult, id: str, **groups: Json) -> ScanResult:
    return _with(result, id, lambda item: replace(item, evidence={**item.evidence, **groups}))


def _without(result: ScanResult, *ids: str) -> ScanResult:
    return with_findings(result, *(item for item in result.findings if item.id not in ids))


def _upgraded() -> ScanResult:
    """The next candidate: requests upgraded, its finding gone."""

    def renamed(id: str) -> str:
        return UPGRADED if id == REQUESTS else id

    upgraded = _with(OLD, REQUESTS, lambda item: replace(item, id=UPGRADED, version="2.32.0"))
    relationships = tuple(
        replace(item, source=renamed(item.source), target=renamed(item.target)) for item in OLD.relationships
    )
    return _without(replace(upgraded, relationships=relationships), "F-004")


def test_equal_results_do_not_differ() -> None:
    found = compare(OLD, sample_result())
    assert not any(
        (found.settings, found.artifacts, found.evidence, found.relationships, found.findings, found.coverage)
        + (found.making,)
    )
    assert diff(OLD, OLD).decode().count("no change") == 7


def test_a_new_version_is_a_change_not_an_addition() -> None:
    found = compare(OLD, _upgraded())
    (change,) = found.artifacts
    assert (change.what, change.name) == ("package", "package:pkg:pypi/requests")
    assert found.relationships == ()
    assert "~ package requests: id package:pkg:pypi/requests@2.31.0 → " in diff(OLD, _upgraded()).decode()


def test_added_and_removed_artifacts() -> None:
    fewer = replace(OLD, artifacts=tuple(item for item in OLD.artifacts if item.id != CLAIMS))
    assert [(item.name, item.new) for item in compare(OLD, fewer).artifacts] == [("dataset:claims", None)]
    assert f"+ dataset claims 2026-10  ({CLAIMS})" in diff(fewer, OLD).decode()


def test_a_relationship_that_is_proved_otherwise() -> None:
    weaker = tuple(replace(item, proof="inferred") if item.type == "trained_on" else item for item in OLD.relationships)
    (change,) = compare(OLD, replace(OLD, relationships=weaker)).relationships
    assert (change.from_, change.type, change.to) == (FRAUD, "trained_on", CLAIMS)
    assert (change.old, change.new) == ("matched", "inferred")


def test_lineage_is_listed_and_crowds_are_counted() -> None:
    kept = tuple(item for item in OLD.relationships if item.type not in ("serves", "depends_on"))
    text = diff(OLD, replace(OLD, relationships=kept)).decode()
    assert "- deployment prod-eu/scorer serves model fraud 7  (inferred)" in text
    assert "- 3 relationships depends_on" in text


def test_evidence_that_changed_and_evidence_that_is_gone() -> None:
    new = _stating(OLD, FRAUD, signing={"state": "unsigned", "unsigned_extras": 0})
    new = _with(new, DEPLOYED_SCORER, lambda item: replace(item, evidence={}))
    assert [(item.what, item.name) for item in compare(OLD, new).evidence] == [
        (DEPLOYED_SCORER, "environment"),
        (DEPLOYED_SCORER, "image_pinned"),
        (FRAUD, "signing"),
    ]
    assert "- deployment prod-eu/scorer: environment production → absent" in diff(OLD, new).decode()


def test_what_the_scans_rest_on_comes_first() -> None:
    new = replace(OLD, as_of="2026-12-01T00:00:00Z", parameters=(), rules=OLD.rules[:-1], advisories=None)
    lines = diff(OLD, new).decode().splitlines()
    assert lines[3] == "what the scans rest on: 4 changes"
    assert lines[4] == "  ~ scan as_of: 2026-11-20T00:00:00Z → 2026-12-01T00:00:00Z"
    assert lines.index("findings: no change") > 7


NO_STALE, NO_FLAW = _without(OLD, "F-003"), _without(OLD, "F-004")


@pytest.mark.parametrize(
    ("cause", "old", "new"),
    [
        ("rule", replace(NO_STALE, rules=tuple(r for r in OLD.rules if r.id != "DG-002")), OLD),
        ("artifact", replace(NO_STALE, artifacts=tuple(a for a in OLD.artifacts if a.id != FRAUD)), OLD),
        ("content", OLD, _upgraded()),
        ("policy", replace(NO_STALE, parameters=()), OLD),
        ("advisories", replace(_stating(NO_FLAW, REQUESTS, audit={"state": "clean"}), advisories=None), OLD),
        ("evidence", _stating(NO_STALE, CLAIMS, rows=1), OLD),
        ("lineage", replace(NO_STALE, relationships=()), OLD),
        ("time", replace(NO_STALE, as_of="2026-01-01T00:00:00Z"), OLD),
        ("other", NO_STALE, OLD),
    ],
)  # fmt: skip
def test_why_a_finding_came_or_went(cause: str, old: ScanResult, new: ScanResult) -> None:
    (change,) = compare(old, new).findings
    assert change.cause == cause


def test_a_finding_that_was_waived() -> None:
    findings = (replace(item, verdict="waived", waiver=WAIVER) if item.id == "F-003" else item for item in OLD.findings)
    (change,) = compare(OLD, with_findings(OLD, *findings)).findings
    assert (change.old, change.new, change.cause) == ("blocked", "waived", "waiver")


def test_new_findings_come_before_gone_ones_worst_first() -> None:
    old = _without(OLD, "F-001", "F-007")
    found = compare(replace(old), _without(OLD, "F-002")).findings
    assert [(item.finding.id, item.new) for item in found] == [
        ("F-001", "blocked"),
        ("F-007", "warning"),
        ("F-002", None),
    ]


def test_json_is_complete() -> None:
    value = json.loads(diff(OLD, _upgraded(), "json"))
    assert value["schema"] == "lading/diff/1"
    assert (value["old"]["blocking"], value["findings"][0]["finding"]["id"]) == ("4", "F-004")
    assert set(value) == {
        "schema", "old", "new", "settings", "findings", "artifacts", "relationships", "evidence", "coverage",
            "making",
    }  # fmt: skip


def test_places_that_are_no_longer_examined() -> None:
    seen = replace(OLD, coverage=replace(OLD.coverage, not_examined=()))
    assert "  + images/ocr.tar!layer 2 (layer)" in diff(seen, OLD).decode()


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="--format xml: unknown format"):
        diff(OLD, OLD, "xml")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_line(name: str) -> None:
    hostile = tuple(
        replace(item, id=f"file:sha256:{digest(item.id)}", name=name, identity=name) for item in OLD.artifacts
    )
    finding = replace(OLD.findings[0], message=name, title=name, fingerprint="f")
    new = replace(OLD, artifacts=hostile, findings=(finding,), parameters=(), notices=(name,))
    for line in diff(OLD, new).decode().splitlines():
        assert line.isprintable() and not line.lstrip().startswith("::") and "##[" not in line
