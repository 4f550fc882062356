from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import PolicyError
from scanner.policy.compiled import PolicySet
from scanner.policy.evaluate import Evaluation
from scanner.policy.waivers import Waivers, read_waivers, refuse_unused
from scanner.policy.yaml_loader import Document
from tests.policy.builders import graph, judge, policy, verdicts

RULES = """
rules:
  - id: AA-001
    title: Data are named
    severity: high
    fix: name it
    aliases: [OLD-001]
    select: {kind: model}
    lineage:
      - {every: dataset, along: [trained_on, derived_from], that: artifact.rows > 10, say: rests on few rows}
  - id: AA-002
    title: Measured well
    severity: high
    fix: measure
    select: {kind: model}
    require:
      - {id: metrics, each: artifact.metrics, that: item.value != '0', say: is zero}
  - {id: AA-003, title: Never waived, severity: low, fix: repair, waivable: false, select: {kind: run}, require: [{that: artifact.resolved, say: is not here}]}
  - {id: AA-004, title: By digest, severity: low, fix: repair, bind: digest, select: {kind: model}, require: [{that: artifact.format == 'onnx', say: is no onnx}]}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return policy(tmp_path_factory.mktemp("p"), RULES)


def world(**changes: Any) -> Any:
    zero = [{"name": "auc", "value": "0"}]
    artifacts: dict[str, Any] = {
        "m": {
            "kind": "model",
            "name": "fraud",
            "version": "1",
            "digest": "aa" * 32,
            "format": "pickle",
            "metrics": zero,
        },
        "near": {"kind": "dataset", "name": "claims", "rows": 1},
        "far": {"kind": "dataset", "name": "raw", "rows": 1},
    }
    for name, change in changes.items():
        artifacts[name] = artifacts[name] | change
    return graph(artifacts, [("m", "trained_on", "near"), ("near", "derived_from", "far")])


def waiver(**changes: Any) -> dict[str, Any]:
    entry = {
        "id": "W-1",
        "rule": "AA-001",
        "item": {"kind": "model", "name": "fraud"},
        "reason": "accepted until the retraining",
        "owner": "a@example.com",
        "approved_by": "b@example.com",
        "ticket": "T-1",
        "created": "2026-05-01",
        "expires": "2026-08-01",
    }
    return {key: value for key, value in (entry | changes).items() if value is not None}


def load(*entries: dict[str, Any], **options: Any) -> Waivers:
    value = {"schema": "waivers/v1", "waivers": list(entries)}
    return read_waivers(Document("w.yaml", "sha256:0", value, {}), **options)


def run(rules: PolicySet, *entries: dict[str, Any], on: Any = None, **options: Any) -> Evaluation:
    return judge(on or world(), rules, waivers=load(*entries), **options)


def test_a_waiver_waives_and_the_finding_keeps_its_sentence(rules: PolicySet) -> None:
    evaluation = run(rules, waiver())
    assert verdicts(evaluation, "AA-001") == {"m": "waived"}
    found = next(one for one in evaluation.findings if one.rule == "AA-001")
    assert found.verdict == "waived" and found.message.startswith("rests on few rows")
    assert found.waiver is not None and found.waiver.owner == "a@example.com"
    assert [one.state for one in evaluation.waivers] == ["active"]


def test_a_second_culprit_behind_a_waived_one_still_fails(rules: PolicySet) -> None:
    evaluation = run(rules, waiver(via={"kind": "dataset", "name": "claims"}))
    found = {one.verdict: one.path[-1].target.rpartition("#")[2] for one in evaluation.findings if one.rule == "AA-001"}
    assert found == {"waived": "near", "fail": "far"}
    assert verdicts(evaluation, "AA-001") == {"m": "fail"}
    both = [waiver(via={"kind": "dataset", "name": name}, id=f"W-{name}") for name in ("claims", "raw")]
    assert verdicts(run(rules, *both), "AA-001") == {"m": "waived"}


def test_an_undecided_culprit_behind_a_waived_one_is_unknown(rules: PolicySet) -> None:
    one = graph(
        {
            "m": {"kind": "model", "name": "fraud"},
            "d": {"kind": "dataset", "name": "claims", "rows": 1},
            "e": {"kind": "dataset"},
        },
        [("m", "trained_on", "d"), ("m", "trained_on", "e")],
    )
    evaluation = run(rules, waiver(via={"kind": "dataset", "name": "claims"}), on=one)
    assert verdicts(evaluation, "AA-001") == {"m": "unknown"}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"condition": "lineage[0]"}, "waived"),
        ({"item": {"kind": "model", "name": "fraud", "version": "1"}}, "waived"),
        ({"item": {"kind": "model", "name": "fraud", "version": "2"}}, "fail"),
        ({"item": {"kind": "model", "name": "other"}}, "fail"),
        ({"item": {"kind": "model", "name": "fraud", "digest": "sha256:" + "aa" * 32}, "bind": "digest"}, "waived"),
        ({"item": {"kind": "model", "name": "fraud", "digest": "sha256:" + "bb" * 32}, "bind": "digest"}, "fail"),
        ({"verdicts": ["unknown"]}, "fail"),
        ({"created": "2026-06-02"}, "fail"),
        ({"rule": "OLD-001"}, "waived"),
    ],
)
def test_what_a_waiver_covers(rules: PolicySet, changes: dict[str, Any], verdict: str) -> None:
    assert verdicts(run(rules, waiver(**changes)), "AA-001") == {"m": verdict}


def test_a_former_rule_id_is_told(rules: PolicySet) -> None:
    assert any("OLD-001, now AA-001" in notice for notice in run(rules, waiver(rule="OLD-001")).notices)


def test_unknown_is_waived_only_when_the_waiver_says_so(rules: PolicySet) -> None:
    silent = graph({"m": {"kind": "model", "name": "fraud"}})
    assert verdicts(run(rules, waiver(), on=silent), "AA-001") == {"m": "unknown"}
    assert verdicts(run(rules, waiver(verdicts=["unknown"]), on=silent), "AA-001") == {"m": "waived"}


@pytest.mark.parametrize(
    ("instant", "state", "verdict"),
    [
        ("2026-06-01T00:00:00", "active", "waived"),
        ("2026-07-15T00:00:00", "expiring", "waived"),
        ("2026-08-01T23:59:59", "expiring", "waived"),
        ("2026-08-02T00:00:00", "expired", "fail"),
    ],
)
def test_the_day_of_expiry_is_the_last(rules: PolicySet, instant: str, state: str, verdict: str) -> None:
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    evaluation = run(rules, waiver(), as_of=at)
    assert verdicts(evaluation, "AA-001") == {"m": verdict}
    assert [one.state for one in evaluation.waivers] == [state]
    found = next(one for one in evaluation.findings if one.rule == "AA-001")
    assert ("waiver W-1 expired on 2026-08-01" in found.message) == (state == "expired")
    assert any("expired" in notice for notice in evaluation.notices) == (state == "expired")


def test_about_covers_one_member_only(rules: PolicySet) -> None:
    covered = waiver(rule="AA-002", about="auc")
    assert verdicts(run(rules, covered), "AA-002") == {"m": "waived"}
    two = world(m={"metrics": [{"name": "auc", "value": "0"}, {"name": "f1", "value": "0"}]})
    assert verdicts(run(rules, covered, on=two), "AA-002") == {"m": "fail"}


def test_a_waiver_for_a_whole_list_is_too_wide_once_two_members_fail(rules: PolicySet) -> None:
    wide = waiver(rule="AA-002")
    assert verdicts(run(rules, wide), "AA-002") == {"m": "waived"}
    two = world(m={"metrics": [{"name": "auc", "value": "0"}, {"name": "f1", "value": "0"}]})
    with pytest.raises(PolicyError, match="too wide, 2 members"):
        run(rules, wide, on=two)


def test_unused_waivers_are_told_and_refused_when_strict(rules: PolicySet) -> None:
    evaluation = run(rules, waiver(item={"kind": "model", "name": "gone"}))
    assert [one.state for one in evaluation.waivers] == ["unused"]
    assert any("matches nothing" in notice for notice in evaluation.notices)
    with pytest.raises(PolicyError, match="W-1"):
        refuse_unused(evaluation.waivers)
    refuse_unused(run(rules, waiver()).waivers)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rule": "ZZ-999"}, "no loaded rule"),
        ({"rule": "AA-003", "item": {"kind": "run", "name": "x"}}, "cannot be waived"),
        ({"rule": "AA-004"}, "bound to a digest"),
        ({"condition": "require[0]"}, "no condition"),
        ({"about": "x"}, "'about' needs"),
        ({"rule": "AA-002", "via": {"kind": "dataset", "name": "x"}}, "'via' needs"),
    ],
)
def test_a_waiver_must_fit_its_rule(rules: PolicySet, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        run(rules, waiver(**changes))


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([waiver(approved_by=" A@EXAMPLE.com ")], "one person"),
        ([waiver(), waiver()], "used twice"),
        ([waiver(expires="2026-04-30")], "within 180 days"),
        ([waiver(expires="2026-11-01")], "within 180 days"),
        ([waiver(expires="2026-02-30")], "calendar"),
    ],
)
def test_invalid_files_are_refused(entries: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        load(*entries)


def test_the_longest_life_can_be_changed() -> None:
    assert len(load(waiver(expires="2026-11-01"), max_days=200).waivers) == 1


def test_a_file_is_read_from_disk(tmp_path: Path, rules: PolicySet) -> None:
    import json

    from scanner.policy import load_waivers

    path = tmp_path / "waivers.yaml"
    path.write_text(json.dumps({"schema": "waivers/v1", "waivers": [waiver()]}))
    assert verdicts(judge(world(), rules, waivers=load_waivers(path)), "AA-001") == {"m": "waived"}
