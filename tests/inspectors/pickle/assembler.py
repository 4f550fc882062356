"""Builds pickles opcode by opcode, so that a test can write what no pickler would. Nothing here is ever loaded."""

from __future__ import annotations

import struct

MARK, STOP, POP, POP_MARK, DUP, NONE = b"(", b".", b"0", b"1", b"2", b"N"
REDUCE, APPEND, APPENDS, BUILD, SETITEM, SETITEMS, OBJ = b"R", b"a", b"e", b"b", b"s", b"u", b"o"
EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, EMPTY_SET = b"}", b"]", b")", b"\x8f"
TUPLE, TUPLE1, TUPLE2, TUPLE3, LIST, DICT = b"t", b"\x85", b"\x86", b"\x87", b"l", b"d"
NEWOBJ, NEWOBJ_EX, STACK_GLOBAL, MEMOIZE, BINPERSID = b"\x81", b"\x92", b"\x93", b"\x94", b"Q"
ADDITEMS, FROZENSET = b"\x90", b"\x91"


def proto(number: int) -> bytes:
    return b"\x80" + bytes([number])


def frame(length: int) -> bytes:
    return b"\x95" + struct.pack("<Q", length)


def name(module: str, attribute: str) -> bytes:
    """GLOBAL: the text spelling of a reference."""
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def inst(module: str, attribute: str) -> bytes:
    return b"i" + module.encode() + b"\n" + attribute.encode() + b"\n"


def text(value: str) -> bytes:
    """A string, in the shortest binary spelling."""
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw if len(raw) < 256 else b"X" + struct.pack("<I", len(raw)) + raw


def text8(value: str) -> bytes:
    return b"\x8d" + struct.pack("<Q", len(value.encode())) + value.encode()


def old_text(value: str) -> bytes:
    """BINSTRING, the string of Python 2."""
    return b"T" + struct.pack("<i", len(value)) + value.encode()


def data(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def small(number: int) -> bytes:
    return b"K" + bytes([number])


def integer(number: int) -> bytes:
    raw = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def binput(index: int) -> bytes:
    return b"q" + bytes([index])


def binget(index: int) -> bytes:
    return b"h" + bytes([index])


def long_binput(index: int) -> bytes:
    return b"r" + struct.pack("<I", index)


def stack_name(module: str, attribute: str) -> bytes:
    """STACK_GLOBAL: the reference of protocol 4."""
    return text(module) + text(attribute) + STACK_GLOBAL


def call(function: bytes, *arguments: bytes) -> bytes:
    """REDUCE of ``function`` with a tuple of ``arguments``."""
    return function + MARK + b"".join(arguments) + TUPLE + REDUCE


def pickle(*parts: bytes, protocol: int | None = 4) -> bytes:
    return (b"" if protocol is None else proto(protocol)) + b"".join(parts) + STOP
