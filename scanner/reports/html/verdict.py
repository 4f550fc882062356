"""The first screen: may we ship, why not, what is new, who must act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.reports import summary
from scanner.reports.html.findings import Entry
from scanner.reports.html.lookup import Lookup
from scanner.reports.html.times import days_between
from scanner.reports.summary import plural
from scanner.result import ScanResult

MOST_REASONS: Final = 12
_AT_THE_GATE: Final = ("blocked", "undecided")


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the five numbers."""

    name: str
    value: int
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the first screen says."""

    tone: str
    """fail, warn or ok."""
    word: str
    sentence: str
    lead: tuple[str, ...]
    reasons: tuple[Entry, ...]
    """Entries that stand between the release and its approval."""
    more: int
    """Findings that do as well and are not among the reasons."""
    figures: tuple[Figure, ...]
    commits: tuple[str, ...]


def verdict(look: Lookup, entries: Sequence[Entry], traced: int, models: int) -> Verdict:
    """The first screen over the ``entries`` of the page; ``traced`` of ``models`` models lead back to a run and data."""
    result = look.result
    urgent = sum(disposition in _AT_THE_GATE for disposition, _ in look.findings)
    reasons = tuple(entry for entry in entries if entry.disposition in _AT_THE_GATE)[:MOST_REASONS]
    return Verdict(
        tone={"pass": "ok", "fail": "fail"}.get(result.verdict, "warn"),
        word=summary.verdict_word(result),
        sentence=sentence(result),
        lead=tuple(_lead(result)),
        reasons=reasons,
        more=urgent - sum(len(entry.members) for entry in reasons),
        figures=_figures(result, urgent, traced, models),
        commits=tuple(
            look.label(item.target)
            for item in look.outgoing(result.release)
            if look.kind(item.target) == "commit" and item.type in ("built_from", "contains")
        ),
    )


def sentence(result: ScanResult) -> str:
    """``Blocked by 3 findings``, ``Incomplete: 2 findings undecided`` or ``May ship: every blocking rule passed``."""
    if result.verdict == "fail":
        return f"Blocked by {plural(result.blocking, 'finding')}"
    if result.verdict == "pass":
        return "May ship: no new blocking finding" if result.gate == "new" else "May ship: every blocking rule passed"
    if result.undecided:
        return f"Incomplete: {plural(result.undecided, 'finding')} undecided"
    if not result.coverage.blobs:
        return "Incomplete: nothing was found to scan"
    if result.coverage.not_examined:
        return f"Incomplete: {plural(len(result.coverage.not_examined), 'place')} not examined"
    return "Incomplete: see the notices below"


def _lead(result: ScanResult) -> list[str]:
    missed = len(result.coverage.not_examined)
    said = []
    if result.verdict == "fail":
        verb = "stands" if result.blocking == 1 else "stand"
        said.append(f"{plural(result.blocking, 'blocking finding')} {verb} against this release.")
        if result.undecided:
            said.append(f"{plural(result.undecided, 'more finding')} could not be decided.")
    elif result.verdict == "pass":
        said.append("Nothing that the policies below ask for stands against this release.")
    else:
        said.append("Nothing blocks so far, but the policies cannot say that this release may ship.")
    if missed:
        verb, count = ("was", "it counts") if missed == 1 else ("were", "they count")
        said.append(f"{plural(missed, 'place')} {verb} not examined; {count} as unknown, not as clean.")
    if result.exit_code == 0 and result.verdict != "pass":
        said.append("The command ended with code 0 because it was asked to, not because the release passed.")
    return said


def _figures(result: ScanResult, urgent: int, traced: int, models: int) -> tuple[Figure, ...]:
    judged = [rule for rule in result.rules if rule.evaluated]
    met = sum(not (rule.failed or rule.unknown or rule.error) for rule in judged)
    open_ = [item for item in result.findings if item.verdict in ("fail", "unknown", "error")]
    new = sum(item.new for item in open_)
    waived = sum(item.verdict == "waived" for item in result.findings)
    left = [days for item in result.waivers if (days := days_between(result.as_of, item.expires)) is not None]
    missed = len(result.coverage.not_examined)
    soonest = min((days for days in left if days >= 0), default=None)
    return (
        Figure("Rules met", met, f"of {len(judged)} that had something to judge"),
        Figure("Open findings", len(open_), f"{new} new" if baseline_used(result) else f"{urgent} at the gate"),
        Figure("Waived", waived, "" if soonest is None else f"next waiver ends in {plural(soonest, 'day')}"),
        Figure("Artifacts", len(result.artifacts), f"{plural(missed, 'place')} not examined"),
        Figure("Models traced", traced, f"of {models}, to a run and data"),
    )


def baseline_used(result: ScanResult) -> bool:
    """Whether findings were compared with a baseline."""
    return result.baseline is not None


def changes(result: ScanResult) -> Mapping[str, int]:
    """How many open findings are new and how many were in the baseline."""
    open_ = [item for item in result.findings if item.verdict in ("fail", "unknown", "error")]
    return {"new": sum(item.new for item in open_), "known": sum(not item.new for item in open_)}
