"""Lint of loaded policies: what neither the schema nor CEL can see (policy format, section 14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from scanner.policy.cel import Program
from scanner.policy.compiled import CompiledRule, LoadedBundle
from scanner.policy.documents import Condition, Quantifier
from scanner.policy.lint_graph import along_problems, arriving_problems, group_problems, needed_groups
from scanner.policy.lint_types import artifact_type, problems, type_at
from scanner.policy.syntax import Expression, chain, walk
from scanner.vocabulary import ListOf, Type, policy_groups_of

ERROR: Final = "error"
WARNING: Final = "warning"
_NOWHEN: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One complaint: ``error`` stops a scan, ``warning`` does not."""

    place: str
    level: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.text}"


@cache
def controls() -> frozenset[str]:
    """Every control that a rule may name, as ``framework:id``."""
    return frozenset((files("scanner.policy") / "controls.txt").read_text("utf-8").splitlines())


def lint(rules: Sequence[CompiledRule], bundles: Sequence[LoadedBundle], *, as_of: date | None = None) -> list[Problem]:
    """All problems of all rules and bundles, in the order of the files; dates are judged where ``as_of`` is given."""
    found = [problem for rule in rules for problem in _rule(rule, as_of)]
    counts = Counter(id for one in rules for id in (one.rule.id, *one.rule.aliases))
    for one in rules:
        for id in (one.rule.id, *one.rule.aliases):
            if counts[id] > 1:
                found.append(Problem(one.rule.place, ERROR, one.rule.id, f"id {id} is used twice; choose a new one"))
    for bundle in bundles:
        found.extend(_unused(bundle, [one for one in rules if one.bundle is bundle]))
    return found


def _unused(bundle: LoadedBundle, rules: Sequence[CompiledRule]) -> Iterator[Problem]:
    used = {read.path[0] for rule in rules for program in _programs(rule) for read in program.reads}
    for name in sorted(bundle.params):
        if f"params.{name}" not in used:
            text = f"parameter {name!r} is used by no condition; use or remove it"
            yield Problem(bundle.where, ERROR, bundle.bundle.name, text)


def _programs(rule: CompiledRule) -> list[Program]:
    return [one for one in (rule.where, rule.start, *rule.programs.values()) if one is not None]


def _rule(compiled: CompiledRule, as_of: date | None) -> Iterator[Problem]:
    rule = compiled.rule
    for text in _errors(compiled):
        yield Problem(rule.place, ERROR, rule.id, text)
    for text in _warnings(compiled, as_of):
        yield Problem(rule.place, WARNING, rule.id, text)


def _errors(compiled: CompiledRule) -> Iterator[str]:
    rule, kinds = compiled.rule, compiled.rule.select.kinds
    reached = rule.select.reached_from
    yield from _expression("where", compiled.where, kinds)
    if reached is not None:
        yield from _expression("reached_from.where", compiled.start, reached.kinds)
        yield from along_problems(reached.kinds, reached.along or (), kinds)
    yield from group_problems(kinds, rule.needs)
    if len(rule.conditions()) != len(rule.require) + len(rule.lineage) + (rule.linked is not None):
        yield "two conditions have one id; rename one"
    for control in rule.controls:
        if control not in controls():
            yield f"control {control!r} is not in the controls data; correct the id"
    for condition in rule.require:
        yield from _condition(compiled, condition)
    for quantifier in rule.lineage:
        yield from _quantifier(compiled, quantifier)
    if rule.linked is not None:
        yield from arriving_problems(rule.linked.kinds, rule.linked.by, kinds)


def _expression(name: str, program: Program | None, kinds: Sequence[str], item: Type | None = None) -> Iterator[str]:
    if program is None:
        return
    texts: dict[str, None] = {}
    for kind in kinds:
        roots: dict[str, Type] = {"artifact": artifact_type(kind)}
        if item is not None:
            roots["item"] = item
        for text in problems(program.tree, roots):
            texts[f"{name}: {text} ({kind})" if "vocabulary" in text else f"{name}: {text}"] = None
    yield from texts


def _condition(compiled: CompiledRule, condition: Condition) -> Iterator[str]:
    kinds = compiled.rule.select.kinds
    item: Type | None = None
    if condition.each is not None:
        for kind in kinds:
            found = type_at(artifact_type(kind), tuple(condition.each.split(".")[1:]))
            if not isinstance(found, ListOf):
                problem = found if isinstance(found, str) else "is not a list"
                yield f"{condition.key}: each: {condition.each}: {problem} ({kind})"
                return
            item = found.item
    yield from _expression(condition.key, compiled.programs[condition.key], kinds, item)
    yield from _shown(compiled, condition, kinds, item)


def _quantifier(compiled: CompiledRule, quantifier: Quantifier) -> Iterator[str]:
    kinds = compiled.rule.select.kinds
    yield from _expression(quantifier.key, compiled.programs.get(quantifier.key), [quantifier.kind])
    yield from _shown(compiled, quantifier, [quantifier.kind], None)
    for text in along_problems(kinds, quantifier.along, [quantifier.kind], direct=quantifier.direct):
        yield f"{quantifier.key}: {text}"
    if quantifier.word == "some":
        read = {one.path[1] for one in compiled.where.reads if not one.tested} if compiled.where is not None else set()
        for group in sorted(needed_groups(kinds, quantifier.along) - set(compiled.rule.needs) - read):
            yield f"{quantifier.key}: add 'needs: [{group}]', or 'not looked for' is reported as 'none exists'"


def _shown(
    compiled: CompiledRule, condition: Condition | Quantifier, kinds: Sequence[str], item: Type | None
) -> Iterator[str]:
    for path in condition.show:
        root, *rest = path.split(".")
        if root == "params":
            if rest[0] not in compiled.bundle.params or len(rest) > 1:
                yield f"{condition.key}: show: {path} is no parameter; correct it"
            continue
        types = [item] if root == "item" else [artifact_type(kind) for kind in kinds]
        for one in types:
            found = "there is no 'each'" if one is None else type_at(one, tuple(rest))
            if isinstance(found, str):
                yield f"{condition.key}: show: {path}: {found}"


def _warnings(compiled: CompiledRule, as_of: date | None) -> Iterator[str]:
    rule = compiled.rule
    if not rule.fix:
        yield "has no fix; say what to do"
    if rule.select.reached_from is not None and rule.select.reached_from.along is None:
        yield "reached_from without along follows every relationship; name the types"
    old = None if as_of is None or rule.effective_on is None else as_of - date.fromisoformat(rule.effective_on)
    if old is not None and old > timedelta(days=365):
        yield "effective_on lies more than a year in the past; remove it"
    for program in (compiled.start, *compiled.programs.values()):
        for read in program.reads if program is not None else ():
            if read.tested and len(read.path) == 2:
                yield f"has({'.'.join(read.path)}) makes 'not looked at' a plain false; use needs"
    for condition in rule.require:
        yield from _condition_warnings(compiled, condition)


def _condition_warnings(compiled: CompiledRule, condition: Condition) -> Iterator[str]:
    program = compiled.programs[condition.key]
    for part in walk(program.tree):
        if part.kind == "comprehension" and _keyed(part.parts[0], compiled.rule.select.kinds):
            yield f"{condition.key}: searches a list whose members have a key; use each, so that waivers cover one member"
    if condition.each is None and program.decide(compiled.bundle.evaluator.scope({}, _NOWHEN)) is True:
        yield f"{condition.key}: is true for an artifact without any evidence; read the evidence"


def _keyed(part: Expression, kinds: Sequence[str]) -> bool:
    path = chain(part)
    if path is None or path[0] != "artifact" or len(path) != 2:
        return False
    groups = [policy_groups_of(kind).get(path[1]) for kind in kinds]
    return any(group is not None and isinstance(group.type, ListOf) and group.type.key for group in groups)
