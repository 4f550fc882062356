from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.errors import PolicyError
from scanner.policy import Waivers, commands, load_baseline, load_policies
from scanner.policy.evaluate import evaluate
from scanner.policy.packs import pack_names
from scanner.policy.recorded import graph_of
from scanner.policy.rule_pages import pages
from scanner.policy.waivers import read_waivers
from scanner.policy.yaml_loader import Document
from scanner.result import dumps, loads
from tests.policy.builders import NOW
from tests.reports.sample_result import sample_result

ROOT = Path(__file__).parents[2]


def test_list_names_every_shipped_rule() -> None:
    found = commands.list_rules([])
    assert {row["bundle"] for row in found.data} == set(pack_names())
    assert len(found.text.splitlines()) == len(found.data) >= 30


def test_show_gives_a_pack_or_a_rule() -> None:
    assert commands.show("notebooks").text == (ROOT / "policies" / "notebooks.yaml").read_text("utf-8")
    rule = commands.show("ML-003")
    assert "signed" in rule.text and rule.data["id"] == "ML-003"
    json.dumps(rule.data)
    json.dumps(commands.show("notebooks").data)
    with pytest.raises(PolicyError, match="no shipped pack"):
        commands.show("ZZ-999")


def test_lint_and_test_of_the_packs_pass() -> None:
    assert commands.lint([], as_of=NOW).exit_code == 0
    assert commands.test([], with_mutants=False).exit_code == 0


def test_lint_of_a_wrong_policy_fails_with_all_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "schema: policy/v1\nbundle: {name: p, version: 1.0.0}\nrules:\n  - {id: AA-001, title: Wrong, severity: low, "
        "select: {kind: model}, require: [{that: artifact.x == 1, say: is wrong}, {that: artifact.y == 1, say: is wrong}]}\n"
    )
    found = commands.lint([str(path)], as_of=NOW)
    assert found.exit_code == 2
    assert [one["level"] for one in found.data] == ["error", "error", "warning"]


def test_a_recorded_result_gives_the_same_graph() -> None:
    result = sample_result()
    graph = graph_of(loads(dumps(result), "r"))
    assert {str(ref) for ref in graph.refs()} == {one.id for one in result.artifacts}
    assert len(list(graph.relationships())) == len(result.relationships)
    for one in result.artifacts:
        kind, _, key = one.id.partition(":")
        ref = next(ref for ref in graph.refs(kind) if ref.key == key)
        assert graph.artifact(ref).resolved == one.resolved


def test_a_baseline_holds_what_fails_and_no_waived_finding(tmp_path: Path) -> None:
    result, policies = sample_result(), load_policies([])
    text = commands.write_baseline(result, policies, as_of=NOW, tool="lading 1")
    path = tmp_path / "b.json"
    path.write_text(text)
    baseline = load_baseline(path)
    assert baseline.entries and baseline.policy_digest == policies.digest
    graph = graph_of(result)
    before = evaluate(graph, policies, as_of=NOW)
    after = evaluate(graph, policies, as_of=NOW, baseline=baseline, gate="new")
    assert before.blocking > 0 and after.blocking == 0
    assert commands.update_baseline(result, policies, baseline, as_of=NOW, tool="lading 1") == text
    waived = next(entry for entry in baseline.entries if entry.rule == "DG-001")
    smaller = commands.write_baseline(result, policies, as_of=NOW, tool="x", waivers=_waiver(waived.item))
    assert waived.fingerprint in text and waived.fingerprint not in smaller


def _waiver(item: str) -> Waivers:
    kind, _, name = item.partition(":")
    entry = {
        "id": "W-1",
        "rule": "DG-001",
        "item": {"kind": kind, "name": name},
        "reason": "bought in, no record exists",
        "owner": "a@example.com",
        "approved_by": "b@example.com",
        "ticket": "T-1",
        "created": "2026-05-01",
        "expires": "2026-08-01",
    }
    return read_waivers(Document("w.yaml", "", {"schema": "waivers/v1", "waivers": [entry]}, {}))


def test_the_rule_pages_are_up_to_date(update_golden: bool) -> None:
    directory = ROOT / "docs" / "rules"
    wanted = pages(load_policies(pack_names()))
    if update_golden:
        for name, text in wanted.items():
            (directory / name).write_text(text, encoding="utf-8")
    assert {path.name: path.read_text("utf-8") for path in directory.glob("*.md")} == wanted
