"""All findings of a large result as one compressed column table inside the page, for the script to page through.

The text is base64 of gzip of JSON ``{"words": [...], "columns": [[...], ...]}``; columns hold positions in ``words``.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from scanner.reports import summary
from scanner.reports.html.findings import LABELS
from scanner.reports.html.lookup import Lookup

COLUMNS: Final = ("Id", "Severity", "Status", "Rule", "Artifact", "Finding")
LIMIT: Final = 3_200_000
"""Most characters of the island, so that the page stays below about 5 MB."""


@dataclass(frozen=True, slots=True)
class Island:
    """The encoded table and the number of findings in it."""

    text: Markup
    rows: int


def island(look: Lookup) -> Island:
    """Every finding in the order of the page; the last ones are left out where the table grows too large."""
    rows = [
        (
            finding.id,
            finding.severity,
            LABELS[disposition],
            finding.rule,
            look.label(finding.subject),
            summary.compact(f"{finding.title}: {finding.message}"),
        )
        for disposition, finding in look.findings
    ]
    text = _encoded(rows)
    while len(text) > LIMIT:
        rows = rows[: len(rows) * LIMIT * 9 // (len(text) * 10)]
        text = _encoded(rows)
    return Island(Markup(text), len(rows))  # noqa: S704 - base64 holds no character that HTML knows


def _encoded(rows: Sequence[tuple[str, ...]]) -> str:
    positions: dict[str, int] = {}
    columns = [
        [positions.setdefault(summary.compact(row[at]), len(positions)) for row in rows] for at in range(len(COLUMNS))
    ]
    document = json.dumps({"words": list(positions), "columns": columns}, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(gzip.compress(document.encode(), 9, mtime=0)).decode("ascii")
