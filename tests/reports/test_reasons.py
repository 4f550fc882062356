"""What inspectors said of files, told with the findings that are about loading them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scanner.model import Json
from scanner.reports import sarif
from scanner.reports.html.page import page
from scanner.reports.links import Links
from scanner.reports.reasons import MOST, reasons
from scanner.result import Finding, ScanResult, Shown
from tests.reports.sample_result import PICKLE, sample_result

SHOWN = (Shown("artifact.code_scan.reason", "calls posix.system"),)


def loading(result: ScanResult, **changes: Any) -> Finding:
    return replace(result.findings[0], **{"shown": SHOWN, **changes})


def with_reasons(result: ScanResult, members: Json) -> ScanResult:
    artifacts = tuple(
        replace(one, evidence={**one.evidence, "findings": members}) if one.id == PICKLE else one
        for one in result.artifacts
    )
    return replace(result, artifacts=artifacts)


def test_the_reasons_of_the_file_behind_a_model_are_told() -> None:
    result = sample_result()
    for finding in (loading(result), loading(result, path=())):
        (found,) = reasons(Links(result), finding)
        assert (found.code, found.cwe, found.atlas) == ("runs-code", 94, "AML.T0011.000")
        assert found.where == "models/ocr/layout.pkl offset 0x2f1c"


def test_a_finding_about_something_else_has_none() -> None:
    result = sample_result()
    about = (Shown("artifact.signing.state", "unsigned"),)
    assert reasons(Links(result), loading(result, shown=about)) == []


def test_the_worst_come_first_and_the_rest_is_cut() -> None:
    result = sample_result()
    (one,) = [artifact.evidence["findings"] for artifact in result.artifacts if artifact.id == PICKLE]
    assert isinstance(one, list)
    first: Any = one[0]
    many = [{**first, "id": str(n), "offset": n, "verdict": "unknown"} for n in range(MOST * 2)]
    changed = with_reasons(result, [*many, first])
    found = reasons(Links(changed), loading(changed))
    assert len(found) == MOST
    assert [found[0].rank, found[1].rank] == [0, 1]


@pytest.mark.parametrize("members", [None, "text", [1], [{}], [{"verdict": "malicious"}], [{"verdict": 3, "cwe": "x"}]])
def test_what_no_inspector_wrote_is_left_out(members: Json) -> None:
    result = with_reasons(sample_result(), members)
    assert reasons(Links(result), loading(result)) == []


def test_sarif_carries_the_numbers_where_services_look_for_them() -> None:
    result = sample_result()
    (run,) = json.loads(sarif.render(replace(result, findings=(loading(result),))))["runs"]
    (told,) = run["results"]
    rule = run["tool"]["driver"]["rules"][told["ruleIndex"]]
    assert "external/cwe/cwe-94" in rule["properties"]["tags"]
    assert told["taxa"] == [
        {"id": "AML.T0011.000", "toolComponent": {"name": "ATLAS"}},
        {"id": "94", "toolComponent": {"name": "CWE"}},
    ]
    assert [(one["name"], one["taxa"]) for one in run["taxonomies"]] == [
        ("CWE", [{"id": "94"}]),
        ("ATLAS", [{"id": "AML.T0011.000"}]),
    ]
    (reason,) = told["properties"]["lading:reasons"]
    assert (reason["place"], reason["offset"]) == ("models/ocr/layout.pkl", 0x2F1C)


def test_the_page_shows_them_and_no_foreign_text_gets_through() -> None:
    result = sample_result()
    html = page(replace(result, findings=(loading(result),)))
    assert "CWE-94" in html
    assert "ATLAS AML.T0011.000" in html
    assert "offset 0x2f1c" in html
    assert "\u202e" not in html
