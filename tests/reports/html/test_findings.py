"""Findings in entries, by gate and severity, each with its way to the deployment."""

from __future__ import annotations

import dataclasses

from scanner.reports.html.anchors import anchors
from scanner.reports.html.findings import ALL_STATIC, MOST_STATIC, findings
from scanner.reports.html.lookup import Lookup
from tests.reports.html.document import audited, with_findings
from tests.reports.sample_result import digest, sample_result


def test_most_urgent_come_first() -> None:
    found = findings(Lookup(sample_result()))
    assert [entry.disposition for entry in found.entries] == [
        "blocked", "blocked", "blocked", "blocked", "undecided", "undecided", "warning", "warning", "warning",
        "not yet effective", "waived",
    ]  # fmt: skip
    assert [entry.first.severity for entry in found.entries[:4]] == ["critical", "high", "high", "high"]


def test_way_leads_from_the_culprit_to_the_deployment() -> None:
    (entry,) = [entry for entry in findings(Lookup(sample_result())).entries if entry.first.id == "F-001"]
    assert [crumb.kind for crumb in entry.members[0].way] == ["file", "model", "image", "deployment"]
    assert entry.headline == "ocr-layout 2.1: runs code when it is loaded"


def test_headline_tells_alike_findings_apart() -> None:
    flaw = dataclasses.replace(sample_result().findings[3], message="has a flaw (no fix reached)", about="CVE-1")
    secret = dataclasses.replace(flaw, id="F-9", about=digest("secret"))
    result = dataclasses.replace(sample_result(), findings=(flaw, secret))
    headlines = [entry.headline for entry in findings(Lookup(result)).entries]
    assert headlines == ["requests 2.31.0: has a flaw (CVE-1)", 'requests 2.31.0: has a flaw (["2.32.0"])']


def test_findings_with_one_cause_share_an_entry_and_keep_their_anchors() -> None:
    same = with_findings(30, about="GHSA-1", message="has GHSA-1")
    (entry,) = findings(Lookup(same)).entries
    assert len(entry.members) == 30
    assert entry.headline == "30 packages: has GHSA-1"
    assert [member.anchor for member in entry.members][:2] == ["F-00000", "F-00001"]
    assert len(findings(Lookup(with_findings(30))).entries) == 30


def test_known_new_waived_and_dated_findings_stay_apart() -> None:
    result = sample_result()
    first = result.findings[0]
    changed = (
        first,
        dataclasses.replace(first, id="F-2", new=False),
        dataclasses.replace(first, id="F-3", verdict="waived", waiver=result.waivers[0]),
        dataclasses.replace(first, id="F-4", verdict="not_yet_effective", effective_on="2027-01-01"),
    )
    entries = findings(
        Lookup(dataclasses.replace(result, gate="new", findings=changed, blocking=1, undecided=0))
    ).entries
    assert [entry.label for entry in entries] == [
        "Blocks release", "Known, in the baseline", "In force from 2027-01-01", "Waived"
    ]  # fmt: skip


def test_large_results_write_the_most_urgent_and_say_how_many() -> None:
    found = findings(Lookup(with_findings(ALL_STATIC + 1)))
    assert (found.written, found.total, len(found.anchors)) == (MOST_STATIC, ALL_STATIC + 1, MOST_STATIC)
    assert findings(Lookup(with_findings(ALL_STATIC))).written == ALL_STATIC


def test_rules_are_listed_under_their_policy_with_counts() -> None:
    policies = {policy.name: policy for policy in findings(Lookup(sample_result())).policies}
    assert list(policies) == ["container-and-deployment", "data-governance", "model-security", "packages-and-licences"]
    views = {view.rule.id: view for policy in policies.values() for view in (*policy.loud, *policy.quiet)}
    assert views["PK-003"].counts == "4 judged · 1 open · 1 waived"
    states = {rule: views[rule].state for rule in ("PK-003", "PK-010", "PK-011", "DG-007")}
    assert states == {"PK-003": "bad", "PK-010": "warn", "PK-011": "warn", "DG-007": "unknown"}
    assert len({view.key for view in views.values()}) == len(views)


def test_controls_are_printed_with_their_framework() -> None:
    entry = next(entry for entry in findings(Lookup(audited())).entries if entry.first.id == "F-003")
    assert entry.controls == ("EU AI Act · AnnexIV.2(d)", "ISO/IEC 42001 · A.7.6")


def test_only_harmless_ids_become_anchors() -> None:
    made = anchors("F", ["F-0a", "F-0a", "W-1", "F-n2", '"><b>', "F-" + "x" * 80, ""])
    assert made["F-0a"] == "F-0a"
    assert sorted(set(made.values()) - {"F-0a"}) == ["F-n2", "F-n3", "F-n4", "F-n5", "F-n6"]
