"""Policy tests on a scan result instead of a world written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import PolicyError
from scanner.policy.coverage import PolicyTestReport, run_tests

FIXTURE = Path(__file__).parents[2] / "fixtures" / "fraud-detection-clean"
POLICY = """schema: policy/v1
bundle: {name: small, version: 1.0.0}
rules:
  - id: AA-001
    title: Models are signed
    severity: high
    fix: sign it
    select: {kind: model, where: artifact.resolved}
    require:
      - {id: signed, that: artifact.signing.state == 'verified', say: is not signed}
    lineage:
      - {id: data, every: dataset, along: [trained_on], that: size(artifact.licences) > 0, say: has data without a licence}
"""
TEST: dict[str, Any] = {
    "schema": "policy-test/v1",
    "policy": "small.yaml",
    "now": "2025-10-15T12:00:00Z",
    "result": "scan.json",
}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scanner.cli.main import run

    folder = tmp_path_factory.mktemp("recorded")
    assert run(["scan", str(FIXTURE), "--quiet", "--output", f"json={folder / 'scan.json'}"]) == 0
    (folder / "small.yaml").write_text(POLICY)
    return folder


def run(folder: Path, **parts: Any) -> PolicyTestReport:
    (folder / "t.yaml").write_text(json.dumps({**TEST, **parts}))
    return run_tests([folder / "t.yaml"])


def names(folder: Path) -> dict[str, str]:
    result = json.loads((folder / "scan.json").read_text())
    models = [one["id"] for one in result["artifacts"] if one["kind"] == "model" and one["resolved"]]
    assert len(models) == 2
    return {"one": models[0], "two": models[1], "claims": "dataset:claims"}


def test_a_result_is_judged_and_changed(scanned: Path) -> None:
    mutate = [
        {"remove": ["one.signing"], "expect": [{"rule": "AA-001", "item": "one", "verdict": "unknown"}]},
        {
            "set": {"two.signing": {"state": "unsigned", "unsigned_extras": 0}},
            "expect": [{"rule": "AA-001", "item": "two", "condition": "signed", "verdict": "fail"}],
        },
        {
            "set": {"claims.licences": []},
            "expect": [{"rule": "AA-001", "item": "two", "condition": "data", "verdict": "fail"}],
        },
    ]
    expect = [
        {"rule": "AA-001", "item": "one", "verdict": "pass"},
        {"rule": "AA-001", "item": "two", "verdict": "pass"},
    ]
    report = run(scanned, items=names(scanned), expect=expect, mutate=mutate)
    assert [one for one in report.problems if "mutant" not in one] == []
    assert (report.worlds, report.expectations) == (4, 5)


def test_relationships_of_a_result_can_be_cut_and_added(scanned: Path) -> None:
    items = names(scanned)
    links = json.loads((scanned / "scan.json").read_text())["relationships"]
    called = {id: name for name, id in items.items()}
    claims = next(one["to"] for one in links if one["type"] == "trained_on")
    called[claims] = "claims"
    cut = [[called[one["from"]], one["type"], "claims"] for one in links if one["type"] == "trained_on"]
    unknown = [{"rule": "AA-001", "item": "two", "condition": "data", "verdict": "unknown"}]
    passed = [{"rule": "AA-001", "item": "two", "condition": "data", "verdict": "pass"}]
    mutate = [
        {"cut": cut, "expect": unknown},
        {"cut": cut, "link": [["two", "trained_on", "claims", "matched"]], "expect": passed},
    ]
    report = run(scanned, items=items, expect=passed, mutate=mutate)
    assert [one for one in report.problems if "expected" in one] == []


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"items": {"x": "model:none"}}, "0 artifacts of the result are model:none"),
        ({"result": "absent.json"}, "absent.json: not a result"),
        ({"result": "small.yaml"}, "result"),
        ({"artifacts": [{"id": "a", "kind": "model"}]}, "result"),
        (
            {"mutate": [{"set": {"one.sining": 1}, "expect": [{"rule": "AA-001", "item": "one", "verdict": "pass"}]}]},
            "no group",
        ),
        (
            {"mutate": [{"set": {"one.signing": 1}, "expect": [{"rule": "AA-001", "item": "one", "verdict": "pass"}]}]},
            "signing",
        ),
        (
            {
                "mutate": [
                    {
                        "link": [["one", "trained_on", "nothing"]],
                        "expect": [{"rule": "AA-001", "item": "one", "verdict": "pass"}],
                    }
                ]
            },
            "unknown artifact nothing",
        ),
    ],
)
def test_mistakes_are_told(scanned: Path, parts: dict[str, Any], problem: str) -> None:
    expect = [{"rule": "AA-001", "item": "one", "verdict": "pass"}]
    with pytest.raises(PolicyError, match=problem):
        run(scanned, **{"items": names(scanned), "expect": expect, **parts})
