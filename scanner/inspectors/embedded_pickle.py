"""A pickle that lies inside another format, as reasons of the file that holds it."""

from __future__ import annotations

import mmap
from typing import Final

from scanner.errors import UNREADABLE, NotExaminable
from scanner.inspectors.pickle import CODES, PickleReport, analyse
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import RANK, Import, Reason

HIDDEN: Final = Import("?", "ref", "unknown")
_LEVELS: Final = {"malicious": "malicious", "not-examined": "unknown", "unknown": "unknown"}
_VERDICTS: Final = {"denied": "malicious", "unknown": "unknown", "safe": "known-safe"}


def pickle_reasons(data: bytes | mmap.mmap, offset: int) -> list[Reason]:
    """Why loading the pickles in ``data``, which begins at ``offset`` of the file, is not known to be safe.

    Raises NotExaminable(unreadable) when the stream cannot be followed and nothing worse was met on the way.
    """
    return pickle_contents(data, offset)[0]


def pickle_contents(data: bytes | mmap.mmap, offset: int) -> tuple[list[Reason], list[Import]]:
    """The same, and what loading the pickles would import."""
    report = analyse(data)
    if report.verdict not in RANK:
        raise NotExaminable(UNREADABLE, f"pickle inside: {report.reasons[0].code if report.reasons else 'not read'}")
    return reasons_of(report, offset), imports_of(report)


def reasons_of(report: PickleReport, offset: int = 0) -> list[Reason]:
    """Every reason of a pickle that begins at ``offset``, each with the verdict that it alone leads to."""
    return [
        Reason(one.code, one.detail, f"offset {one.offset + offset:#x}", _LEVELS[CODES[one.code].level])
        for one in report.reasons
    ]


def imports_of(report: PickleReport) -> list[Import]:
    """Every reference of a pickle; one that the pickle changes is malicious whatever list it is on.

    Where names are hidden, or a part could not be followed, :data:`HIDDEN` stands for them: no list of names allows it.
    """
    hidden = any(
        CODES[one.code].level == "not-examined" or CODES[one.code].effect == "hidden" for one in report.reasons
    )
    found = [HIDDEN] if hidden else []
    return found + [
        Import(
            escape(f"{one.module}.{one.name}"),
            one.how,
            "malicious" if one.how == "build" else _VERDICTS[one.judged],
        )
        for one in report.references
    ]
