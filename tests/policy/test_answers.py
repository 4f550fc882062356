"""Answers that artifacts of equal values share are those that each would get alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.policy import answers
from scanner.policy.answers import Answers
from scanner.policy.compiled import PolicySet
from scanner.policy.world import World
from tests.policy.builders import NOW, graph, policy

RULES = """
params: {bad: {type: list(string), default: [GPL-3.0-only]}}
rules:
  - id: AA-001
    title: Licences are allowed
    severity: high
    fix: replace it
    select: {kind: package, where: artifact.resolved && artifact.pinning.exact}
    require:
      - {id: listed, that: "!artifact.licences.exists(one, one in params.bad)", say: has a banned licence}
      - {id: named, that: "artifact.name != 'p1'", say: has a bad name}
      - {id: hashed, that: artifact.pinning.hashed || artifact.audit.state == 'clean', say: is not hashed}
"""
GROUPS = st.fixed_dictionaries(
    {},
    optional={
        "pinning": st.fixed_dictionaries({"exact": st.booleans(), "hashed": st.booleans()}),
        "licences": st.lists(st.sampled_from(["MIT", "GPL-3.0-only"]), max_size=2),
        "audit": st.sampled_from([{"state": "clean"}, {"state": "vulnerable"}]),
    },
)


def packages(values: list[dict[str, Any]]) -> World:
    return World(graph({f"p{number}": {"kind": "package", **groups} for number, groups in enumerate(values)}))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return policy(tmp_path_factory.mktemp("policy"), RULES)


@pytest.mark.parametrize("few", [0, 2, 64])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(GROUPS, min_size=1, max_size=8))
def test_shared_answers_are_everyones_own(
    rules: PolicySet, monkeypatch: pytest.MonkeyPatch, few: int, values: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(answers, "_FEW", few)
    world = packages(values)
    (rule,) = rules.rules
    assert rule.where is not None
    found = Answers(world, [rule], NOW)
    evaluator = rule.bundle.evaluator
    selected = found.of(rule, rule.where)

    def alone(program: answers.Program, number: int) -> int:
        outcome = program.decide(evaluator.scope(world.fields(number, program.groups()), NOW))
        if isinstance(outcome, answers.Undecided):
            assert found.missing(rule, program, number) == outcome.missing
        return answers.code(outcome)

    for number in world.of_kinds(["package"]):
        assert selected[number] == alone(rule.where, number)
        for program in rule.programs.values() if selected[number] != answers.FALSE else ():
            assert found.of(rule, program)[number] == alone(program, number)


def test_a_value_is_judged_once(rules: PolicySet, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    decide = answers.Program.decide

    def counted(self: answers.Program, scope: answers.Scope) -> answers.Outcome:
        asked.append(self.text)
        return decide(self, scope)

    monkeypatch.setattr(answers.Program, "decide", counted)
    groups = {"pinning": {"exact": True, "hashed": True}, "licences": ["MIT"]}
    world = packages([groups] * 50)
    (rule,) = rules.rules
    Answers(world, [rule], NOW)
    counts = {key: asked.count(program.text) for key, program in rule.programs.items()}
    assert counts == {"listed": 1, "named": 50, "hashed": 1}
