"""Programs and pickles in the data of a model, where numbers or texts should be."""

from __future__ import annotations

from typing import Final

from scanner.errors import NotExaminable
from scanner.formats import sniff
from scanner.inspectors.embedded_pickle import pickle_reasons
from scanner.inspectors.pickle import analyse, looks_like_pickle
from scanner.inspectors.statements import Reason

ARCHIVES: Final = frozenset({"zip", "7z", "rar", "gzip", "bzip2", "xz"})
"""Packed formats that numbers are not mistaken for."""
PROGRAMS: Final = {"elf": "an ELF program", "pe": "a Windows program", "macho": "a macOS program"}
HEAD: Final = 4096
PICKLE_LIMIT: Final = 16 << 20
LEAST: Final = 32
"""Bytes of the smallest program or archive; shorter ones only begin like it."""
LEAST_PICKLE: Final = 12
"""Bytes of the shortest pickle that calls something."""


def payload_reasons(data: memoryview, place: int, what: str) -> list[Reason]:
    """Why ``data``, found at byte ``place`` of a file as ``what``, is more than numbers; empty for numbers and texts.

    Only the first and last bytes decide whether it is looked into: numbers seldom begin and end like a pickle.
    """
    if len(data) < LEAST_PICKLE:
        return []
    head, at = bytes(data[:HEAD]), f"byte {place}"
    if len(data) >= LEAST and (kind := PROGRAMS.get(sniff(head, len(data)) or "")) is not None:
        return [Reason("payload-program", f"{what} begins as {kind}", at, "unknown")]
    tail = bytes(data[-16:]).rstrip(b"\0")[-1:]
    if head[:1] != b"\x80" or tail != b"." or len(data) > PICKLE_LIMIT or not looks_like_pickle(head, len(data), tail):
        return _denied_pickle(head, len(data), at, what)
    try:
        inside = pickle_reasons(bytes(data), place)
    except NotExaminable:
        return _denied_pickle(head, len(data), at, what)
    return [*inside, Reason("payload-pickle", f"{what} is a pickle", at, "unknown")]


def _denied_pickle(head: bytes, size: int, at: str, what: str) -> list[Reason]:
    """Of bytes that any numbers can begin with, only those that reach a denied effect at once are a pickle."""
    if looks_like_pickle(head, size) and any(one.judged == "denied" for one in analyse(head).references):
        return [Reason("payload-pickle", f"{what} begins as a pickle", at, "unknown")]
    return []


def opening_reasons(head: bytes, size: int, at: str, what: str) -> list[Reason]:
    """The same by the first bytes of ``size``, for data that is not at hand as a whole; ``at`` is its place.

    Packed files count as well. A pickle has to reach a denied effect at once: any two bytes can begin one.
    """
    if size < LEAST_PICKLE:
        return []
    format = (sniff(head, size) or "") if size >= LEAST else ""
    if format in PROGRAMS:
        return [Reason("payload-program", f"{what} begins as {PROGRAMS[format]}", at, "unknown")]
    if format in ARCHIVES:
        return [Reason("payload-archive", f"{what} begins as {format}", at, "unknown")]
    return _denied_pickle(head, size, at, what)
