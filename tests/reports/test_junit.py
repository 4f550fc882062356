"""JUnit: red exactly when the gate is red."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from scanner.reports import junit
from scanner.result import ScanResult
from tests.reports.sample_graph import HOSTILE
from tests.reports.sample_result import sample_result, with_findings


def _cases(result: ScanResult) -> dict[str, Element]:
    root = ElementTree.fromstring(junit.render(result))
    return {str(case.get("name")): case for case in root.iter("testcase")}


def _outcome(case: Element) -> tuple[str, str]:
    (outcome,) = list(case)
    return outcome.tag, str(outcome.get("message"))


def test_each_verdict_has_its_outcome() -> None:
    cases = _cases(sample_result())
    assert _outcome(cases["model ocr-layout 2.1 (F-001)"]) == ("failure", "runs code when it is loaded")
    assert _outcome(cases["model ocr-layout 2.1 (F-006)"]) == ("error", "the condition could not be computed")
    assert _outcome(cases["image registry.example/shop/scorer 1.9.4 (F-007)"]) == ("skipped", "warning: runs as root")
    waived = _outcome(cases["package jinja2 3.1.2 [GHSA-h5c8-rqwp-cp95] (F-010)"])
    assert waived[0] == "skipped" and waived[1].startswith("waived by W-001 until 2026-11-30")
    assert _outcome(cases["package urllib3 2.0.7 (F-011)"]) == ("skipped", "not yet effective: is an old series")


def test_counts_add_up() -> None:
    root = ElementTree.fromstring(junit.render(sample_result()))
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name, "")) == sum(case.find(tag) is not None for case in cases)
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == ("4", "2", "5")


def test_passed_artifacts_are_counted_and_blind_spots_told() -> None:
    text = junit.render(sample_result()).decode()
    assert 'classname="ML-001" name="3 artifacts passed"' in text
    assert "not examined: images/ocr.tar!layer 2: unsupported, unknown compression" in text


def test_a_finding_of_the_baseline_does_not_fail() -> None:
    sample = sample_result()
    known = with_findings(replace(sample, gate="new"), *sample.findings)
    assert _outcome(_cases(known)["deployment prod-eu/ocr (F-002)"]) == ("skipped", "known: names an image by tag")


@pytest.mark.parametrize("name", [*HOSTILE, "\x00\x08\ufffe\ud800"])
def test_hostile_text_stays_text(name: str) -> None:
    sample = sample_result()
    finding = replace(sample.findings[0], message=name, title=name, about=name, locations=(name,), fix=name)
    root = ElementTree.fromstring(junit.render(replace(sample, findings=(finding,), rules=())))
    assert [item.tag for item in root.iter()].count("testcase") == 1
