"""The section "Findings by policy": findings with the same cause in one entry, and how every rule did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.model import Json
from scanner.reports import summary
from scanner.reports.html.anchors import anchors
from scanner.reports.html.controls import control_label
from scanner.reports.html.lookup import Lookup, strings
from scanner.reports.reasons import ReasonView, reasons
from scanner.result import Finding, RuleResult

ALL_STATIC: Final = 2_000
"""Up to this many findings are all written into the page."""
MOST_STATIC: Final = 500
"""Of more findings, this many are."""
MOST_PLACES: Final = 4
MOST_NAMED: Final = 3
MOST_REASONS: Final = 5
_ASIDE: Final = re.compile(r" \([^()]*\)\Z")
"""What a message adds in brackets: how far the search for a path went."""
_DIGEST: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
LABELS: Final[Mapping[str, str]] = {
    "blocked": "Blocks release",
    "undecided": "Undecided",
    "warning": "Does not block",
    "known": "Known, in the baseline",
    "not yet effective": "Not yet in force",
    "waived": "Waived",
}


@dataclass(frozen=True, slots=True)
class Crumb:
    """One artifact on the way from the culprit to the deployment."""

    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Member:
    """One finding of an entry."""

    id: str
    anchor: str
    way: tuple[Crumb, ...]
    places: tuple[str, ...]
    more_places: int
    shown: tuple[tuple[str, str], ...]
    reasons: tuple[ReasonView, ...]
    """What the inspectors of its files said, the worst first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Findings of one rule with one cause; ``first`` carries what they share."""

    first: Finding
    disposition: str
    label: str
    rule_key: str
    headline: str
    members: tuple[Member, ...]
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """How one rule did: ``state`` is bad, unknown, warn or ok."""

    key: str
    rule: RuleResult
    state: str
    counts: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy with its rules: those with something to say, and the quiet ones."""

    name: str
    version: str
    loud: tuple[RuleView, ...]
    quiet: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """The whole section; ``anchors`` maps the ids of the findings on the page to their anchors."""

    policies: tuple[Policy, ...]
    entries: tuple[Entry, ...]
    total: int
    written: int
    anchors: Mapping[str, str]


def findings(look: Lookup) -> Findings:
    """Every finding up to 2,000; of more, the 500 most urgent."""
    written = look.findings if len(look.findings) <= ALL_STATIC else look.findings[:MOST_STATIC]
    ids = anchors("F", (finding.id for _, finding in written))
    keys = {
        (rule.bundle, rule.id): f"r{number}"
        for number, rule in enumerate(sorted(look.result.rules, key=lambda rule: (rule.bundle, rule.id)))
    }
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for disposition, finding in written:
        groups.setdefault(_cause(disposition, finding), []).append(finding)
    entries = tuple(
        _entry(look, str(cause[0]), group, keys.get((group[0].bundle, group[0].rule), ""), ids)
        for cause, group in groups.items()
    )
    return Findings(_policies(look, keys), entries, len(look.findings), len(written), ids)


def _cause(disposition: str, finding: Finding) -> tuple[object, ...]:
    waiver = finding.waiver.id if finding.waiver else ""
    rule = finding.bundle, finding.rule, finding.condition, finding.severity, finding.effective_on
    return disposition, *rule, finding.verdict, finding.message, finding.about, waiver, finding.new


def _entry(look: Lookup, disposition: str, group: Sequence[Finding], key: str, ids: Mapping[str, str]) -> Entry:
    first = group[0]
    members = tuple(_member(look, finding, ids[finding.id]) for finding in group)
    label = LABELS[disposition]
    if disposition == "not yet effective" and first.effective_on:
        label = f"In force from {first.effective_on[:10]}"
    elif disposition == "warning" and first.verdict in ("unknown", "error"):
        label = "Undecided, does not block"
    elif disposition == "blocked" and first.verdict in ("unknown", "error"):
        label = "Undecided, blocks release"
    elif disposition == "undecided" and first.verdict == "error":
        label = "Could not be computed"
    controls = tuple(control_label(control) for control in first.controls)
    return Entry(first, disposition, label, key, _headline(look, group), members, controls)


def message(finding: Finding) -> str:
    """The finding's message without what it adds in brackets; the rule's title where there is no message."""
    return _ASIDE.sub("", finding.message) or finding.title


def _headline(look: Lookup, group: Sequence[Finding]) -> str:
    """``flask 2.2.2: has a flaw that should be fixed by now (CVE-2023-30861)``."""
    first = group[0]
    kinds = {look.kind(finding.subject) for finding in group}
    who = ", ".join(look.label(finding.subject) for finding in group)
    if len(group) > MOST_NAMED:
        who = f"{len(group)} {kinds.pop()}s" if len(kinds) == 1 and kinds != {""} else f"{len(group)} artifacts"
    said = message(first)
    about = first.about
    if _DIGEST.fullmatch(about):
        about = next((summary.compact(item.value, 60) for item in first.shown), "")
    return f"{who}: {said} ({about})" if about and about not in said else f"{who}: {said}"


def _member(look: Lookup, finding: Finding, anchor: str) -> Member:
    down = [step.target for step in reversed(finding.path)]
    way = [*down, finding.subject, *look.way_up(finding.subject)[1:]]
    return Member(
        id=finding.id,
        anchor=anchor,
        way=tuple(Crumb(look.kind(id), look.label(id)) for id in way),
        places=tuple(_DIGEST.sub(r"\1…", place) for place in finding.locations[:MOST_PLACES]),
        more_places=max(len(finding.locations) - MOST_PLACES, 0),
        shown=tuple((item.path, _value(look, item.value)) for item in finding.shown),
        reasons=tuple(reasons(look, finding)[:MOST_REASONS]),
    )


def _value(look: Lookup, value: Json) -> str:
    """A value as text; artifacts by their names."""
    ids = strings(value)
    if ids and all(id in look.artifacts for id in ids):
        return summary.compact(", ".join(f"{look.kind(id)} {look.label(id)}" for id in ids), 300)
    return summary.compact(value, 300)


def _policies(look: Lookup, keys: Mapping[tuple[str, str], str]) -> tuple[Policy, ...]:
    used = {policy.name: policy.version for policy in look.result.policy}
    rules: dict[str, list[RuleView]] = {name: [] for name in sorted(used)}
    for rule in sorted(look.result.rules, key=lambda rule: (rule.bundle, rule.id)):
        rules.setdefault(rule.bundle, []).append(_rule(rule, keys[rule.bundle, rule.id]))
    return tuple(
        Policy(
            name,
            used.get(name, ""),
            tuple(view for view in views if view.state != "ok"),
            tuple(view for view in views if view.state == "ok"),
        )
        for name, views in sorted(rules.items())
    )


def _rule(rule: RuleResult, key: str) -> RuleView:
    counted = {
        "open": rule.failed,
        "undecided": rule.unknown + rule.error,
        "waived": rule.waived,
        "not yet in force": rule.not_yet_effective,
    }
    state = "ok" if not any(counted.values()) else "warn"
    if rule.action == "block" and rule.failed:
        state = "bad"
    elif not rule.failed and (rule.unknown or rule.error):
        state = "unknown"
    parts = [f"{rule.evaluated} judged", *(f"{count} {word}" for word, count in counted.items() if count)]
    return RuleView(key, rule, state, " · ".join(parts))
