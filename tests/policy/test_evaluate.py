from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import PolicyError
from scanner.graph import Graph
from scanner.model import Evidence
from scanner.policy.baseline import Baseline, Entry
from scanner.policy.compiled import PolicySet
from scanner.policy.evaluate import PRECEDENCE
from scanner.result import to_json
from tests.policy.builders import graph, judge, policy, verdicts

FRESH = {"time": "2026-05-01T00:00:00Z", "basis": "content"}
STALE = {"time": "2020-01-01T00:00:00Z", "basis": "content"}
RULES = """
params: {age: {type: duration, default: 100d}}
rules:
  - id: AA-001
    title: Data are fresh
    severity: high
    fix: retrain
    select: {kind: model}
    lineage:
      - {every: dataset, along: [trained_on, derived_from], that: now - timestamp(artifact.as_of.time) < params.age, say: rests on stale data}
  - id: AA-002
    title: No stale data
    severity: high
    fix: retrain
    select: {kind: model}
    lineage:
      - {none: dataset, along: [trained_on, derived_from], that: now - timestamp(artifact.as_of.time) >= params.age, say: rests on stale data}
  - id: AA-003
    title: Some fresh data
    severity: high
    fix: retrain
    needs: [lineage]
    select: {kind: model}
    lineage:
      - {some: dataset, along: [trained_on, derived_from], that: now - timestamp(artifact.as_of.time) < params.age, say: has no fresh data}
  - id: AA-004
    title: Models rest on fresh models
    severity: low
    fix: retrain
    select: {kind: model}
    lineage:
      - {every: model, along: [derived_from], that: artifact.format == 'onnx', say: rests on another format, or_if_empty: pass}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return policy(tmp_path_factory.mktemp("p"), RULES)


STATES: dict[str, Any] = {"fresh": {"as_of": FRESH}, "stale": {"as_of": STALE}, "silent": {}}
NAMES = [*"abcd", *"pqrs"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=16),
    st.lists(st.sampled_from(sorted(STATES)), min_size=4, max_size=4),
    st.lists(st.sampled_from(["onnx", "pickle", None]), min_size=4, max_size=4),
)
def test_quantifiers_agree_with_their_definition(
    rules: PolicySet, links: list[tuple[str, str]], states: list[str], formats: list[str | None]
) -> None:
    """Random graphs with cycles, chains of models and undecided members, against a direct reading of the table."""
    artifacts: dict[str, dict[str, Any]] = {}
    for name, form in zip("abcd", formats, strict=True):
        artifacts[name] = {"kind": "model", "lineage": {"state": "none"}, **({"format": form} if form else {})}
    for name, state in zip("pqrs", states, strict=True):
        artifacts[name] = {"kind": "dataset", **STATES[state]}
    state_of = dict(zip("pqrs", states, strict=True))
    form_of = dict(zip("abcd", formats, strict=True))
    follow = {(one, other) for one, other in links if one != other and not (one in state_of and other in form_of)}
    evaluation = judge(graph(artifacts, [(one, "derived_from", other) for one, other in sorted(follow)]), rules)
    for model in "abcd":
        seen: set[str] = set()
        layer = {other for one, other in follow if one == model}
        while layer - seen:
            seen |= layer
            layer = {other for one, other in follow if one in seen}
        data = [state_of[name] for name in seen if name in state_of]
        every = "fail" if "stale" in data else "unknown" if "silent" in data or not data else "pass"
        some = "pass" if "fresh" in data else "unknown" if "silent" in data else "fail"
        forms = [form_of[name] for name in seen if name in form_of]
        same = "fail" if "pickle" in forms else "unknown" if None in forms else "pass"
        found = {rule: verdicts(evaluation, rule)[model] for rule in ("AA-001", "AA-002", "AA-003", "AA-004")}
        assert found == {"AA-001": every, "AA-002": every, "AA-003": some, "AA-004": same}


def test_order_of_the_evidence_changes_nothing(rules: PolicySet) -> None:
    artifacts: dict[str, Any] = {f"m{n}": {"kind": "model", "lineage": {"state": "none"}} for n in range(6)}
    artifacts |= {f"d{n}": {"kind": "dataset", "as_of": STALE} for n in range(6)}
    shuffler = random.Random(7)
    links = [(f"m{n}", "trained_on", f"d{(n * k) % 6}") for n in range(6) for k in (1, 2, 5)]
    links += [(f"d{n}", "derived_from", f"d{(n + 1) % 6}") for n in range(6)]
    results = []
    for _ in range(4):
        names = list(artifacts)
        shuffler.shuffle(names)
        shuffler.shuffle(links)
        evaluation = judge(graph({name: artifacts[name] for name in names}, links), rules)
        results.append(to_json([evaluation.findings, evaluation.rules]))
    assert results[0] == results[1] == results[2] == results[3]
    assert len(results[0][0]) > 5


def world(**changes: Any) -> Graph:
    artifacts: dict[str, Any] = {
        "m": {"kind": "model", "name": "fraud", "lineage": {"state": "recorded"}},
        "near": {"kind": "dataset", "name": "claims", "as_of": STALE},
        "far": {"kind": "dataset", "name": "raw", "as_of": STALE},
    }
    for name, change in changes.items():
        artifacts[name] = artifacts[name] | change
    return graph(artifacts, [("m", "trained_on", "near", "matched"), ("near", "derived_from", "far", "inferred")])


def test_a_finding_names_the_nearest_culprit_with_path_and_values(rules: PolicySet) -> None:
    found = next(one for one in judge(world(), rules).findings if one.rule == "AA-001")
    assert (found.id, found.verdict, found.subject) == ("F-001", "fail", "model:record:policy-test/world#m")
    assert found.message == "rests on stale data (weakest link on the path: matched)"
    assert [(step.type, step.proof, step.target.rpartition("#")[2]) for step in found.path] == [
        ("trained_on", "matched", "near")
    ]
    assert {one.path: one.value for one in found.shown} == {
        "artifact.as_of.time": STALE["time"],
        "params.age": "100d",
    }
    assert found.locations == ("claims", "policy-test")


def test_a_culprit_in_the_baseline_does_not_hide_the_one_behind_it(rules: PolicySet) -> None:
    first = next(one for one in judge(world(), rules).findings if one.rule == "AA-001")
    baseline = Baseline("", "", "", (Entry(first.fingerprint, "AA-001", "", "", ""),))
    again = judge(world(), rules, baseline=baseline, gate="new")
    found = [one for one in again.findings if one.rule == "AA-001"]
    assert [(one.new, one.path[-1].target.rpartition("#")[2]) for one in found] == [(True, "far"), (False, "near")]
    assert "inferred" in found[0].message
    known = Baseline(
        "", "", "", tuple(Entry(one.fingerprint, one.rule, "", "", "") for one in judge(world(), rules).findings)
    )
    every = judge(world(), rules, every_culprit=True)
    assert {one.path[-1].target.rpartition("#")[2] for one in every.findings if one.path} == {"near", "far"}
    assert judge(world(), rules, baseline=known, gate="new").exit_code == 1


def test_an_unknown_names_what_is_missing_and_why(rules: PolicySet) -> None:
    silent = graph(
        {"m": {"kind": "model", "lineage": {"state": "recorded"}}, "d": {"kind": "dataset", "resolved": False}},
        [("m", "trained_on", "d")],
    )
    found = next(one for one in judge(silent, rules).findings if one.rule == "AA-001")
    assert found.verdict == "unknown"
    assert (
        found.message
        == "cannot be judged (as_of of dataset d is missing: a record names it, but its content was not found)"
    )


def test_two_versions_of_a_package_share_one_finding(tmp_path: Path) -> None:
    loaded = policy(
        tmp_path,
        "rules: [{id: AA-001, title: Pinned, severity: low, fix: pin it, select: {kind: package}, "
        "require: [{that: artifact.pinning.exact, say: is not pinned}]}]",
    )
    loose = {"pinning": {"exact": False, "hashed": False}}
    packages = graph(
        {
            "one": {"kind": "package", "name": "a.txt", "purl": "pkg:pypi/x@1", **loose},
            "two": {"kind": "package", "name": "b.txt", "purl": "pkg:pypi/x@2", **loose},
        }
    )
    evaluation = judge(packages, loaded)
    assert len(evaluation.findings) == 1 == evaluation.blocking
    assert evaluation.findings[0].locations == ("a.txt", "policy-test", "b.txt")
    assert evaluation.findings[0].shown[-1].value == ["package:pkg:pypi/x@2"]
    assert evaluation.rules[0].failed == 2


def rule(extra: str, condition: str = "require: [{that: artifact.format == 'onnx', say: is no onnx}]") -> str:
    return f"rules: [{{id: AA-001, title: A rule, severity: low, fix: repair, select: {{kind: model}}, {extra} {condition}}}]"


ONNX, PICKLE, SILENT = {"format": "onnx"}, {"format": "pickle"}, {}


@pytest.mark.parametrize(
    ("extra", "fields", "verdict", "code"),
    [
        ("", ONNX, "pass", 0),
        ("", PICKLE, "fail", 1),
        ("", SILENT, "unknown", 3),
        ("action: warn,", PICKLE, "fail", 0),
        ("action: warn,", SILENT, "unknown", 0),
        ("on_unknown: fail,", SILENT, "unknown", 1),
        ("on_unknown: warn,", SILENT, "unknown", 0),
        ("on_unknown: warn,", PICKLE, "fail", 1),
        ("effective_on: 2026-06-02,", PICKLE, "not_yet_effective", 0),
        ("effective_on: 2026-06-01,", PICKLE, "fail", 1),
        ("effective_on: 2026-06-02,", SILENT, "unknown", 3),
        ("needs: [signing],", ONNX, "unknown", 3),
    ],
)
def test_verdict_and_exit_code_of_one_rule(tmp_path: Path, extra: str, fields: Any, verdict: str, code: int) -> None:
    evaluation = judge(graph({"m": {"kind": "model", **fields}}), policy(tmp_path, rule(extra)))
    assert verdicts(evaluation, "AA-001") == {"m": verdict}
    assert evaluation.exit_code == code
    assert evaluation.verdict == {0: "pass", 1: "fail", 3: "incomplete"}[code]
    assert evaluation.rules[0].evaluated == 1


def test_a_failure_wins_over_incomplete(tmp_path: Path) -> None:
    both = graph({"a": {"kind": "model", **PICKLE}, "b": {"kind": "model"}})
    evaluation = judge(both, policy(tmp_path, rule("")))
    assert (evaluation.exit_code, evaluation.blocking, evaluation.undecided) == (1, 1, 1)
    assert [one.id for one in evaluation.findings] == ["F-001", "F-002"]
    assert [one.verdict for one in evaluation.findings] == ["fail", "unknown"]


def test_an_error_is_always_incomplete(tmp_path: Path) -> None:
    text = rule("on_unknown: warn,", "require: [{that: timestamp(artifact.name) < now, say: is wrong}]")
    evaluation = judge(graph({"m": {"kind": "model"}}), policy(tmp_path, text))
    assert verdicts(evaluation, "AA-001") == {"m": "error"} and evaluation.exit_code == 3


def test_one_faulty_artifact_does_not_end_the_others(tmp_path: Path) -> None:
    text = rule("", "require: [{that: timestamp(artifact.name) < now, say: is wrong}]")
    two = graph({"a": {"kind": "model", "name": "x"}, "b": {"kind": "model", "name": "2026-01-01T00:00:00Z"}})
    assert verdicts(judge(two, policy(tmp_path, text)), "AA-001") == {"a": "error", "b": "pass"}


@pytest.mark.parametrize(("setting", "code"), [("pass", 0), ("fail", 1), ("unknown", 3)])
def test_a_rule_that_selects_nothing_says_so(tmp_path: Path, setting: str, code: int) -> None:
    evaluation = judge(graph({"r": {"kind": "release"}}), policy(tmp_path, rule(f"if_nothing_selected: {setting},")))
    assert evaluation.exit_code == code
    assert evaluation.rules[0].evaluated == 0
    assert [one.subject for one in evaluation.findings] == (["release:record:policy-test/world#r"] if code else [])
    assert all("the rule applies to no artifact of this scan" in one.message for one in evaluation.findings)


def test_a_rule_that_is_switched_off_is_listed(tmp_path: Path) -> None:
    evaluation = judge(graph({"m": {"kind": "model"}}), policy(tmp_path, rule('action: "off",')))
    assert (evaluation.exit_code, evaluation.rules[0].action, evaluation.rules[0].evaluated) == (0, "off", 0)


def test_an_undecided_selection_stays(tmp_path: Path) -> None:
    text = (
        rule("", "")
        .replace("{kind: model}", "{kind: model, where: artifact.format == 'onnx'}")
        .replace(",  }]", ", require: [{that: artifact.resolved, say: is not here}]}]")
    )
    three = graph({"a": {"kind": "model", **ONNX}, "b": {"kind": "model", **PICKLE}, "c": {"kind": "model"}})
    assert verdicts(judge(three, policy(tmp_path, text)), "AA-001") == {"a": "pass", "c": "unknown"}


def test_orphans_are_found_by_what_arrives(tmp_path: Path) -> None:
    text = rule("", "linked: {from: [deployment, release], by: [serves, contains], say: is used by nothing}")
    models = graph(
        {
            "d": {"kind": "deployment"},
            "served": {"kind": "model"},
            "named": {"kind": "model"},
            "alone": {"kind": "model"},
        },
        [("d", "serves", "served"), ("d", "serves", "named", "inferred")],
    )
    assert verdicts(judge(models, policy(tmp_path, text)), "AA-001") == {
        "served": "pass",
        "named": "fail",
        "alone": "fail",
    }


def test_every_member_of_a_list_is_judged(tmp_path: Path) -> None:
    text = rule("", "require: [{each: artifact.metrics, that: item.value != '0', say: is zero}]")
    model = {"kind": "model", "metrics": [{"name": "auc", "value": "1"}, {"name": "loss", "value": "0"}]}
    found = judge(graph({"m": model}), policy(tmp_path, text)).findings
    assert [(one.verdict, one.about) for one in found] == [("fail", "loss")]
    empty = judge(graph({"m": {"kind": "model", "metrics": []}}), policy(tmp_path, text))
    assert verdicts(empty, "AA-001") == {"m": "pass"}
    absent = judge(graph({"m": {"kind": "model"}}), policy(tmp_path, text))
    assert verdicts(absent, "AA-001") == {"m": "unknown"}


def test_values_of_any_form_end_in_a_verdict(tmp_path: Path) -> None:
    """Evidence that breaks the vocabulary (a tuple, a wrong type) is judged or undecided, never an exception."""
    from scanner.model import Artifact, ArtifactRef, Location, Statement

    ref = ArtifactRef("model", "name:m")
    text = rule("", "require: [{each: artifact.metrics, that: item.value != '0', say: is zero}]")
    loaded = policy(tmp_path, text)
    for value, verdict in (((), "pass"), (({"name": "a", "value": "0"},), "fail"), ("x", "error"), ([1, "x"], "error")):
        statement = Statement(ref, "metrics", value, Location("x"))  # type: ignore[arg-type]
        evidence = Evidence("test", artifacts=(Artifact(ref),), statements=(statement,))
        assert verdicts(judge(Graph.fold([evidence]), loaded), "AA-001") == {"m": verdict}


def test_gate_new_needs_a_baseline(rules: PolicySet) -> None:
    with pytest.raises(PolicyError, match="--gate new"):
        judge(world(), rules, gate="new")


def test_precedence_names_every_verdict() -> None:
    assert PRECEDENCE[0] == "fail" and PRECEDENCE[-1] == "pass" and len(set(PRECEDENCE)) == 6


SEEDED = """
import hashlib, json
from pathlib import Path
from scanner.policy.load import load_policies
from scanner.policy.packs import pack_directory
from scanner.policy.testing import read_cases
from scanner.result import to_json

found = []
for file in sorted((pack_directory() / "tests").glob("*.yaml")):
    for case in read_cases(file):
        evaluation = case.run(case.policies)
        found.append(to_json([evaluation.findings, evaluation.rules, evaluation.notices]))
print(len(found), hashlib.sha256(json.dumps(found).encode()).hexdigest())
"""


def test_hash_seeds_change_nothing() -> None:
    root = Path(__file__).parents[2]
    outputs = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        command = [sys.executable, "-c", SEEDED]
        outputs.add(subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout)
    assert len(outputs) == 1
