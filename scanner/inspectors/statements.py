"""How every inspector of model files states what it found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scanner.model import EvidenceBuilder
from scanner.sources.blob import Blob

RANK: Final = ("malicious", "unknown", "known-safe")
"""Verdicts about loading a file, worst first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict was given: a stable code, what was seen, and where inside the content."""

    code: str
    detail: str
    at: str
    verdict: str


def state_verdict(
    builder: EvidenceBuilder, blob: Blob, engine: str, verdict: str, reasons: Iterable[Reason], detail: str = ""
) -> None:
    """State what ``engine`` says of a file: its verdict, the reason that decides it, and every reason with its place."""
    listed = sorted(set(reasons), key=lambda one: (RANK.index(one.verdict), one.at, one.code, one.detail))
    summary = f"{listed[0].detail} ({listed[0].code}, {listed[0].at})" if listed else detail or None
    builder.state(blob.ref, "code_scan", {"verdict": verdict, "reason": summary}, blob.location)
    builder.state(
        blob.ref,
        "engines",
        [{"engine": engine, "verdict": verdict, "detail": summary or "nothing outside the known-safe list"}],
        blob.location,
    )
    if listed:
        members = [
            {
                "id": hashlib.sha256(f"{engine}\0{one.code}\0{one.at}\0{one.detail}".encode()).hexdigest()[:16],
                "code": one.code,
                "detail": one.detail,
                "at": one.at,
                "engine": engine,
            }
            for one in listed[:1000]
        ]
        builder.state(blob.ref, "findings", members, blob.location)
