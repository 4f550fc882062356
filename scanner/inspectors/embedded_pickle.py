"""A pickle that lies inside another format, as reasons of the file that holds it."""

from __future__ import annotations

import mmap

from scanner.errors import UNREADABLE, NotExaminable
from scanner.inspectors.pickle import analyse
from scanner.inspectors.statements import RANK, Reason


def pickle_reasons(data: bytes | mmap.mmap, offset: int) -> list[Reason]:
    """Why loading the pickles in ``data``, which begins at ``offset`` of the file, is not known to be safe.

    Raises NotExaminable(unreadable) when the stream cannot be followed and nothing worse was met on the way.
    """
    report = analyse(data)
    if report.verdict not in RANK:
        raise NotExaminable(UNREADABLE, f"pickle inside: {report.reasons[0].code if report.reasons else 'not read'}")
    return [Reason(one.code, one.detail, f"offset {one.offset + offset:#x}", report.verdict) for one in report.reasons]
