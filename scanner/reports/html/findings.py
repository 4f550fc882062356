"""The section "Findings by policy": findings with the same cause in one entry, and how every rule did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.reports import summary
from scanner.reports.html.anchors import anchors
from scanner.reports.html.controls import control_label
from scanner.reports.html.lookup import Lookup
from scanner.result import Finding, RuleResult

ALL_STATIC: Final = 2_000
"""Up to this many findings are all written into the page."""
MOST_STATIC: Final = 500
"""Of more findings, this many are."""
MOST_PLACES: Final = 10
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
    about: str
    way: tuple[Crumb, ...]
    places: tuple[str, ...]
    more_places: int
    shown: tuple[tuple[str, str], ...]


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
    """How one rule did: ``state`` is bad, unknown or ok."""

    key: str
    rule: RuleResult
    state: str
    counts: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy with its rules: those with something to say, and the quiet ones."""

    name: str
    version: str
    digest: str
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
    kinds = {look.kind(finding.subject) for finding in group}
    several = f"{len(group)} {_plural_kind(kinds.pop()) if len(kinds) == 1 else 'artifacts'}"
    headline = f"{look.label(first.subject) if len(group) == 1 else several}: {first.message or first.title}"
    controls = tuple(control_label(control) for control in first.controls)
    return Entry(first, disposition, label, key, headline, members, controls)


def _plural_kind(kind: str) -> str:
    return f"{kind}s" if kind else "artifacts"


def _member(look: Lookup, finding: Finding, anchor: str) -> Member:
    down = [step.target for step in reversed(finding.path)]
    way = [*down, finding.subject, *look.way_up(finding.subject)[1:]]
    return Member(
        id=finding.id,
        anchor=anchor,
        about=finding.about,
        way=tuple(Crumb(look.kind(id), look.label(id)) for id in way),
        places=finding.locations[:MOST_PLACES],
        more_places=max(len(finding.locations) - MOST_PLACES, 0),
        shown=tuple((item.path, summary.compact(item.value, 300)) for item in finding.shown),
    )


def _policies(look: Lookup, keys: Mapping[tuple[str, str], str]) -> tuple[Policy, ...]:
    used = {policy.name: policy for policy in look.result.policy}
    rules: dict[str, list[RuleView]] = {name: [] for name in sorted(used)}
    for rule in sorted(look.result.rules, key=lambda rule: (rule.bundle, rule.id)):
        rules.setdefault(rule.bundle, []).append(_rule(rule, keys[rule.bundle, rule.id]))
    return tuple(
        Policy(
            name,
            used[name].version if name in used else "",
            used[name].digest if name in used else "",
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
    state = "bad" if rule.failed else "unknown" if rule.unknown or rule.error else "ok"
    if state == "ok" and (rule.waived or rule.not_yet_effective):
        state = "quiet"
    parts = [f"{rule.evaluated} judged", *(f"{count} {word}" for word, count in counted.items() if count)]
    return RuleView(key, rule, state, " · ".join(parts))
