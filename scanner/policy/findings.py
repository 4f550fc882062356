"""From raised results to findings: verdict after waivers and dates, sentence, values, path, places and fingerprint."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any, Final

from scanner.errors import NOT_COLLECTED
from scanner.model import Json
from scanner.policy.baseline import Baseline
from scanner.policy.compiled import CompiledRule
from scanner.policy.documents import Condition, Quantifier
from scanner.policy.fingerprint import fingerprint
from scanner.policy.judge import NOBODY, Raised
from scanner.policy.waivers import Waiver, WaiverBook
from scanner.policy.world import World
from scanner.result import Finding, Shown, Step

MAX_SHOWN: Final = 8
MAX_MEMBERS: Final = 20
MAX_LOCATIONS: Final = 50

_Aspects = tuple[tuple[str, ...], tuple[str, ...]]
"""What the findings of one condition tell: the field paths they show, and the groups whose places they name."""


@dataclass(slots=True)
class Writer:
    """Writes findings over one world."""

    world: World
    book: WaiverBook
    baseline: Baseline | None
    known: frozenset[str]
    aspects: dict[tuple[str, str], _Aspects] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, book: WaiverBook, baseline: Baseline | None) -> Writer:
        """A writer that knows the baseline's fingerprints."""
        return cls(world, book, baseline, baseline.fingerprints if baseline is not None else frozenset())

    def _aspects(self, compiled: CompiledRule, key: str) -> _Aspects:
        known = self.aspects.get((compiled.rule.id, key))
        if known is None:
            known = self.aspects[compiled.rule.id, key] = _aspects(compiled, key)
        return known

    def accepted(self, rule: CompiledRule, raised: Raised) -> bool:
        """Whether this very culprit is covered by a waiver with ``via`` or by the baseline."""
        if self.known and raised.verdict == "fail" and self.fingerprint(rule, raised) in self.known:
            return True
        active, _ = self._match(rule, raised)
        return active is not None and active.via is not None

    def fingerprint(self, rule: CompiledRule, raised: Raised) -> str:
        """The fingerprint of a raised result."""
        culprit = raised.about if raised.culprit is None else self.world.identity(raised.culprit)
        subject = "" if raised.subject == NOBODY else self.world.identity(raised.subject)
        return fingerprint(rule.rule.id, raised.condition, subject, culprit)

    def _match(self, rule: CompiledRule, raised: Raised) -> tuple[Waiver | None, Waiver | None]:
        culprit = raised.culprit
        return self.book.match(rule.rule.id, raised.condition, raised.subject, culprit, raised.about, raised.verdict)

    def finding(self, compiled: CompiledRule, raised: Raised) -> Finding:
        """The finding of one raised result; its id is given later."""
        rule, world = compiled.rule, self.world
        active, expired = self._match(compiled, raised)
        verdict, message, shown_waiver = raised.verdict, self._message(raised), None
        if active is not None:
            self.book.used.add(active.id)
            verdict, shown_waiver = "waived", active
        elif verdict == "fail" and rule.effective_on is not None and self._early(rule.effective_on):
            verdict = "not_yet_effective"
        if active is None and expired is not None:
            shown_waiver = expired
            message += f"; waiver {expired.id} expired on {expired.expires.isoformat()}"
        found = self.fingerprint(compiled, raised)
        return Finding(
            id="",
            fingerprint=found,
            rule=rule.id,
            bundle=rule.bundle,
            title=rule.title,
            severity=rule.severity,
            action=rule.action,
            verdict=verdict,
            subject=self._subject(raised.subject),
            condition=raised.condition,
            message=message,
            about=raised.about,
            shown=self._shown(compiled, raised),
            path=tuple(Step(way.type, way.proof.word, world.id(way.target)) for way in raised.way),
            locations=self._places(compiled, raised),
            why=rule.why,
            fix=rule.fix,
            controls=rule.controls,
            references=rule.references,
            effective_on=rule.effective_on,
            new=found not in self.known,
            waiver=None if shown_waiver is None else shown_waiver.result(self.book.state(shown_waiver)),
        )

    def _places(self, compiled: CompiledRule, raised: Raised) -> tuple[str, ...]:
        """Where the artifact at fault lies, and where the evidence that the condition reads was found."""
        if raised.subject == NOBODY:
            return ()
        _, read = self._aspects(compiled, raised.condition)
        view = self.world.view(raised.at_fault)
        stated = [one.location for group in read for one in view.stated_by.get(group, ())]
        places = (*view.locations[:1], *stated, *view.locations[1:]) or self.world.view(raised.subject).locations
        return tuple(dict.fromkeys(map(str, places)))[:MAX_LOCATIONS]

    def _early(self, effective_on: str) -> bool:
        return self.book.now.astimezone(UTC).date() < date.fromisoformat(effective_on)

    def _subject(self, number: int) -> str:
        if number != NOBODY:
            return self.world.id(number)
        releases = self.world.of_kinds(["release"])
        return self.world.id(releases[0]) if releases else ""

    def _message(self, raised: Raised) -> str:
        if raised.verdict != "fail":
            return f"cannot be judged ({raised.note or self._reason(raised)})"
        note = raised.note
        if raised.way:
            note = f"weakest link on the path: {min(way.proof for way in raised.way).word}"
        return f"{raised.say} ({note})" if note else raised.say

    def _reason(self, raised: Raised) -> str:
        """Why a result is undecided: what is absent, of which artifact, and why."""
        if not raised.missing:
            return "the evidence has a form that the condition cannot read"
        view = self.world.view(raised.at_fault)
        group = raised.missing.split(".")[1]
        whose = "" if raised.culprit is None else f" of {view.ref.kind} {view.name}"
        if not view.resolved:
            return f"{group}{whose} is missing: a record names it, but its content was not found"
        return f"{group}{whose} is missing: {view.missing.get(group, NOT_COLLECTED)}"

    def _shown(self, compiled: CompiledRule, raised: Raised) -> tuple[Shown, ...]:
        paths, _ = self._aspects(compiled, raised.condition)
        shown = []
        for path in () if raised.note else paths:
            root, *rest = path.split(".")
            if root == "params":
                shown.append(Shown(path, compiled.bundle.shown[rest[0]]))
            elif root in ("artifact", "item") and rest:
                holder = self.world.fields(raised.at_fault, rest[:1]) if root == "artifact" else raised.item
                found, value = _look(holder, rest)
                if found:
                    shown.append(Shown(path, value))
        return tuple(shown)


def _aspects(compiled: CompiledRule, key: str) -> _Aspects:
    condition = compiled.rule.conditions().get(key)
    program = compiled.programs.get(key)
    groups = program.groups() if program is not None else set()
    if isinstance(condition, Condition) and condition.each is not None:
        groups |= {condition.each.split(".")[1]}
    paths: Sequence[str] = ()
    if isinstance(condition, Condition | Quantifier):
        paths = condition.show
        if not paths and program is not None:
            paths = [str(read) for read in program.reads if not read.tested]
    return tuple(paths[:MAX_SHOWN]), tuple(sorted(groups))


def _look(value: Any, names: Sequence[str]) -> tuple[bool, Json]:
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return False, None
        value = value[name]
    return True, _cut(value)


def _cut(value: Any) -> Json:
    if isinstance(value, list) and len(value) > MAX_MEMBERS:
        return [*value[:MAX_MEMBERS], f"and {len(value) - MAX_MEMBERS} more"]
    found: Json = value
    return found


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with one fingerprint and verdict as one: the first, with the places of all and their ids shown."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.fingerprint, one.verdict), []).append(one)
    result = []
    for group in groups.values():
        first, others = group[0], sorted({one.subject for one in group[1:]} - {group[0].subject})
        if len(group) > 1:
            places = tuple(dict.fromkeys(place for one in group for place in one.locations))[:MAX_LOCATIONS]
            also = (Shown("also", _cut(others)),) if others else ()
            first = dataclasses.replace(first, locations=places, shown=(*first.shown, *also))
        result.append(first)
    return result
