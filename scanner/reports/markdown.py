"""Markdown for a job summary or a comment on a change: short enough for both, the whole story is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.reports import summary
from scanner.reports.links import Links
from scanner.reports.summary import label, plural
from scanner.reports.visible import sentence
from scanner.result import ScanResult

MAX_CHARACTERS: Final = 60_000
"""Below the 65,536 characters that a comment may have."""
SHOWN_FINDINGS: Final = 30
SHOWN_PLACES: Final = 7
SHOWN_NOTICES: Final = 7
SHOWN_POLICIES: Final = 20
CELL: Final = 120
_OPEN: Final = ("blocked", "undecided", "warning")

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#!|~&$])|(@)|(://)|(\bwww\.)")
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;", "://": "&#58;//", "www.": "www&#46;"}


def escape(text: str, limit: int = CELL) -> str:
    """Foreign text without any effect in Markdown: no markup, link, mention or table cell of its own."""

    def replaced(match: re.Match[str]) -> str:
        found = match.group()
        return _ENTITIES.get(found, f"\\{found}")

    return _SPECIAL.sub(replaced, sentence(text, limit))


def render(result: ScanResult) -> bytes:
    """The summary (UTF-8), at most 60 lines; what the verdict rests on comes first and is never cut."""
    lines: list[str] = []
    size = 0
    for line in _lines(result):
        size += len(line) + 1
        if size > MAX_CHARACTERS:
            lines.append("… cut here: the scan result in JSON holds the rest")
            break
        lines.append(line)
    return ("\n".join(lines) + "\n").encode()


def _lines(result: ScanResult) -> Iterator[str]:
    yield f"## Lading: {summary.verdict_sentence(result)}"
    yield ""
    release = escape(summary.release_label(result))
    yield f"{release}, as of {escape(result.as_of)}; exit {result.exit_code} ({summary.exit_meaning(result)})"
    yield ""
    yield from _basis(result)
    yield ""
    yield from _findings(result)
    for notice in result.notices[:SHOWN_NOTICES]:
        yield f"- note: {escape(notice, 300)}"
    if len(result.notices) > SHOWN_NOTICES:
        yield f"- {plural(len(result.notices) - SHOWN_NOTICES, 'more note')}"
    places = result.coverage.not_examined
    for place in places[:SHOWN_PLACES]:
        yield f"- not examined: {escape(place.location)} ({escape(place.reason)}, {escape(place.detail)})"
    if len(places) > SHOWN_PLACES:
        yield f"- not examined: {plural(len(places) - SHOWN_PLACES, 'more place')}"


def _basis(result: ScanResult) -> Iterator[str]:
    policies = [f"{escape(item.name)} {escape(item.version)}" for item in result.policy[:SHOWN_POLICIES]]
    if len(result.policy) > SHOWN_POLICIES:
        policies.append(f"{len(result.policy) - SHOWN_POLICIES} more")
    advisories = result.advisories
    stand = (
        f"{summary.short(advisories.digest)} of {advisories.snapshot_time or 'unknown time'}" if advisories else "none"
    )
    yield f"{escape(result.tool.name)} {escape(result.tool.version)} · policies {', '.join(policies) or 'none'}"
    yield f"· policy digest {summary.policy_digest(result)[:12]} · release digest {summary.release_digest(result)[:12]}"
    yield f"· advisories {escape(stand)}"


def _findings(result: ScanResult) -> Iterator[str]:
    findings = summary.ordered(result)
    shown = [item for item in findings if item[0] in _OPEN][:SHOWN_FINDINGS]
    if shown:
        links = Links(result)
        yield "| | rule | artifact | finding | place | fix |"
        yield "|---|---|---|---|---|---|"
        for word, finding in shown:
            subject = links.artifacts.get(finding.subject)
            name = f"{links.kind(finding.subject)} {label(subject, finding.subject)}"
            place = finding.locations[0] if finding.locations else ""
            cells = (finding.rule, name, finding.message, place, finding.fix)
            yield f"| {word} | {' | '.join(escape(cell) for cell in cells)} |"
        yield ""
    hidden = [word for word, finding in findings[len(shown) :]]
    if hidden:
        counts = (f"{hidden.count(word)} {word}" for word in summary.DISPOSITIONS if word in hidden)
        yield f"Not shown: {', '.join(counts)}"
        yield ""
