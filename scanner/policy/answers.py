"""Every expression of every rule, answered for every artifact of its kinds, artifact by artifact in one pass.

Only one byte per answer is kept; the values an expression read are converted for one artifact and then dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.graph import ArtifactView
from scanner.policy.cel import Evaluator, Outcome, Program, Scope, Undecided
from scanner.policy.compiled import CompiledRule
from scanner.policy.world import World
from scanner.vocabulary import COMMON_FIELDS

TRUE: Final = 1
FALSE: Final = 2
UNKNOWN: Final = 3
ERROR: Final = 4
_CODES: Final = {"unknown": UNKNOWN, "error": ERROR}
VERDICTS: Final = {UNKNOWN: "unknown", ERROR: "error"}
_ABSENT: Final = object()
_FEW: Final = 64
"""Values of a group up to which they are called few."""


def code(outcome: Outcome) -> int:
    """The byte that stands for an outcome."""
    if isinstance(outcome, Undecided):
        return _CODES[outcome.verdict]
    return TRUE if outcome else FALSE


@dataclass(slots=True)
class _Question:
    """One expression on artifacts of one kind; ``guards`` are answers to ``where``: asked where one of them is not false."""

    program: Program
    evaluator: Evaluator
    answers: bytearray
    guards: list[bytearray] | None

    def asked(self, number: int) -> bool:
        return self.guards is None or any(guard[number] != FALSE for guard in self.guards)


class Answers:
    """Answers to ``where``, ``reached_from.where``, conditions and far conditions (not to those with ``each``)."""

    def __init__(self, world: World, rules: Iterable[CompiledRule], now: datetime) -> None:
        self._world = world
        self._now = now
        self._answers: dict[tuple[str, str], bytearray] = {}
        self._questions: dict[str, dict[tuple[str, str], _Question]] = {}
        known = list(rules)
        for rule in known:
            self._always(rule)
        for rule in known:
            self._guarded(rule)
        for kind in sorted(self._questions):
            self._answer(kind, list(self._questions[kind].values()))

    def _answer(self, kind: str, questions: list[_Question]) -> None:
        """Most artifacts of a kind are stated alike: what reads only groups of few values is judged once for each value."""
        numbers = self._world.of_kinds([kind])
        if not numbers:
            return
        views = [self._world.view(number) for number in numbers]
        names = sorted({name for one in questions for name in one.program.groups() if name not in COMMON_FIELDS})
        few = [name for name in names if _has_few_values(views, name)]
        shared = [one for one in questions if one.program.groups() <= {*few, "resolved"}]
        rows: dict[tuple[int, ...], bytes] = {}
        answered: list[bytes] = []
        for number, view in zip(numbers, views, strict=True):
            groups = view.groups
            # the graph keeps one object for all equal values
            key = (view.resolved, *[id(groups.get(name, _ABSENT)) for name in few])
            row = rows.get(key)
            if row is None:
                row = rows[key] = bytes(self._ask(shared, number, {*few, "resolved"}))
            answered.append(row)
        first, last = numbers[0], numbers[-1] + 1  # artifacts are numbered kind by kind
        for index, question in enumerate(shared):
            question.answers[first:last] = bytes([row[index] for row in answered])
        own = [one for one in questions if one not in shared]
        for some in ([one for one in own if one.guards is None], [one for one in own if one.guards is not None]):
            read = {name for one in some for name in one.program.groups()}
            for number in numbers if some else ():
                asked = [one for one in some if one.asked(number)]
                for question, answer in zip(asked, self._ask(asked, number, read), strict=True):
                    question.answers[number] = answer

    def _ask(self, questions: Sequence[_Question], number: int, read: Collection[str]) -> list[int]:
        """The answers for one artifact; ``read`` holds all that the expressions read, so that they share it."""
        scopes: dict[int, Scope] = {}
        answers = []
        for question in questions:
            scope = scopes.get(id(question.evaluator))
            if scope is None:
                fields = self._world.fields(number, read)
                scope = scopes[id(question.evaluator)] = question.evaluator.scope(fields, self._now)
            answers.append(code(question.program.decide(scope)))
        return answers

    def _always(self, rule: CompiledRule) -> None:
        select = rule.rule.select
        if rule.where is not None:
            self._question(rule, rule.where, select.kinds, None)
        if rule.start is not None and select.reached_from is not None:
            self._question(rule, rule.start, select.reached_from.kinds, None)
        for quantifier in rule.rule.lineage:
            if quantifier.key in rule.programs:
                self._question(rule, rule.programs[quantifier.key], (quantifier.kind,), None)

    def _guarded(self, rule: CompiledRule) -> None:
        guard = None if rule.where is None else self.of(rule, rule.where)
        for condition in rule.rule.require:
            if condition.each is None:
                self._question(rule, rule.programs[condition.key], rule.rule.select.kinds, guard)

    def _question(self, rule: CompiledRule, program: Program, kinds: Iterable[str], guard: bytearray | None) -> None:
        place = rule.bundle.bundle.name, program.text
        answers = self._answers.setdefault(place, bytearray(len(self._world)))
        for kind in kinds:
            asked = self._questions.setdefault(kind, {}).setdefault(
                place, _Question(program, rule.bundle.evaluator, answers, [])
            )
            if guard is None:
                asked.guards = None
            elif asked.guards is not None:
                asked.guards.append(guard)

    def of(self, rule: CompiledRule, program: Program) -> bytearray:
        """The answers to one expression of a rule, by artifact number; 0 where it did not matter."""
        return self._answers[rule.bundle.bundle.name, program.text]

    def missing(self, rule: CompiledRule, program: Program, number: int) -> str:
        """What an undecided expression found absent; empty when it is another problem."""
        if self.of(rule, program)[number] != UNKNOWN:
            return ""
        return program.missing(self._world.fields(number, program.groups()))


def _has_few_values(views: Sequence[ArtifactView], name: str) -> bool:
    seen: set[int] = set()
    for start in range(0, len(views), 4_096):
        seen |= {id(view.groups.get(name, _ABSENT)) for view in views[start : start + 4_096]}
        if len(seen) > _FEW:
            return False
    return True
