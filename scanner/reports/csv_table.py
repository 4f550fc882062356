"""CSV for spreadsheets: the first row is the result, then one row a finding, then one row a place not examined."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from scanner.reports import summary
from scanner.reports.links import Links
from scanner.reports.visible import visible
from scanner.result import Finding, ScanResult

MAX_CELL: Final = 32_000
"""Characters a spreadsheet keeps in a cell, rounded down."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

COLUMNS: Final = (
    "record", "id", "disposition", "verdict", "severity", "action", "rule", "policy", "title", "kind", "name",
    "version", "purl", "sha256", "message", "about", "values", "path", "locations", "fix", "controls", "new",
    "waiver", "waiver_reason", "waiver_approved_by", "waiver_expires", "fingerprint", "tool", "as_of",
    "policy_digest", "exit_code", "blocking", "undecided", "not_examined",
)  # fmt: skip
"""Names of the columns; the last seven are filled in the first row only."""


def render(result: ScanResult) -> bytes:
    """The table (UTF-8 with byte order mark, CRLF as RFC 4180 has it); no cell starts a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    for row in _rows(result):
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    shown = visible(text, MAX_CELL)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


def _rows(result: ScanResult) -> Iterator[dict[str, str]]:
    facts = summary.facts(result)
    carried = ("tool", "as_of", "policy_digest", "exit_code", "blocking", "undecided", "not_examined")
    yield {
        "record": "result",
        "id": result.release,
        "verdict": result.verdict,
        "message": summary.verdict_sentence(result),
        "values": "; ".join(result.notices),
        **{name: facts[name] for name in carried},
    }
    links = Links(result)
    for word, finding in summary.ordered(result):
        yield _finding(word, finding, links)
    for place in result.coverage.not_examined:
        yield {
            "record": "not_examined",
            "name": place.component,
            "message": f"{place.reason}: {place.detail}",
            "locations": place.location,
        }


def _finding(word: str, finding: Finding, links: Links) -> dict[str, str]:
    subject = links.artifacts.get(finding.subject)
    waiver = finding.waiver
    row = {
        "record": "finding",
        "id": finding.id,
        "disposition": word,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "action": finding.action,
        "rule": finding.rule,
        "policy": finding.bundle,
        "title": finding.title,
        "kind": links.kind(finding.subject),
        "name": subject.name if subject else finding.subject,
        "message": finding.message,
        "about": finding.about,
        "values": "; ".join(f"{item.path}={summary.compact(item.value)}" for item in finding.shown),
        "path": "; ".join(f"{step.type} ({step.proof}) {step.target}" for step in finding.path),
        "locations": "; ".join(finding.locations),
        "fix": finding.fix,
        "controls": "; ".join(finding.controls),
        "new": "yes" if finding.new else "no",
        "fingerprint": finding.fingerprint,
    }
    if subject:
        row |= {"version": subject.version or "", "purl": subject.purl or ""}
        row["sha256"] = subject.digests.get("sha256", "")
    if waiver:
        row |= {"waiver": waiver.id, "waiver_reason": waiver.reason}
        row |= {"waiver_approved_by": waiver.approved_by, "waiver_expires": waiver.expires}
    return row
