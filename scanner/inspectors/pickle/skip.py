"""The fast path: skip data opcodes in C, with one possessive regular expression.

Python decides only where an opcode could reach outside the data, and at marks nested too deeply for the expression, which
it counts. Opcodes written as text lines, DUP and memo indexes from 2**24 on are no data for this purpose: they go to the
symbolic machine.
"""

from __future__ import annotations

import mmap
import re
from functools import cache
from typing import Final

from scanner.inspectors.pickle.opcodes import BY_NAME, HIGHEST_PROTOCOL, LENGTH_WIDTH
from scanner.inspectors.pickle.patterns import ATOMS, CLOSING, FRAME, GET, MEMOIZE, PUT, UNMARKED, Data, byte, either

PIECE: Final = 16 << 20
"""Bytes after which the pages of a mapped file are let go."""

_LONGEST_ATOM: Final = 64
_NESTED: Final = 3
_WRITES: Final = frozenset(BY_NAME[name] for name in ("MEMOIZE", "BINPUT", "LONG_BINPUT"))
_MARK: Final = BY_NAME["MARK"]
_CLOSES: Final = frozenset(BY_NAME[name] for name in CLOSING)

_LONG_WIDTH: Final = {code: width for code, width in LENGTH_WIDTH.items() if code != BY_NAME["LONG4"]}


@cache
def _boring() -> re.Pattern[bytes]:
    """Plain data, in which marks are closed again and nested at most :data:`_NESTED` deep."""
    flat = (UNMARKED, MEMOIZE, *ATOMS, PUT, GET, FRAME)
    item = either(*flat)
    for _ in range(_NESTED):
        item = either(byte("MARK") + item + b"*+" + byte(*CLOSING), *flat)
    return re.compile(item + b"++", re.DOTALL)


def behind_sized(data: Data, position: int) -> int | None:
    """The offset behind the opcode at ``position`` when that carries a length field, else None."""
    width = _LONG_WIDTH.get(data[position])
    if width is None:
        return None
    start = position + 1 + width
    return start + int.from_bytes(data[position + 1 : start], "little")


def forget(data: Data, start: int, end: int) -> None:
    """Let go of the mapped pages between two offsets: until they are read again, they are no memory of this process."""
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    if isinstance(data, mmap.mmap) and first < end:
        data.madvise(mmap.MADV_DONTNEED, first, end - first)


def next_decision(data: Data, position: int, cuts: list[int] | None = None) -> int | None:
    """The offset of the next opcode that is not plain data, or None when the data ends before one.

    A mark that is nested too deeply, or too far from its end, is such an opcode, and so is what closes it. Offsets of
    opcodes that do not write the memo are added to ``cuts``, one wherever most of a :data:`PIECE` was skipped.
    """
    size = len(data)
    while True:
        limit = position + PIECE
        run = _boring().match(data, position, limit)
        if run is not None:
            end = run.end()
            if end - position > PIECE // 2 and end < size:
                forget(data, position, end)
                if cuts is not None and data[end] not in _WRITES:
                    cuts.append(end)
            position = end
            if end > limit - _LONGEST_ATOM and end < size:
                continue
        if position >= size:
            return None
        behind = behind_sized(data, position)
        if behind is None:
            return position
        position = behind


def data_only_end(data: Data, position: int, cuts: list[int] | None = None, *, marks: int = 10_000) -> int | None:
    """The offset behind STOP when the pickle at ``position`` is nothing but data, else None.

    None also for truncated pickles, protocols above 5, and more than ``marks`` open marks or one that is closed and was
    not open: the symbolic machine then says what is wrong. Containers read
    from the memo may multiply; :mod:`.sharing` tells whether there are any. ``cuts`` are those of :func:`next_decision`.
    """
    height = 0
    passed = position
    while 0 <= height <= marks:
        decision = next_decision(data, position, cuts)
        if decision is None:
            return None
        if decision - passed > PIECE:
            forget(data, passed, decision)
            if cuts is not None:
                cuts.append(decision)
            passed = decision
        code = data[decision]
        if code == BY_NAME["STOP"]:
            return decision + 1
        if code == _MARK or code in _CLOSES:
            height += 1 if code == _MARK else -1
            position = decision + 1
            continue
        if code != BY_NAME["PROTO"] or decision + 1 >= len(data) or data[decision + 1] > HIGHEST_PROTOCOL:
            return None
        position = decision + 2
    return None
