"""Every expression of every rule, answered for every artifact of its kinds, artifact by artifact in one pass.

Only one byte per answer is kept; the values an expression read are converted for one artifact and then dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from scanner.policy.cel import Evaluator, Outcome, Program, Undecided
from scanner.policy.compiled import CompiledRule
from scanner.policy.world import World

TRUE: Final = 1
FALSE: Final = 2
UNKNOWN: Final = 3
ERROR: Final = 4
_CODES: Final = {"unknown": UNKNOWN, "error": ERROR}
VERDICTS: Final = {UNKNOWN: "unknown", ERROR: "error"}


def code(outcome: Outcome) -> int:
    """The byte that stands for an outcome."""
    if isinstance(outcome, Undecided):
        return _CODES[outcome.verdict]
    return TRUE if outcome else FALSE


@dataclass(slots=True)
class _Question:
    """One expression; asked where no guard is given, or where one of the guards (answers to ``where``) is not false."""

    program: Program
    answers: bytearray
    guards: list[bytearray] | None

    def asked(self, number: int) -> bool:
        return self.guards is None or any(guard[number] != FALSE for guard in self.guards)


@dataclass(slots=True)
class _Batch:
    """The expressions of one bundle on one kind, each ``where`` before the conditions it guards."""

    evaluator: Evaluator
    groups: set[str] = field(default_factory=set)
    questions: dict[str, _Question] = field(default_factory=dict)


class Answers:
    """Answers to ``where``, ``reached_from.where``, conditions and far conditions (not to those with ``each``)."""

    def __init__(self, world: World, rules: Iterable[CompiledRule], now: datetime) -> None:
        self._world = world
        self._now = now
        self._answers: dict[tuple[str, str], bytearray] = {}
        self._batches: dict[str, dict[str, _Batch]] = {}
        known = list(rules)
        for rule in known:
            self._always(rule)
        for rule in known:
            self._guarded(rule)
        for kind in sorted(self._batches):
            for number in world.of_kinds([kind]):
                for batch in self._batches[kind].values():
                    self._answer(batch, number)

    def _answer(self, batch: _Batch, number: int) -> None:
        scope = batch.evaluator.scope(self._world.fields(number, batch.groups), self._now)
        for question in batch.questions.values():
            if question.asked(number):
                question.answers[number] = code(question.program.decide(scope))

    def _always(self, rule: CompiledRule) -> None:
        select = rule.rule.select
        if rule.where is not None:
            self._ask(rule, rule.where, select.kinds, None)
        if rule.start is not None and select.reached_from is not None:
            self._ask(rule, rule.start, select.reached_from.kinds, None)
        for quantifier in rule.rule.lineage:
            if quantifier.key in rule.programs:
                self._ask(rule, rule.programs[quantifier.key], (quantifier.kind,), None)

    def _guarded(self, rule: CompiledRule) -> None:
        guard = None if rule.where is None else self.of(rule, rule.where)
        for condition in rule.rule.require:
            if condition.each is None:
                self._ask(rule, rule.programs[condition.key], rule.rule.select.kinds, guard)

    def _ask(self, rule: CompiledRule, program: Program, kinds: Iterable[str], guard: bytearray | None) -> None:
        bundle = rule.bundle.bundle.name
        answers = self._answers.setdefault((bundle, program.text), bytearray(len(self._world)))
        for kind in kinds:
            batch = self._batches.setdefault(kind, {}).setdefault(bundle, _Batch(rule.bundle.evaluator))
            batch.groups |= program.groups()
            question = batch.questions.setdefault(program.text, _Question(program, answers, []))
            if guard is None:
                question.guards = None
            elif question.guards is not None:
                question.guards.append(guard)

    def of(self, rule: CompiledRule, program: Program) -> bytearray:
        """The answers to one expression of a rule, by artifact number; 0 where it did not matter."""
        return self._answers[rule.bundle.bundle.name, program.text]

    def again(self, rule: CompiledRule, program: Program, number: int) -> Outcome:
        """The full answer for one artifact, with the reason when it is undecided."""
        fields = self._world.fields(number, program.groups())
        return program.decide(rule.bundle.evaluator.scope(fields, self._now))
