"""Pickle files: the symbolic machine's verdict as statements."""

from __future__ import annotations

import mmap
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE
from scanner.formats import sniff
from scanner.inspectors.mapped import NESTED_LIMIT
from scanner.inspectors.pickle import PickleReport, analyse, looks_like_pickle
from scanner.inspectors.statements import RANK, Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "pickle_file"
VERSION: Final = "1"


def wants(blob: Blob) -> bool:
    """Whether the content may be a pickle, whatever its name."""
    return sniff(blob.head, blob.size) is None and looks_like_pickle(blob.head, blob.size)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one pickle; nothing in it is loaded."""
    builder = EvidenceBuilder(NAME)
    report = _analyse(blob)
    builder.state(blob.ref, "format", "pickle" if report.references else "pickle-data", blob.location)
    reasons = [
        Reason(one.code, one.detail, f"offset {one.offset:#x}", report.verdict if report.verdict in RANK else "unknown")
        for one in report.reasons
    ]
    if report.verdict == "not-examined":
        reason = (
            OVER_LIMIT if any("budget" in one.code or "limit" in one.code for one in report.reasons) else UNREADABLE
        )
        detail = report.reasons[0].code if report.reasons else "not read to its end"
        builder.missed(blob.location, reason, f"pickle: {detail}")
        builder.gap(blob.ref, "code_scan", reason, detail, blob.location)
        return builder.build()
    state_verdict(builder, blob, "lading", report.verdict, reasons)
    return builder.build()


def _analyse(blob: Blob) -> PickleReport:
    if blob.content is not None or blob.local is None:
        return analyse(blob.read(NESTED_LIMIT))
    with blob.open() as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return analyse(mapped)
