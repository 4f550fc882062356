"""Compiled rules and the loaded set of policies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.model import Json
from scanner.policy.cel import Evaluator, Program
from scanner.policy.documents import Bundle, ParamSpec, Rule
from scanner.result import Parameter, PolicyUsed


@dataclass(frozen=True, slots=True)
class LoadedBundle:
    """A bundle with its parameter values; ``shown`` are the same values as they were written."""

    bundle: Bundle
    digest: str
    where: str
    params: Mapping[str, ParamSpec]
    shown: Mapping[str, Json]
    evaluator: Evaluator


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with a program for each of its expressions; ``programs`` is keyed by condition key."""

    rule: Rule
    bundle: LoadedBundle
    where: Program | None
    start: Program | None
    programs: Mapping[str, Program]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Everything that was loaded; ``notices`` are sentences that every report prints."""

    bundles: tuple[LoadedBundle, ...]
    rules: tuple[CompiledRule, ...]
    parameters: tuple[Parameter, ...]
    notices: tuple[str, ...]

    @property
    def used(self) -> tuple[PolicyUsed, ...]:
        """Name, version and digest of every bundle, sorted by name."""
        found = (PolicyUsed(one.bundle.name, one.bundle.version, one.digest) for one in self.bundles)
        return tuple(sorted(found, key=lambda used: used.name))

    @property
    def digest(self) -> str:
        """``sha256:`` over the digests of all files and every parameter that differs from its default."""
        parts = [
            [[one.name, one.digest] for one in self.used],
            [[one.bundle, one.name, one.value] for one in self.parameters],
        ]
        return f"sha256:{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()}"

    def rule(self, id: str) -> CompiledRule | None:
        """The rule with this id, or whose former ids name it."""
        exact = next((one for one in self.rules if one.rule.id == id), None)
        return exact or next((one for one in self.rules if id in one.rule.aliases), None)


def compile_rule(rule: Rule, bundle: LoadedBundle) -> CompiledRule:
    """Compile every expression of a rule. Raises PolicyError with rule, condition and column."""
    evaluator = bundle.evaluator

    def program(text: str, name: str, *, with_item: bool = False) -> Program:
        return evaluator.compile(text, f"{rule.place}: {rule.id} {name}", with_item=with_item)

    select, reached = rule.select, rule.select.reached_from
    programs = {one.key: program(one.that, one.key, with_item=one.each is not None) for one in rule.require}
    programs |= {one.key: program(one.that, one.key) for one in rule.lineage if one.that is not None}
    return CompiledRule(
        rule,
        bundle,
        None if select.where is None else program(select.where, "where"),
        None if reached is None or reached.where is None else program(reached.where, "reached_from.where"),
        programs,
    )
