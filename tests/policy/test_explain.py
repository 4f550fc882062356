from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.errors import PolicyError, UsageError
from scanner.graph import Graph
from scanner.policy.compiled import PolicySet
from scanner.policy.explain import Explanation, explain, text
from tests.policy.builders import NOW, graph, policy

RULES = """
params: {age: {type: duration, default: 100d}}
rules:
  - id: AA-001
    title: Data of deployed models are fresh
    severity: high
    fix: retrain
    needs: [lineage]
    select: {kind: model, where: artifact.resolved, reached_from: {kind: deployment, where: artifact.environment == 'production', along: [runs, contains]}}
    lineage:
      - {every: dataset, along: [trained_on, derived_from], that: artifact.as_of.basis == 'content' && now - timestamp(artifact.as_of.time) < params.age, say: rests on stale data}
    require:
      - {id: measured, each: artifact.metrics, that: item.value != '0', say: is zero}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return policy(tmp_path_factory.mktemp("p"), RULES)


@pytest.fixture(scope="module")
def world() -> Graph:
    artifacts: dict[str, dict[str, Any]] = {
        "dep": {"kind": "deployment", "name": "prod/app", "environment": "production"},
        "img": {"kind": "image", "name": "host/app"},
        "m": {
            "kind": "model",
            "name": "fraud",
            "lineage": {"state": "recorded"},
            "metrics": [{"name": "auc", "value": "1"}],
        },
        "old": {"kind": "dataset", "name": "claims", "as_of": {"time": "2020-01-01T00:00:00Z", "basis": "content"}},
        "apart": {"kind": "model", "name": "apart"},
        "twin": {"kind": "dataset", "name": "fraud"},
    }
    return graph(artifacts, [("dep", "runs", "img"), ("img", "contains", "m"), ("m", "trained_on", "old", "matched")])


def ask(world: Graph, rules: PolicySet, item: str = "fraud") -> Explanation:
    (found,) = explain(world, rules, as_of=NOW, rule="AA-001", item=item)
    return found


def test_a_failure_is_taken_apart(world: Graph, rules: PolicySet) -> None:
    found = ask(world, rules)
    assert found.verdict == "fail"
    assert "deployment prod/app -runs(declared)-> image host/app -contains(declared)-> model fraud" in found.selected
    assert found.needs == (("lineage", "stated by policy-test"),)
    by_key = {one.key: one for one in found.conditions}
    assert by_key["measured"].verdict == "pass"
    (looked,) = by_key["lineage[0]"].looked_at
    assert (looked.name, looked.outcome) == ("dataset claims", "false")
    assert [(part.outcome, part.expression) for part in looked.parts] == [
        ("true", "artifact.as_of.basis == 'content'"),
        ("false", "now - timestamp(artifact.as_of.time) < params.age"),
    ]
    values = {one.path: (one.value, one.origin) for one in looked.parts[1].values}
    assert values["artifact.as_of.time"] == ("2020-01-01T00:00:00Z", "policy-test by policy-test")
    assert values["params.age"] == ("100d", "default")
    assert by_key["lineage[0]"].to_pass == ("dataset claims: now - timestamp(artifact.as_of.time) < params.age",)
    assert by_key["measured"].to_pass == ()


def test_the_text_shows_path_values_and_what_to_do(world: Graph, rules: PolicySet) -> None:
    lines = text(ask(world, rules))
    assert "model fraud -trained_on(matched)-> dataset claims" in lines
    assert "artifact.as_of.time = 2020-01-01T00:00:00Z" in lines
    assert lines.endswith("fix       retrain\n")


def test_what_excluded_an_artifact_is_named(world: Graph, rules: PolicySet) -> None:
    found = ask(world, rules, "apart")
    assert (found.verdict, found.conditions) == ("not_selected", ())
    assert found.selected.startswith("not selected: not reached from any deployment")
    assert "the rule judges model" in ask(world, rules, "claims").selected


@pytest.mark.parametrize("item", ["model:record:policy-test/world#m", "model:fraud", "fraud"])
def test_artifacts_are_found_by_id_identity_or_name(world: Graph, rules: PolicySet, item: str) -> None:
    """The name is also that of a data set: the kind that the rule judges comes first."""
    assert ask(world, rules, item).item == "model:record:policy-test/world#m"


def test_wrong_names_are_told(world: Graph, rules: PolicySet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no artifact"):
        ask(world, rules, "nothing")
    with pytest.raises(PolicyError, match="no loaded rule"):
        explain(world, rules, as_of=NOW, rule="ZZ-001", item="fraud")
    many = graph({f"a{number}": {"kind": "model", "name": "x"} for number in range(9)})
    with pytest.raises(UsageError, match="names 9 artifacts"):
        ask(many, rules, "x")


def test_a_shared_name_is_explained_for_each_artifact(rules: PolicySet) -> None:
    two = graph({"a": {"kind": "model", "name": "x"}, "b": {"kind": "model", "name": "x"}})
    found = explain(two, rules, as_of=NOW, rule="AA-001", item="x")
    assert [one.item for one in found] == ["model:record:policy-test/world#a", "model:record:policy-test/world#b"]


TO_PASS = """
rules:
  - id: BB-001
    title: Models lead to data
    severity: low
    fix: record it
    needs: [lineage]
    select: {kind: model}
    lineage:
      - {id: data, some: dataset, along: [trained_on], proof: matched, say: leads to no data}
      - {id: bad, none: dataset, along: [trained_on], that: artifact.rows == 0, say: rests on empty data}
  - id: BB-002
    title: Data are used
    severity: low
    fix: use it
    select: {kind: dataset}
    linked: {from: [run], by: [used], say: is not used}
"""


def test_what_would_make_it_pass_is_said(tmp_path: Path) -> None:
    rules = policy(tmp_path, TO_PASS)
    world = graph(
        {
            "m": {"kind": "model", "lineage": {"state": "recorded"}},
            "lone": {"kind": "model", "lineage": {"state": "none"}},
            "d": {"kind": "dataset", "rows": 0},
        },
        [("m", "trained_on", "d")],
    )

    def wanted(rule: str, item: str) -> dict[str, tuple[str, ...]]:
        (found,) = explain(world, rules, as_of=NOW, rule=rule, item=item)
        return {one.key: one.to_pass for one in found.conditions}

    assert wanted("BB-001", "m") == {
        "data": ("one dataset along trained_on, each relationship at least matched",),
        "bad": ("dataset d: not artifact.rows == 0",),
    }
    assert wanted("BB-001", "lone")["bad"] == ("a record that leads to a dataset along trained_on",)
    assert wanted("BB-002", "d") == {"linked": ("a relationship used from a run",)}
