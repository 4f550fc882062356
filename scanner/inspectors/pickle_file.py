"""Pickle files: the symbolic machine's verdict as statements."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE
from scanner.formats import sniff
from scanner.inspectors.embedded_pickle import imports_of, reasons_of
from scanner.inspectors.mapped import NESTED_LIMIT
from scanner.inspectors.pickle import PickleReport, analyse, list_digest, recognise
from scanner.inspectors.statements import state_imports, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "pickle_file"
VERSION: Final = f"3+lists.{list_digest()[:12]}"


def wants(blob: Blob) -> bool:
    """Whether the content may be a pickle, whatever its name."""
    if sniff(blob.head, blob.size) is not None:
        return False
    answer = recognise(blob.head, blob.size)
    if answer is None and blob.size <= NESTED_LIMIT:
        with _content(blob) as content:
            answer = recognise(content, blob.size)
    return bool(answer)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one pickle; nothing in it is loaded."""
    builder = EvidenceBuilder(NAME)
    report = _analyse(blob)
    builder.state(blob.ref, "format", "pickle" if report.references else "pickle-data", blob.location)
    if report.verdict == "not-examined":
        reason = (
            OVER_LIMIT if any("budget" in one.code or "limit" in one.code for one in report.reasons) else UNREADABLE
        )
        detail = report.reasons[0].code if report.reasons else "not read to its end"
        builder.missed(blob.location, reason, f"pickle: {detail}")
        for group in ("code_scan", "imports"):
            builder.gap(blob.ref, group, reason, detail, blob.location)
        return builder.build()
    state_verdict(builder, blob, "lading", report.verdict, reasons_of(report))
    state_imports(builder, blob, imports_of(report))
    return builder.build()


def _analyse(blob: Blob) -> PickleReport:
    with _content(blob) as content:
        return analyse(content)


@contextmanager
def _content(blob: Blob) -> Iterator[bytes | mmap.mmap]:
    if blob.content is not None or blob.local is None:
        yield blob.read(NESTED_LIMIT)
        return
    with blob.open() as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
