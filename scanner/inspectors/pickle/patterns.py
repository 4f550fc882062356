"""Regular expressions over opcodes: the words from which :mod:`.skip`, :mod:`.sharing` and :mod:`.fills` are made.

Loops are possessive (``(?:...)*+``, Python 3.11): they keep no state to go back to, so that a run of millions of opcodes
costs one match and no memory.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from scanner.inspectors.pickle.opcodes import BY_NAME

Data: TypeAlias = bytes | mmap.mmap

TEXT_LENGTHS: Final = range(48)
"""Lengths in bytes of the texts that a pattern takes for plain data: one alternative each, as a pattern cannot count."""

_NUMBER_LENGTHS: Final = range(10)


def byte(*names: str) -> bytes:
    """A character class of the named opcodes."""
    return b"[" + b"".join(re.escape(bytes([BY_NAME[name]])) for name in names) + b"]"


def either(*patterns: bytes) -> bytes:
    """A pattern that matches any of the patterns."""
    return b"(?:" + b"|".join(patterns) + b")"


def sized(name: str, contents: Iterable[tuple[int, bytes]], width: int = 1) -> bytes:
    """An opcode with a length field of ``width`` bytes, and the pattern of its content for each length."""
    return byte(name) + either(*(re.escape(size.to_bytes(width, "little")) + content for size, content in contents))


def any_bytes(lengths: Iterable[int]) -> list[tuple[int, bytes]]:
    """Contents of any bytes, for :func:`sized`."""
    return [(length, b".{%d}" % length) for length in lengths]


_NUMBERS: Final = (
    byte("NONE", "NEWTRUE", "NEWFALSE"),
    byte("BININT1") + b".",
    byte("BININT2") + b"..",
    byte("BININT") + b".{4}",
    byte("BINFLOAT") + b".{8}",
    sized("LONG1", any_bytes(_NUMBER_LENGTHS)),
    sized("SHORT_BINBYTES", any_bytes(_NUMBER_LENGTHS)),
)
NUMBER: Final = either(*_NUMBERS)
"""One opcode that pushes short plain data other than text."""

_TEXTS: Final = (
    sized("SHORT_BINUNICODE", any_bytes(TEXT_LENGTHS)),
    sized("BINUNICODE", any_bytes(TEXT_LENGTHS), 4),
)
TEXT: Final = either(*_TEXTS)
"""One opcode that pushes a short text, in the spellings of protocols 4 and 1."""

ATOMS: Final = (*_NUMBERS, *_TEXTS)
"""Patterns of the opcodes that push short plain data; alternatives side by side are matched faster than nested ones."""

ATOM: Final = either(*ATOMS)
"""One opcode that pushes short plain data."""

FRAME: Final = byte("FRAME") + b".{8}"

CLOSING: Final = ("TUPLE", "LIST", "DICT", "APPENDS", "SETITEMS", "ADDITEMS", "FROZENSET", "POP_MARK")
"""Names of the opcodes that take everything down to the last MARK, and the mark."""

UNMARKED: Final = byte(
    "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET", "TUPLE1", "TUPLE2", "TUPLE3", "APPEND", "SETITEM", "POP",
)  # fmt: skip
"""One opcode that builds or drops containers without a mark."""

STRUCTURE: Final = either(byte("MARK", *CLOSING), UNMARKED, FRAME)
"""One opcode that builds or drops containers."""

MEMOIZE: Final = byte("MEMOIZE")
PUT: Final = either(byte("BINPUT") + b".", byte("LONG_BINPUT") + rb"...\x00")
WRITE: Final = either(MEMOIZE, PUT)
GET: Final = either(byte("BINGET") + b".", byte("LONG_BINGET") + b".{4}")

_OTHER: Final = either(NUMBER, TEXT, STRUCTURE, GET, byte("NEWOBJ", "BUILD"))

ENTRY: Final = re.compile(
    either(_OTHER + b"(?!" + WRITE + b")") + b"*+" + either(either(b"(" + ATOM + b")", _OTHER) + WRITE, rb"\Z"),
    re.DOTALL,
)
"""From one memo entry written by plain data to the next; the group is the atom that is kept, if it is one.

Like every pattern that is sought and not matched, it also matches the end, so that the search never loses its place.
"""
