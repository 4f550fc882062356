"""Every expression of every rule, answered for every artifact of its kinds, artifact by artifact in one pass.

Only one byte per answer is kept; the values an expression read are converted for one artifact and then dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
class _Batch:
    """The expressions of one bundle on one kind."""

    evaluator: Evaluator
    groups: set[str] = field(default_factory=set)
    programs: dict[str, tuple[Program, bytearray]] = field(default_factory=dict)


class Answers:
    """Answers to ``where``, ``reached_from.where``, conditions and far conditions (not to those with ``each``)."""

    def __init__(self, world: World, rules: Iterable[CompiledRule], now: datetime) -> None:
        self._world = world
        self._now = now
        self._answers: dict[tuple[str, str], bytearray] = {}
        batches: dict[str, dict[str, _Batch]] = {}
        for rule in rules:
            for program, kinds in _asked(rule):
                key = rule.bundle.bundle.name, program.text
                answers = self._answers.setdefault(key, bytearray(len(world)))
                for kind in kinds:
                    batch = batches.setdefault(kind, {}).setdefault(key[0], _Batch(rule.bundle.evaluator))
                    batch.groups |= program.groups()
                    batch.programs[program.text] = program, answers
        for kind in sorted(batches):
            for number in world.of_kinds([kind]):
                for batch in batches[kind].values():
                    scope = batch.evaluator.scope(world.fields(number, batch.groups), now)
                    for program, answers in batch.programs.values():
                        answers[number] = code(program.decide(scope))

    def of(self, rule: CompiledRule, program: Program) -> bytearray:
        """The answers to one expression of a rule, by artifact number; 0 where it was not asked."""
        return self._answers[rule.bundle.bundle.name, program.text]

    def again(self, rule: CompiledRule, program: Program, number: int) -> Outcome:
        """The full answer for one artifact, with the reason when it is undecided."""
        fields = self._world.fields(number, program.groups())
        return program.decide(rule.bundle.evaluator.scope(fields, self._now))


def _asked(rule: CompiledRule) -> Iterator[tuple[Program, tuple[str, ...]]]:
    select = rule.rule.select
    if rule.where is not None:
        yield rule.where, select.kinds
    if rule.start is not None and select.reached_from is not None:
        yield rule.start, select.reached_from.kinds
    for condition in rule.rule.require:
        if condition.each is None:
            yield rule.programs[condition.key], select.kinds
    for quantifier in rule.rule.lineage:
        if quantifier.key in rule.programs:
            yield rule.programs[quantifier.key], (quantifier.kind,)
