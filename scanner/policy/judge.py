"""One rule against the world: which artifacts it selects, and every result other than pass, before waivers.

Implements sections 4 to 6 and 9 of the policy format.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from scanner.model import Json
from scanner.policy.answers import ERROR, FALSE, TRUE, UNKNOWN, VERDICTS, Answers
from scanner.policy.cel import Undecided, look_up, present
from scanner.policy.compiled import CompiledRule
from scanner.policy.documents import Condition, Quantifier, Reached
from scanner.policy.lint_types import artifact_type, type_at
from scanner.policy.quantifiers import Along, Reach, SearchLimit, Way, reached
from scanner.policy.world import World, plain
from scanner.vocabulary import ListOf

NOTHING: Final = "the rule applies to no artifact of this scan"
NOBODY: Final = -1
"""Stands for the missing subject of a rule that selected nothing."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One result other than pass, before waivers: ``fail``, ``unknown`` or ``error`` of a condition on an artifact.

    ``way`` leads to the artifact at fault; ``about`` is the key of the list member at fault and ``item`` the member;
    ``missing`` names what was absent; ``note`` ends the sentence.
    """

    subject: int
    condition: str
    verdict: str
    say: str
    way: tuple[Way, ...] = ()
    about: str = ""
    item: Json = None
    missing: str = ""
    note: str = ""

    @property
    def culprit(self) -> int | None:
        """The artifact at the end of the way; None when the subject itself is at fault."""
        return self.way[-1].target if self.way else None

    @property
    def at_fault(self) -> int:
        """The culprit, else the subject."""
        return self.way[-1].target if self.way else self.subject


Accepted = Callable[[Raised], bool]
"""Whether a waiver or the baseline already accepts this culprit, so that the search goes on behind it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule's selected artifacts, in order of identity, and its results other than pass."""

    selected: tuple[int, ...]
    raised: tuple[Raised, ...]


class Judge:
    """Judges rules over one world at one time."""

    def __init__(self, world: World, rules: Sequence[CompiledRule], now: datetime) -> None:
        self.world = world
        self.now = now
        self._answers = Answers(world, rules, now)
        self._reaches: dict[tuple[str, Along], Reach] = {}
        self._selections: dict[tuple[frozenset[int], Along], set[int]] = {}

    def judge(self, rule: CompiledRule, accepted: Accepted) -> Judged:
        """Select artifacts and evaluate every condition on each of them."""
        selected, raised = self._select(rule)
        ready = []
        for number in selected:
            if number in raised:
                continue
            missing = [group for group in rule.rule.needs if group not in self.world.view(number).groups]
            if missing:
                raised[number] = [Raised(number, "needs", "unknown", "", missing=f"artifact.{missing[0]}")]
            else:
                ready.append(number)
        for one in self._conditions(rule, ready, accepted):
            raised.setdefault(one.subject, []).append(one)
        ordered = [one for number in selected for one in raised.get(number, ())]
        if not selected and rule.rule.if_nothing_selected != "pass":
            ordered = [
                Raised(NOBODY, "select", rule.rule.if_nothing_selected, "has no artifact of the kind", note=NOTHING)
            ]
        return Judged(tuple(selected), tuple(ordered))

    def _select(self, rule: CompiledRule) -> tuple[list[int], dict[int, list[Raised]]]:
        numbers = self.world.of_kinds(rule.rule.select.kinds)
        source = rule.rule.select.reached_from
        if source is not None:
            inside = self._inside(rule, source)
            numbers = [number for number in numbers if number in inside]
        raised: dict[int, list[Raised]] = {}
        if rule.where is not None:
            answers = self._answers.of(rule, rule.where)
            numbers = [number for number in numbers if answers[number] != FALSE]
            for number in numbers:
                if answers[number] != TRUE:
                    missing = self._answers.missing(rule, rule.where, number)
                    raised[number] = [Raised(number, "select", VERDICTS[answers[number]], "", missing=missing)]
        return numbers, raised

    def _inside(self, rule: CompiledRule, source: Reached) -> set[int]:
        """What is reached from the starts of a selection; one whose ``where`` is undecided counts as a start."""
        begins = None if rule.start is None else self._answers.of(rule, rule.start)
        along = Along(source.along or self.world.types)
        starts = [number for number in self.world.of_kinds(source.kinds) if begins is None or begins[number] != FALSE]
        known = frozenset(starts), along
        if known not in self._selections:
            self._selections[known] = reached(self.world, starts, along)
        return self._selections[known]

    def _conditions(self, rule: CompiledRule, numbers: list[int], accepted: Accepted) -> Iterator[Raised]:
        for condition in rule.rule.require:
            if condition.each is None:
                yield from self._plain(rule, condition, numbers)
            else:
                for number in numbers:
                    yield from self._each(rule, condition, number)
        for quantifier in rule.rule.lineage:
            yield from self._quantified(rule, quantifier, numbers, accepted)
        linked = rule.rule.linked
        if linked is not None:
            kinds, types = set(linked.kinds), linked.by or self.world.types
            for number in numbers:
                arrivals = self.world.back(number, types, linked.proof)
                if not any(self.world.refs[source].kind in kinds for source, _, _ in arrivals):
                    yield Raised(number, linked.key, "fail", linked.say)

    def _plain(self, rule: CompiledRule, condition: Condition, numbers: list[int]) -> Iterator[Raised]:
        program = rule.programs[condition.key]
        answers = self._answers.of(rule, program)
        for number in numbers:
            if answers[number] == FALSE:
                yield Raised(number, condition.key, "fail", condition.say)
            elif answers[number] != TRUE:
                missing = self._answers.missing(rule, program, number)
                yield Raised(number, condition.key, VERDICTS[answers[number]], condition.say, missing=missing)

    def _each(self, rule: CompiledRule, condition: Condition, number: int) -> Iterator[Raised]:
        program, evaluator = rule.programs[condition.key], rule.bundle.evaluator
        path = tuple((condition.each or "").split("."))
        whole = self.world.fields(number, [path[1]])
        members = look_up(whole, None, path)
        if not isinstance(members, list):
            verdict, missing = ("error", "") if present(whole, None, path) else ("unknown", ".".join(path))
            yield Raised(number, condition.key, verdict, condition.say, missing=missing)
            return
        if not members:
            return
        fields = self.world.fields(number, program.groups())
        key = _member_key(self.world.refs[number].kind, path)
        for member in members:
            outcome = program.decide(evaluator.scope(fields, self.now, plain(member)))
            if outcome is True:
                continue
            about = str(member.get(key, "")) if isinstance(member, dict) and key else str(member)
            verdict, missing = (outcome.verdict, outcome.missing) if isinstance(outcome, Undecided) else ("fail", "")
            yield Raised(number, condition.key, verdict, condition.say, about=about, item=member, missing=missing)

    def _quantified(
        self, rule: CompiledRule, quantifier: Quantifier, numbers: list[int], accepted: Accepted
    ) -> Iterator[Raised]:
        along = Along(quantifier.along, quantifier.proof, quantifier.direct)
        far = self.world.of_kinds([quantifier.kind])
        program = rule.programs.get(quantifier.key)
        answers = self._answers.of(rule, program) if program is not None else bytes([TRUE]) * len(self.world)
        deciding = FALSE if quantifier.word == "every" else TRUE
        anything = self._reaches_kind(quantifier.kind, along)
        decisive = Reach(self.world, [number for number in far if answers[number] == deciding], along)
        doubtful = [
            Reach(self.world, [number for number in far if answers[number] == answer], along)
            for answer in (ERROR, UNKNOWN)
        ]

        def doubt(raised: Raised) -> Raised:
            culprit = raised.way[-1].target
            missing = "" if program is None else self._answers.missing(rule, program, culprit)
            return replace(raised, verdict=VERDICTS[answers[culprit]], missing=missing)

        for number in numbers:
            base = Raised(number, quantifier.key, "fail", quantifier.say)
            if number not in anything:
                yield from _empty(base, quantifier)
                continue
            if quantifier.word == "some":
                closed = number in decisive
                if not closed and not any(number in reach for reach in doubtful):
                    yield replace(base, note=f"{self._count(number, quantifier, along)} {quantifier.kind} looked at")
                    continue
            else:
                closed = yield from self._culprits(base, decisive, accepted)
            for reach in () if closed else doubtful:
                yield from self._culprits(base, reach, accepted, doubt)

    def _reaches_kind(self, kind: str, along: Along) -> Reach:
        """What reaches any artifact of a kind: many rules ask the same."""
        known = self._reaches.get((kind, along))
        if known is None:
            known = self._reaches[kind, along] = Reach(self.world, self.world.of_kinds([kind]), along)
        return known

    def _count(self, number: int, quantifier: Quantifier, along: Along) -> int:
        found = reached(self.world, [number], along)
        return sum(self.world.refs[one].kind == quantifier.kind for one in found)

    def _culprits(
        self,
        base: Raised,
        reach: Reach,
        accepted: Accepted,
        refine: Callable[[Raised], Raised] = lambda raised: raised,
    ) -> Generator[Raised, None, bool]:
        """The nearest culprit, and those behind culprits that are already accepted; returns whether one stays open."""
        path = reach.path(base.subject)
        if path is None:
            return False
        first = refine(replace(base, way=path))
        yield first
        if not accepted(first):
            return True
        behind = reach.ways(base.subject)
        next(behind)
        try:
            for way in behind:
                one = refine(replace(base, way=way))
                yield one
                if not accepted(one):
                    return True
        except SearchLimit:
            yield replace(base, verdict="error", note="the search was too large")
            return True
        return False


def _empty(base: Raised, quantifier: Quantifier) -> Iterator[Raised]:
    if quantifier.or_if_empty != "pass":
        note = f"no {quantifier.kind} reached along {', '.join(quantifier.along)}"
        yield replace(base, verdict=quantifier.or_if_empty, note=note)


@cache
def _member_key(kind: str, path: tuple[str, ...]) -> str | None:
    found = type_at(artifact_type(kind), path[1:])
    return found.key if isinstance(found, ListOf) else None
