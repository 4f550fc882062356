"""The VEX document: every vulnerability of the release, and what was decided; a waiver claims no more than it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scanner.reports import cyclonedx
from tests.reports.cyclonedx.validity import errors, json_error
from tests.reports.sample_graph import HOSTILE, JINJA2, REQUESTS
from tests.reports.sample_result import sample_result


def _vulnerabilities() -> dict[str, dict[str, Any]]:
    document = json.loads(cyclonedx.render_vex(sample_result()))
    return {item["id"]: item for item in document["vulnerabilities"]}


def test_it_is_valid_and_stands_alone() -> None:
    text = cyclonedx.render_vex(sample_result())
    assert json_error(text, "1.6") is None
    assert errors(json.loads(text)) == []
    assert {item["bom-ref"] for item in json.loads(text)["components"]} == {JINJA2, REQUESTS}


def test_a_waiver_accepts_a_risk_and_does_not_deny_it() -> None:
    analysis = _vulnerabilities()["GHSA-h5c8-rqwp-cp95"]["analysis"]
    assert (analysis["state"], analysis["response"]) == ("exploitable", ["will_not_fix"])
    assert analysis["detail"].startswith("waiver W-001: templates are ours")
    assert "until 2026-11-30T00:00:00Z, ticket SEC-12" in analysis["detail"]


def test_without_a_decision_it_is_in_triage() -> None:
    found = _vulnerabilities()["GHSA-9wx4-h78v-vm56"]
    assert found["analysis"] == {"state": "in_triage", "detail": "blocked by rule PK-003, finding F-004"}
    assert found["affects"] == [{"ref": REQUESTS, "versions": [{"version": "2.31.0", "status": "affected"}]}]
    assert found["recommendation"] == "upgrade to 2.32.0"
    assert {"name": "lading:known_exploited", "value": "true"} in found["properties"]


def test_a_release_without_vulnerabilities_has_an_empty_document() -> None:
    document = json.loads(cyclonedx.render_vex(replace(sample_result(), artifacts=())))
    assert "vulnerabilities" not in document


@pytest.mark.parametrize("name", [*HOSTILE, "", "\ud800"])
def test_hostile_advisories(name: str) -> None:
    sample = sample_result()
    advisory = {"id": name, "severity": name, "published": name, "fixed_in": [name], "known_exploited": None,
                "aliases": [name], "summary": name, "detected_by": [name]}  # fmt: skip
    packages = [item for item in sample.artifacts if item.kind == "package"]
    artifacts = tuple(replace(item, evidence={"vulnerabilities": [advisory]}) for item in packages)
    text = cyclonedx.render_vex(replace(sample, artifacts=artifacts))
    assert json_error(text, "1.6") is None
    assert errors(json.loads(text)) == []
