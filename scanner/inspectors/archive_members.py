"""Members whose bytes contradict the records of their archive, as reasons of the archive; their reader met them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import Suspect
from scanner.sources.blob import Blob

BY: Final = "archive_members"


def evidence(blob: Blob, suspects: Iterable[Suspect]) -> Evidence:
    """The verdict about an archive with such members. Damage looks like this as well, so that it is unknown."""
    builder = EvidenceBuilder(BY)
    reasons = [_reason(one.lie, escape(one.path[len(blob.path) + 1 :])) for one in suspects]
    state_verdict(builder, blob, "lading", "unknown", reasons)
    return builder.build()


def _reason(lie: str, place: str) -> Reason:
    if lie == "checksum":
        return Reason("zip-wrong-checksum", "its bytes have another checksum than the directory says", place, "unknown")
    if lie == "size":
        return Reason("zip-wrong-size", "it is not as long as the directory says", place, "unknown")
    return Reason("zip-odd-flags", "marked as encrypted, and it is not", place, "unknown")
