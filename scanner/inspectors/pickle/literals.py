"""The opcodes that push plain data, and the operands written as text lines."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable
from typing import Final

from scanner.inspectors.pickle.machine import Broken, Machine
from scanner.inspectors.pickle.symbols import LONGEST_NAME, OPAQUE, Opaque, Ref, Value

LONGEST_KEPT: Final = 4096
"""Strings and buffers from this size on are not kept; no name and no codec is that long."""

MOST_DIGITS: Final = 4300
"""Digits from which ``int(text)`` takes quadratic time (CPython's own limit)."""

LARGEST_INTEGER: Final = 1 << 16
"""Bytes of the largest binary integer that is not suspicious."""


def line_end(machine: Machine, position: int) -> int:
    """The offset behind the newline that ends the line at ``position``."""
    newline = machine.data.find(b"\n", position)
    if newline < 0:
        raise Broken("truncated")
    return newline + 1


def _line(machine: Machine, position: int, longest: int = LONGEST_KEPT) -> tuple[bytes | None, int]:
    """The line without its newline, None when longer than ``longest``; and the offset behind it."""
    end = line_end(machine, position)
    return (machine.data[position : end - 1] if end - position <= longest else None), end


def decimal(machine: Machine, position: int) -> tuple[int, int]:
    """A decimal number on its own line, as PUT and GET carry it."""
    text, end = _line(machine, position, 64)
    if text is None:
        raise Broken("bad-operand", "memo index")
    return int(text), end


def two_lines(machine: Machine, position: int) -> tuple[Ref, int]:
    """The reference named by the two lines of GLOBAL and INST."""
    module, middle = _line(machine, position, LONGEST_NAME)
    name, end = _line(machine, middle, LONGEST_NAME)
    if module is None or name is None:
        machine.judge.reason("oversized-name", f"{end - position} bytes", position - 1)
        raise Broken("bad-operand", "name")
    return machine.judge.reference(module.decode(), name.decode(), position - 1), end


def _constant(value: Value) -> Callable[[Machine, int], int]:
    def handler(machine: Machine, position: int) -> int:
        machine.stack.append(value)
        return position

    return handler


def _fixed(width: int, signed: bool) -> Callable[[Machine, int], int]:
    def handler(machine: Machine, position: int) -> int:
        machine.stack.append(int.from_bytes(machine.slice(position, width), "little", signed=signed))
        return position + width

    return handler


def _binint1(machine: Machine, position: int) -> int:
    machine.stack.append(machine.data[position])
    return position + 1


def _binfloat(machine: Machine, position: int) -> int:
    machine.stack.append(struct.unpack(">d", machine.slice(position, 8))[0])
    return position + 8


def _integer_line(machine: Machine, position: int) -> int:
    text, end = _line(machine, position, MOST_DIGITS + 2)
    if text is None:
        raise Broken("huge-integer", f"{end - position} digits")
    machine.stack.append(int(text.removesuffix(b"L") or b"0"))
    return end


def _float_line(machine: Machine, position: int) -> int:
    text, end = _line(machine, position)
    machine.stack.append(OPAQUE if text is None else float(text))
    return end


def _string_line(machine: Machine, position: int) -> int:
    text, end = _line(machine, position)
    if text is None:
        machine.stack.append(Opaque(position, end))
        return end
    text = text.strip()
    if len(text) < 2 or text[0] != text[-1] or text[:1] not in (b"'", b'"'):
        raise Broken("bad-operand", "string without quotes")
    machine.stack.append(codecs.escape_decode(text[1:-1])[0].decode("latin-1"))
    return end


def _unicode_line(machine: Machine, position: int) -> int:
    text, end = _line(machine, position)
    machine.stack.append(Opaque(position, end) if text is None else text.decode("raw-unicode-escape"))
    return end


def _sized(width: int, decode: Callable[[bytes], Value]) -> Callable[[Machine, int], int]:
    def handler(machine: Machine, position: int) -> int:
        start = position + width
        size = machine.data[position] if width == 1 else int.from_bytes(machine.slice(position, width), "little")
        end = start + size
        if end > machine.size:
            machine.require(start, size)
        machine.stack.append(decode(machine.data[start:end]) if size < LONGEST_KEPT else Opaque(start, end))
        return end

    return handler


def _short_text(machine: Machine, position: int) -> int:
    """SHORT_BINUNICODE, by far the most frequent opcode with an operand."""
    end = position + 1 + machine.data[position]
    if end > machine.size:
        raise Broken("truncated")
    machine.stack.append(machine.data[position + 1 : end].decode("utf-8", "surrogatepass"))
    return end


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def _latin(raw: bytes) -> str:
    return raw.decode("latin-1")


def _integer(raw: bytes) -> int:
    return int.from_bytes(raw, "little", signed=True)


def _long4(machine: Machine, position: int) -> int:
    size = int.from_bytes(machine.slice(position, 4), "little", signed=True)
    if size < 0:
        raise Broken("bad-operand", "negative length")
    if size > LARGEST_INTEGER:
        raise Broken("huge-integer", f"{size} bytes")
    machine.stack.append(_integer(machine.slice(position + 4, size)))
    return position + 4 + size


HANDLERS: Final[dict[str, Callable[[Machine, int], int]]] = {
    "NONE": _constant(None), "NEWTRUE": _constant(True), "NEWFALSE": _constant(False),
    "BININT": _fixed(4, signed=True), "BININT1": _binint1, "BININT2": _fixed(2, signed=False), "BINFLOAT": _binfloat,
    "INT": _integer_line, "LONG": _integer_line, "FLOAT": _float_line,
    "STRING": _string_line, "UNICODE": _unicode_line, "LONG1": _sized(1, _integer), "LONG4": _long4,
    "SHORT_BINSTRING": _sized(1, _latin), "BINSTRING": _sized(4, _latin),
    "SHORT_BINUNICODE": _short_text, "BINUNICODE": _sized(4, _text), "BINUNICODE8": _sized(8, _text),
    "SHORT_BINBYTES": _sized(1, bytes), "BINBYTES": _sized(4, bytes), "BINBYTES8": _sized(8, bytes),
    "BYTEARRAY8": _sized(8, bytes),
}  # fmt: skip
