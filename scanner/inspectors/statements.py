"""How every inspector of model files states what it found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scanner.errors import OVER_LIMIT
from scanner.inspectors.codes import CODES
from scanner.model import EvidenceBuilder, Json
from scanner.sources.blob import Blob

RANK: Final = ("malicious", "unknown", "known-safe")
"""Verdicts about loading a file, worst first."""
MOST_REASONS: Final = 1_000
MOST_IMPORTS: Final = 1_000
_PLACE: Final = re.compile(
    r"(?P<member>.*?) ?(?:offset 0x(?P<hexadecimal>[0-9a-f]{1,16})|byte (?P<decimal>\d{1,19}))\Z", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict was given: a code of :data:`scanner.inspectors.codes.CODES`, what was seen, where in the content.

    ``at`` ends in ``offset 0x1f`` or ``byte 31`` where the place is a byte; what stands before is the member or part.
    """

    code: str
    detail: str
    at: str
    verdict: str


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """A Python object, ``module.name``, that loading would ``build`` upon, ``call`` or only name (``ref``)."""

    name: str
    how: str
    verdict: str


def state_verdict(
    builder: EvidenceBuilder, blob: Blob, engine: str, verdict: str, reasons: Iterable[Reason], detail: str = ""
) -> None:
    """State what ``engine`` says of a file: its verdict, the reason that decides it, and every reason with its place."""
    listed = sorted(set(reasons), key=_worst_first)
    summary = f"{listed[0].detail} ({listed[0].code}, {listed[0].at})" if listed else detail or None
    builder.state(blob.ref, "code_scan", {"verdict": verdict, "reason": summary}, blob.location)
    builder.state(
        blob.ref,
        "engines",
        [{"engine": engine, "verdict": verdict, "detail": summary or "nothing outside the known-safe list"}],
        blob.location,
    )
    if listed:
        builder.state(blob.ref, "findings", [_finding(engine, one) for one in listed[:MOST_REASONS]], blob.location)


def state_reasons(
    builder: EvidenceBuilder, blob: Blob, reasons: Iterable[Reason], detail: str = "", *, engine: str = "lading"
) -> None:
    """State the verdict that the worst of ``reasons`` leads to; known-safe, because of ``detail``, without any."""
    known = list(reasons)
    verdict = min((one.verdict for one in known), key=RANK.index, default="known-safe")
    state_verdict(builder, blob, engine, verdict, known, detail)


def _worst_first(reason: Reason) -> tuple[int, str, int, str, str]:
    member, offset = place_of(reason.at)
    return RANK.index(reason.verdict), member or "", offset or 0, reason.code, reason.detail


def _finding(engine: str, reason: Reason) -> dict[str, Json]:
    row = CODES[reason.code]
    member, offset = place_of(reason.at)
    return {
        "id": hashlib.sha256(f"{engine}\0{reason.code}\0{reason.at}\0{reason.detail}".encode()).hexdigest()[:16],
        "code": reason.code,
        "title": row.title,
        "detail": reason.detail,
        "at": reason.at,
        "member": member,
        "offset": offset,
        "verdict": reason.verdict,
        "engine": engine,
        "cwe": row.cwe,
        "atlas": row.atlas,
        "help": row.help,
    }


def place_of(at: str) -> tuple[str | None, int | None]:
    """The member (or part) and the offset in bytes that a reason's place names; None for what it does not name."""
    match = _PLACE.match(at)
    if match is None:
        return at, None
    hexadecimal, decimal = match["hexadecimal"], match["decimal"]
    return match["member"] or None, int(hexadecimal, 16) if hexadecimal else int(decimal)


def state_imports(builder: EvidenceBuilder, blob: Blob, imports: Iterable[Import]) -> None:
    """State every Python object that loading a file would import; a gap where there are too many to list."""
    listed = sorted(set(imports))
    if len(listed) > MOST_IMPORTS:
        builder.gap(blob.ref, "imports", OVER_LIMIT, f"more than {MOST_IMPORTS} names", blob.location)
        return
    members: list[Json] = [
        {"id": f"{one.name} {one.how} {one.verdict}", "name": one.name, "how": one.how, "verdict": one.verdict}
        for one in listed
    ]
    builder.state(blob.ref, "imports", members, blob.location)
