"""The 68 pickle opcodes of protocols 0 to 5 and the shape of their operands (CPython ``Lib/pickletools.py``)."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Operand(Enum):
    """What follows the opcode byte; the value is the width in bytes where that is fixed, else a negative mark."""

    NONE = 0
    ONE = 1
    TWO = 2
    FOUR = 4
    EIGHT = 8
    LINE = -1
    TWO_LINES = -2
    SIZED_1 = -11
    SIZED_4 = -14
    SIZED_8 = -18


class Opcode(NamedTuple):
    """One opcode: its byte, its pickletools name and its operand."""

    code: int
    name: str
    operand: Operand


_TABLE: Final = {
    Operand.NONE: {
        "(": "MARK", ".": "STOP", "0": "POP", "1": "POP_MARK", "2": "DUP", "N": "NONE", "R": "REDUCE", "a": "APPEND",
        "b": "BUILD", "d": "DICT", "}": "EMPTY_DICT", "e": "APPENDS", "l": "LIST", "]": "EMPTY_LIST", "o": "OBJ",
        "s": "SETITEM", "t": "TUPLE", ")": "EMPTY_TUPLE", "u": "SETITEMS", "Q": "BINPERSID", "\x81": "NEWOBJ",
        "\x85": "TUPLE1", "\x86": "TUPLE2", "\x87": "TUPLE3", "\x88": "NEWTRUE", "\x89": "NEWFALSE",
        "\x8f": "EMPTY_SET", "\x90": "ADDITEMS", "\x91": "FROZENSET", "\x92": "NEWOBJ_EX", "\x93": "STACK_GLOBAL",
        "\x94": "MEMOIZE", "\x97": "NEXT_BUFFER", "\x98": "READONLY_BUFFER",
    },
    Operand.ONE: {"K": "BININT1", "h": "BINGET", "q": "BINPUT", "\x80": "PROTO", "\x82": "EXT1"},
    Operand.TWO: {"M": "BININT2", "\x83": "EXT2"},
    Operand.FOUR: {"J": "BININT", "j": "LONG_BINGET", "r": "LONG_BINPUT", "\x84": "EXT4"},
    Operand.EIGHT: {"G": "BINFLOAT", "\x95": "FRAME"},
    Operand.LINE: {
        "F": "FLOAT", "I": "INT", "L": "LONG", "P": "PERSID", "S": "STRING", "V": "UNICODE", "g": "GET", "p": "PUT",
    },
    Operand.TWO_LINES: {"c": "GLOBAL", "i": "INST"},
    Operand.SIZED_1: {"U": "SHORT_BINSTRING", "C": "SHORT_BINBYTES", "\x8a": "LONG1", "\x8c": "SHORT_BINUNICODE"},
    Operand.SIZED_4: {"T": "BINSTRING", "B": "BINBYTES", "X": "BINUNICODE", "\x8b": "LONG4"},
    Operand.SIZED_8: {"\x8d": "BINUNICODE8", "\x8e": "BINBYTES8", "\x96": "BYTEARRAY8"},
}  # fmt: skip

OPCODES: Final = tuple(
    sorted(Opcode(ord(char), name, operand) for operand, group in _TABLE.items() for char, name in group.items())
)
"""Every opcode, by code."""

BY_NAME: Final = {opcode.name: opcode.code for opcode in OPCODES}
"""The byte of an opcode by its pickletools name."""

LENGTH_WIDTH: Final = {
    opcode.code: width
    for opcode in OPCODES
    for operand, width in ((Operand.SIZED_1, 1), (Operand.SIZED_4, 4), (Operand.SIZED_8, 8))
    if opcode.operand is operand
}
"""Width in bytes of the little-endian length field, for the opcodes that carry one."""

NEEDS_BYTE: Final = frozenset(o.code for o in OPCODES if o.operand in (Operand.ONE, Operand.SIZED_1))
"""Opcodes that read the byte behind them on its own."""

HIGHEST_PROTOCOL: Final = 5
