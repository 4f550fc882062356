"""The fast path: skip data opcodes in C, with one possessive regular expression.

``(?:...)++`` keeps no state to go back to (Python 3.11), so a run of millions of opcodes costs one match and no memory.
Python decides only where an opcode could reach outside the data. Opcodes written as text lines, DUP and memo indexes
from 2**24 on are no data for this purpose: they go to the symbolic machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from scanner.inspectors.pickle.machine import Data
from scanner.inspectors.pickle.opcodes import BY_NAME, HIGHEST_PROTOCOL, LENGTH_WIDTH

_TEXT_ALTERNATIVES: Final = 48
_NUMBER_ALTERNATIVES: Final = 10


def byte(*names: str) -> bytes:
    """A character class of the named opcodes."""
    return b"[" + b"".join(re.escape(bytes([BY_NAME[name]])) for name in names) + b"]"


def either(*patterns: bytes) -> bytes:
    """A pattern that matches any of the patterns."""
    return b"(?:" + b"|".join(patterns) + b")"


def _sized(name: str, lengths: Iterable[int]) -> bytes:
    """An opcode with a one-byte length: one alternative a length, because a pattern cannot count."""
    return byte(name) + either(*(re.escape(bytes([length])) + b".{%d}" % length for length in lengths))


ATOM: Final = either(
    byte("NONE", "NEWTRUE", "NEWFALSE"),
    byte("BININT1") + b".",
    byte("BININT2") + b"..",
    byte("BININT") + b".{4}",
    byte("BINFLOAT") + b".{8}",
    _sized("SHORT_BINUNICODE", range(_TEXT_ALTERNATIVES)),
    _sized("LONG1", range(_NUMBER_ALTERNATIVES)),
    _sized("SHORT_BINBYTES", range(_NUMBER_ALTERNATIVES)),
)
"""One opcode that pushes short plain data."""

STRUCTURE: Final = either(
    byte(
        "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET", "MARK", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "LIST",
        "DICT", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "FROZENSET", "POP", "POP_MARK",
    ),
    byte("FRAME") + b".{8}",
)  # fmt: skip
"""One opcode that builds or drops containers."""

MEMOIZE: Final = byte("MEMOIZE")
PUT: Final = either(byte("BINPUT") + b".", byte("LONG_BINPUT") + rb"...\x00")
GET: Final = either(byte("BINGET") + b".", byte("LONG_BINGET") + b".{4}")

_BORING: Final = re.compile(either(STRUCTURE, MEMOIZE, PUT, GET, ATOM) + b"++", re.DOTALL)

_LONG_WIDTH: Final = {code: width for code, width in LENGTH_WIDTH.items() if code != BY_NAME["LONG4"]}


def behind_sized(data: Data, position: int) -> int | None:
    """The offset behind the opcode at ``position`` when that carries a length field, else None."""
    width = _LONG_WIDTH.get(data[position])
    if width is None:
        return None
    start = position + 1 + width
    return start + int.from_bytes(data[position + 1 : start], "little")


def next_decision(data: Data, position: int) -> int | None:
    """The offset of the next opcode that is not plain data, or None when the data ends before one."""
    size = len(data)
    while True:
        run = _BORING.match(data, position)
        if run is not None:
            position = run.end()
        if position >= size:
            return None
        behind = behind_sized(data, position)
        if behind is None:
            return position
        position = behind


def data_only_end(data: Data, position: int) -> int | None:
    """The offset behind STOP when the pickle at ``position`` is nothing but data, else None.

    None also for truncated pickles and protocols above 5: the symbolic machine then says what is wrong. Containers read
    from the memo may multiply; :mod:`.sharing` tells whether there are any.
    """
    while True:
        decision = next_decision(data, position)
        if decision is None:
            return None
        code = data[decision]
        if code == BY_NAME["STOP"]:
            return decision + 1
        if code != BY_NAME["PROTO"] or decision + 1 >= len(data) or data[decision + 1] > HIGHEST_PROTOCOL:
            return None
        position = decision + 2
