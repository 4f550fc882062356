"""Policy tests: worlds with expected verdicts, each again after small changes (policy format, section 13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner.errors import PolicyError
from scanner.policy.compiled import PolicySet
from scanner.policy.documents import read_policy
from scanner.policy.evaluate import PRECEDENCE, Evaluation, evaluate_world
from scanner.policy.load import read_policies
from scanner.policy.params import Given, instant
from scanner.policy.recorded_sketch import read_sketch
from scanner.policy.schema import validate
from scanner.policy.sketch import Sketch
from scanner.policy.waivers import Waivers, load_waivers
from scanner.policy.world import World
from scanner.policy.yaml_loader import Document, load_file


@dataclass(frozen=True, slots=True)
class Expectation:
    """The verdict that a rule must give an artifact, optionally of one condition, one list member, along one path."""

    rule: str
    item: str
    verdict: str
    condition: str | None
    about: str | None
    path: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Case:
    """One world of a test file at one time under one policy, and what is expected there."""

    title: str
    place: str
    policy: Path
    policies: PolicySet
    waivers: Waivers | None
    now: datetime
    world: World
    ids: Mapping[str, str]
    expected: tuple[Expectation, ...]

    def run(self, policies: PolicySet) -> Evaluation:
        """Evaluate the case under these policies, with the waivers of their rules."""
        waivers = self.waivers
        if waivers is not None:
            kept = tuple(one for one in waivers.waivers if policies.rule(one.rule) is not None)
            waivers = Waivers(kept, waivers.where, waivers.digest)
        return evaluate_world(self.world, policies, as_of=self.now, waivers=waivers)

    def differences(self, evaluation: Evaluation, expected: Sequence[Expectation]) -> Iterator[str]:
        """Sentences about expectations that do not hold."""
        for one in expected:
            found = self._verdict(evaluation, one)
            if found != one.verdict:
                name = f"{one.rule} {one.condition} on {one.item}" if one.condition else f"{one.rule} on {one.item}"
                yield f"{self.place}: {self.title}: {name}: {found}, expected {one.verdict}"
            elif one.path is not None and one.path not in self._paths(evaluation, one):
                paths = ", ".join(" -> ".join(path) for path in self._paths(evaluation, one)) or "none"
                yield f"{self.place}: {self.title}: {one.rule} on {one.item}: path {paths}, expected {' -> '.join(one.path)}"

    def _verdict(self, evaluation: Evaluation, one: Expectation) -> str:
        id = self.ids.get(one.item)
        verdicts = evaluation.verdicts.get(one.rule)
        if verdicts is None or (id is None and one.item):
            raise PolicyError(f"{self.place}: expect: no rule {one.rule} or no artifact {one.item}; correct it")
        whole = verdicts.by_artifact.get(id or "", "not_selected")
        if (one.condition is None and one.about is None) or whole == "not_selected":
            return whole
        given = [
            found.verdict
            for found in verdicts.findings
            if found.subject == id and one.condition in (None, found.condition) and one.about in (None, found.about)
        ]
        return min(given, key=PRECEDENCE.index, default="pass")

    def _paths(self, evaluation: Evaluation, one: Expectation) -> list[tuple[str, ...]]:
        names = {id: name for name, id in self.ids.items()}
        return [
            (one.item, *(names[step.target] for step in found.path))
            for found in evaluation.verdicts[one.rule].findings
            if found.subject == self.ids.get(one.item) and found.verdict == one.verdict
        ]


def read_cases(path: Path) -> list[Case]:
    """The base world of a test file and one world for each mutation. Raises PolicyError."""
    document = load_file(path, path.name)
    value = validate(document, "policy-test/v1")
    policy = path.parent / value["policy"]
    waivers = load_waivers(path.parent / value["waivers"]) if "waivers" in value else None
    base = _world(path, document, value)
    changes: list[tuple[str, Mapping[str, Any]]] = [("base", {"expect": value["expect"]})]
    for index, change in enumerate(value.get("mutate", ())):
        changes.append((document.place(("mutate", index)), change))
    return [_case(document.where, policy, waivers, value, base, place, change) for place, change in changes]


def _world(path: Path, document: Document, value: Mapping[str, Any]) -> Sketch:
    if "result" in value:
        return read_sketch(path.parent / value["result"], value.get("items", {}), document.place(("result",)))
    artifacts = {one["id"]: {key: field for key, field in one.items() if key != "id"} for one in value["artifacts"]}
    if len(artifacts) != len(value["artifacts"]):
        raise PolicyError(f"{path.name}: two artifacts have one id; rename one")
    relationships = tuple(tuple(one) for one in value.get("relationships", ()))
    return Sketch(artifacts, relationships, document.place(("artifacts",)))


def _case(
    where: str,
    policy: Path,
    waivers: Waivers | None,
    value: Mapping[str, Any],
    base: Sketch,
    place: str,
    change: Mapping[str, Any],
) -> Case:
    params = {**value.get("params", {}), **change.get("set_params", {})}
    bundle = read_policy(load_file(policy, policy.name)).bundle.name
    given = [Given(bundle, name, one, where) for name, one in params.items()]
    graph, ids = base.changed(change).graph()
    now = instant(change.get("clock", value["now"]))
    if now is None:
        raise PolicyError(f"{where}: the clock needs a time such as 2026-11-20T12:00:00Z; correct it")
    return Case(
        change.get("title", "base"),
        where if place == "base" else place,
        policy,
        read_policies([str(policy)], given=given),
        waivers,
        now,
        World(graph),
        ids,
        tuple(_expectation(one) for one in change["expect"]),
    )


def _expectation(value: Mapping[str, Any]) -> Expectation:
    path = value.get("path")
    return Expectation(
        value["rule"],
        value["item"],
        value["verdict"],
        value.get("condition"),
        value.get("about"),
        None if path is None else tuple(path),
    )
