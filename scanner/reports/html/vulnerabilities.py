"""The section "Vulnerabilities": every advisory that matches a package, and what was decided about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner.model import Json
from scanner.reports.html.findings import LABELS
from scanner.reports.html.lookup import Lookup, strings
from scanner.reports.html.times import days_between
from scanner.reports.summary import SEVERITIES

MOST_ROWS: Final = 300
MOST_HOLDERS: Final = 3
_STATES: Final = ("malicious", "vulnerable", "undetermined", "unaudited", "clean")
_HOLDERS: Final = frozenset({"image", "model", "deployment"})


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One advisory on one package."""

    advisory: str
    aliases: tuple[str, ...]
    severity: str
    exploited: bool
    summary: str
    package: str
    inside: str
    fixed_in: str
    known_for: str
    status: str
    finding: str
    """Id of the finding about it; empty when no rule speaks of it."""


@dataclass(frozen=True, slots=True)
class Vulnerabilities:
    """The most severe rows, their full number, and how many packages are in each audit state."""

    rows: tuple[Vulnerability, ...]
    total: int
    states: tuple[tuple[str, int], ...]
    unasked: int
    """Packages about which no advisory data were asked."""


def vulnerabilities(look: Lookup) -> Vulnerabilities:
    """Advisories of all packages, worst first; known exploited ones before others of the same severity."""
    about = {}
    for disposition, finding in reversed(look.findings):
        for id in (finding.subject, *(step.target for step in finding.path)):
            about[id, finding.about] = disposition, finding.id
    packages = list(look.of_kind("package"))
    rows = [
        _row(look, package.id, item, about.get((package.id, str(item["id"])), ("", "")))
        for package in packages
        for item in look.members(package.id, "vulnerabilities")
        if "id" in item
    ]
    rows.sort(key=lambda row: (SEVERITIES.index(row.severity), not row.exploited, row.advisory, row.package))
    states = Counter(look.text(package.id, "audit", "state") for package in packages)
    return Vulnerabilities(
        rows=tuple(rows[:MOST_ROWS]),
        total=len(rows),
        states=tuple((state, states[state]) for state in _STATES if states[state]),
        unasked=states[""],
    )


def _row(look: Lookup, package: str, item: Mapping[str, Json], decided: tuple[str, str]) -> Vulnerability:
    severity = item.get("severity")
    holders = look.holders(package, _HOLDERS)
    inside = ", ".join(look.label(holder) for holder in holders[:MOST_HOLDERS])
    more = len(holders) - MOST_HOLDERS
    published = item.get("published")
    days = days_between(published, look.result.as_of) if isinstance(published, str) else None
    disposition, finding = decided
    return Vulnerability(
        advisory=str(item["id"]),
        aliases=tuple(strings(item.get("aliases"))),
        severity=severity if isinstance(severity, str) and severity in SEVERITIES else "unknown",
        exploited=item.get("known_exploited") is True,
        summary=str(item.get("summary") or ""),
        package=look.label(package),
        inside=f"{inside} and {more} more" if more > 0 else inside or "the release itself",
        fixed_in=", ".join(strings(item.get("fixed_in"))) or "no fix known",
        known_for="" if days is None else f"{max(days, 0)} {'day' if days == 1 else 'days'}",
        status=LABELS.get(disposition, "no rule speaks of it"),
        finding=finding,
    )
