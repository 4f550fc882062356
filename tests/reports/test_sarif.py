"""SARIF: what the specification and its receivers demand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scanner.reports import sarif
from scanner.result import ScanResult
from tests.reports.sample_graph import HOSTILE
from tests.reports.sample_result import sample_result, with_findings

REQUIRED = {
    "runs": {"tool", "results"},
    "driver": {"name"},
    "extensions": {"name"},
    "rules": {"id"},
    "results": {"message", "ruleId", "locations"},
    "suppressions": {"kind"},
    "codeFlows": {"threadFlows"},
    "threadFlows": {"locations"},
    "invocations": {"executionSuccessful"},
    "toolExecutionNotifications": {"message"},
    "message": {"text"},
    "shortDescription": {"text"},
}
"""Members that SARIF 2.1.0 requires of an object, by the name under which it stands; results need more for services."""


def _run(result: ScanResult) -> dict[str, Any]:
    log = json.loads(sarif.render(result))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


def _walk(name: str, value: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        return [found for item in value for found in _walk(name, item)]
    if isinstance(value, dict):
        return [(name, value), *(found for key, item in value.items() for found in _walk(key, item))]
    return []


def test_every_object_has_what_the_specification_requires() -> None:
    objects = _walk("runs", _run(sample_result()))
    assert set(REQUIRED) <= {name for name, _ in objects}
    for name, found in objects:
        assert REQUIRED.get(name, set()) <= set(found), name


def test_it_is_a_log_for_the_model_of_another_library() -> None:
    library = pytest.importorskip("sarif_pydantic", reason="the SARIF model library is not installed")
    log = library.Sarif.model_validate_json(sarif.render(sample_result()))
    levels = [(item.rule_id, item.level.value) for item in log.runs[0].results]
    assert levels[:2] == [("ML-001", "error"), ("CD-009", "error")]


def test_results_are_sorted_by_what_they_do_and_point_at_their_rule() -> None:
    run = _run(sample_result())
    words = [item["properties"]["lading:disposition"] for item in run["results"]]
    assert words == ["blocked"] * 4 + ["undecided"] * 2 + ["warning"] * 3 + ["not yet effective", "waived"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[item["ruleIndex"]]["id"] for item in run["results"]] == [item["ruleId"] for item in run["results"]]


def test_every_result_has_a_relative_encoded_file_location() -> None:
    for result in _run(sample_result())["results"]:
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == sarif.ROOT
        assert not artifact["uri"].startswith("/")
        assert set(artifact["uri"]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%")


def test_lines_members_and_offsets_are_kept() -> None:
    results = {item["properties"]["lading:id"]: item for item in _run(sample_result())["results"]}
    assert results["F-004"]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    member = results["F-007"]["locations"][0]
    assert member["physicalLocation"]["artifactLocation"]["uri"] == "images/scorer.tar"
    assert member["logicalLocations"][0]["fullyQualifiedName"] == "images/scorer.tar!config"


def test_the_lineage_path_is_a_code_flow() -> None:
    result = _run(sample_result())["results"][0]
    (flow,) = result["codeFlows"][0]["threadFlows"]
    assert [item["location"]["message"]["text"] for item in flow["locations"]] == [
        "model ocr-layout 2.1",
        "contains (matched) file layout.pkl",
    ]


def test_a_waiver_is_a_suppression_with_its_reason_and_end() -> None:
    (waived,) = [item for item in _run(sample_result())["results"] if "suppressions" in item]
    (suppression,) = waived["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"].startswith("W-001: templates are ours")
    assert suppression["properties"]["lading:expires"] == "2026-11-30T00:00:00Z"


def test_what_was_not_examined_is_a_notification() -> None:
    invocation = _run(sample_result())["invocations"][0]
    texts = [item["message"]["text"] for item in invocation["toolExecutionNotifications"]]
    assert "not examined (layer): unsupported, unknown compression" in texts


@pytest.mark.parametrize(("code", "successful"), [(0, True), (1, True), (3, False), (4, False)])
def test_an_incomplete_scan_was_not_successful(code: int, successful: bool) -> None:
    (invocation,) = _run(replace(sample_result(), exit_code=code))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (successful, code)


def test_an_exit_code_of_zero_that_was_asked_for_makes_no_success() -> None:
    (invocation,) = _run(replace(sample_result(), verdict="incomplete", exit_code=0))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCodeDescription"] == "incomplete; 0 because --exit-zero asked for it"


def test_too_many_findings_are_cut_with_a_notification() -> None:
    sample = sample_result()
    warning = sample.findings[6]
    many = (replace(warning, id=f"F-{number}") for number in range(sarif.MAX_RESULTS + 7))
    run = _run(with_findings(sample, *many, sample.findings[0]))
    assert len(run["results"]) == sarif.MAX_RESULTS
    assert run["results"][0]["ruleId"] == "ML-001"  # what blocks survives the cut
    texts = [item["message"]["text"] for item in run["invocations"][0]["toolExecutionNotifications"]]
    assert "showing 5000 of 5008 findings; the scan result in JSON holds them all" in texts


def test_at_most_ten_tags() -> None:
    sample = sample_result()
    rule = replace(sample.rules[0], controls=tuple(f"C {number}" for number in range(30)))
    (found, *_) = _run(replace(sample, rules=(rule,)))["tool"]["driver"]["rules"]
    assert len(found["properties"]["tags"]) == len(set(found["properties"]["tags"])) == sarif.MAX_TAGS


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_makes_a_link_or_a_second_line(name: str) -> None:
    sample = sample_result()
    finding = replace(sample.findings[0], message=name, locations=(name,), title=name)
    result = _run(replace(sample, findings=(finding,)))["results"][0]
    text = result["message"]["text"]
    assert "](" not in text
    assert text.isprintable()
    assert "\u202e" not in json.dumps(result, ensure_ascii=False)
