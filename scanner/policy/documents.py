"""Typed policy files: bundle, parameters, rules and their conditions, exactly as written (policy format, sections 3-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from scanner.model import Json, Proof
from scanner.policy.schema import validate
from scanner.policy.yaml_loader import Document

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
ACTIONS: Final = ("block", "warn", "off")
UNKNOWN_MEANS: Final = ("fail", "incomplete", "warn")
Word = Literal["every", "some", "none"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a policy file calls itself."""

    name: str
    version: str
    owner: str
    description: str


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """A declared parameter; ``default`` is None when a value must be given."""

    name: str
    type: str
    default: Json
    description: str
    choices: tuple[str, ...]
    min: Json
    max: Json
    locked: bool


@dataclass(frozen=True, slots=True)
class Override:
    """A change to one rule of an extended bundle; None leaves a setting as it is."""

    rule: str
    reason: str
    action: str | None
    severity: str | None
    effective_on: str | None
    on_unknown: str | None


@dataclass(frozen=True, slots=True)
class Extend:
    """A bundle taken over, pinned by the digest of its bytes; ``path`` None means a shipped pack."""

    bundle: str
    path: str | None
    digest: str
    params: Mapping[str, Json]
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Only what is reached from these artifacts is selected; ``along`` None follows every type."""

    kinds: tuple[str, ...]
    where: str | None
    along: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Select:
    """Which artifacts a rule judges."""

    kinds: tuple[str, ...]
    where: str | None
    reached_from: Reached | None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the selected artifact, or with ``each`` on every member of one of its lists."""

    key: str
    that: str
    say: str
    show: tuple[str, ...]
    each: str | None


@dataclass(frozen=True, slots=True)
class Quantifier:
    """A condition on the artifacts of ``kind`` reached along relationships; ``proof`` is the weakest that counts."""

    key: str
    word: Word
    kind: str
    along: tuple[str, ...]
    direct: bool
    proof: Proof
    that: str | None
    say: str
    or_if_empty: str
    show: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """At least one such relationship must arrive at the artifact; ``by`` None means any type."""

    key: str
    kinds: tuple[str, ...]
    by: tuple[str, ...] | None
    proof: Proof
    say: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy sentence. ``place`` is file and line; ``reason`` explains an override that loosened it."""

    id: str
    bundle: str
    title: str
    severity: str
    action: str
    select: Select
    needs: tuple[str, ...]
    require: tuple[Condition, ...]
    lineage: tuple[Quantifier, ...]
    linked: Linked | None
    on_unknown: str
    effective_on: str | None
    if_nothing_selected: str
    waivable: bool
    bind: str
    controls: tuple[str, ...]
    why: str
    fix: str
    references: tuple[str, ...]
    aliases: tuple[str, ...]
    place: str
    reason: str = ""

    def conditions(self) -> dict[str, Condition | Quantifier | Linked]:
        """Every condition by its key, in the order of the file."""
        linked = () if self.linked is None else (self.linked,)
        every: tuple[Condition | Quantifier | Linked, ...] = (*self.require, *self.lineage, *linked)
        return {one.key: one for one in every}


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One policy file as written."""

    bundle: Bundle
    extends: tuple[Extend, ...]
    params: Mapping[str, ParamSpec]
    rules: tuple[Rule, ...]
    digest: str
    where: str


def read_policy(document: Document) -> PolicyFile:
    """The policy in a loaded document. Raises PolicyError with file, line and what to do."""
    value = validate(document, "policy/v1")
    bundle = value["bundle"]
    name = bundle["name"]
    return PolicyFile(
        Bundle(name, bundle["version"], bundle.get("owner", ""), bundle.get("description", "")),
        tuple(_extend(one) for one in value.get("extends", ())),
        {key: _param(key, one) for key, one in value.get("params", {}).items()},
        tuple(_rule(name, one, document.place(("rules", index))) for index, one in enumerate(value["rules"])),
        document.digest,
        document.where,
    )


def _extend(value: Mapping[str, Any]) -> Extend:
    overrides = tuple(
        Override(
            one["rule"],
            one["reason"],
            one.get("action"),
            one.get("severity"),
            one.get("effective_on"),
            one.get("on_unknown"),
        )
        for one in value.get("override", ())
    )
    return Extend(value["bundle"], value.get("path"), value["digest"], value.get("params", {}), overrides)


def _param(name: str, value: Mapping[str, Any]) -> ParamSpec:
    return ParamSpec(
        name,
        value["type"],
        value.get("default"),
        value.get("description", ""),
        tuple(value.get("choices", ())),
        value.get("min"),
        value.get("max"),
        value.get("locked", False),
    )


def _words(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def _rule(bundle: str, value: Mapping[str, Any], place: str) -> Rule:
    linked = value.get("linked")
    return Rule(
        id=value["id"],
        bundle=bundle,
        title=value["title"],
        severity=value["severity"],
        action=value.get("action", "block"),
        select=_select(value["select"]),
        needs=tuple(value.get("needs", ())),
        require=tuple(_condition(index, one) for index, one in enumerate(value.get("require", ()))),
        lineage=tuple(_quantifier(index, one) for index, one in enumerate(value.get("lineage", ()))),
        linked=None if linked is None else _linked(linked),
        on_unknown=value.get("on_unknown", "incomplete"),
        effective_on=value.get("effective_on"),
        if_nothing_selected=value.get("if_nothing_selected", "pass"),
        waivable=value.get("waivable", True),
        bind=value.get("bind", "item"),
        controls=tuple(value.get("controls", ())),
        why=value.get("why", ""),
        fix=value.get("fix", ""),
        references=tuple(value.get("references", ())),
        aliases=tuple(value.get("aliases", ())),
        place=place,
    )


def _select(value: Mapping[str, Any]) -> Select:
    reached = value.get("reached_from")
    return Select(
        _words(value["kind"]),
        value.get("where"),
        None
        if reached is None
        else Reached(
            _words(reached["kind"]), reached.get("where"), _words(reached["along"]) if "along" in reached else None
        ),
    )


def _condition(index: int, value: Mapping[str, Any]) -> Condition:
    key = value.get("id", f"require[{index}]")
    return Condition(key, value["that"], value["say"], tuple(value.get("show", ())), value.get("each"))


def _quantifier(index: int, value: Mapping[str, Any]) -> Quantifier:
    word: Word = "every" if "every" in value else "some" if "some" in value else "none"
    return Quantifier(
        key=value.get("id", f"lineage[{index}]"),
        word=word,
        kind=value[word],
        along=tuple(value["along"]),
        direct=value.get("direct", False),
        proof=Proof.of(value.get("proof", "declared")) if word == "some" else Proof.INFERRED,
        that=value.get("that"),
        say=value["say"],
        or_if_empty=value.get("or_if_empty", "fail" if word == "some" else "unknown"),
        show=tuple(value.get("show", ())),
    )


def _linked(value: Mapping[str, Any]) -> Linked:
    by = _words(value["by"]) if "by" in value else None
    proof = Proof.of(value.get("proof", "declared"))
    return Linked(value.get("id", "linked"), _words(value["from"]), by, proof, value["say"])
