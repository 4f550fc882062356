"""The syntax tree of a checked CEL expression, read from its serialised form (cel.expr.CheckedExpr, protobuf wire format).

Only what lint and explain need: operators, the fields that are read, constants and positions.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.model import Json

_Wire = tuple[int, int | bytes]


@dataclass(frozen=True, slots=True)
class Expression:
    """One part of an expression.

    ``kind``: const, ident, select, call, list, comprehension or other. ``name``: the identifier, field, function or loop
    variable. ``tested``: a ``has()``. A comprehension's first part is the list it goes over.
    """

    id: int
    kind: str
    name: str = ""
    value: Json = None
    tested: bool = False
    parts: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A field path that an expression reads: ``("artifact", "as_of", "time")``; ``tested`` inside ``has()``."""

    path: tuple[str, ...]
    tested: bool = False

    def __str__(self) -> str:
        return ".".join(self.path)


def _fields(data: bytes) -> Iterator[_Wire]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        length = {1: 8, 5: 4}.get(wire)
        if length is None:
            length, at = _varint(data, at)
        yield number, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _bytes(data: bytes, number: int) -> list[bytes]:
    return [value for found, value in _fields(data) if found == number and isinstance(value, bytes)]


def _text(data: bytes, number: int) -> str:
    return next((value.decode() for value in _bytes(data, number)), "")


def parse(serialised: bytes) -> tuple[Expression, dict[int, int]]:
    """The tree of a serialised checked expression, and the text offset (code points) of every part by its id."""
    checked = _bytes(serialised, 2)[0]
    positions = {}
    for entry in _bytes(_bytes(checked, 5)[0], 4):
        pair = dict(_fields(entry))
        positions[int(pair.get(1, 0))] = int(pair.get(2, 0))
    return _expression(_bytes(checked, 4)[0]), positions


def _expression(data: bytes) -> Expression:
    id = 0
    body: tuple[int, bytes] = (0, b"")
    for number, value in _fields(data):
        if number == 2 and isinstance(value, int):
            id = value
        elif isinstance(value, bytes):
            body = number, value
    number, inner = body
    if number == 3:
        return Expression(id, "const", value=_constant(inner))
    if number == 4:
        return Expression(id, "ident", _text(inner, 1))
    if number == 5:
        tested = any(found == 3 and value for found, value in _fields(inner))
        return Expression(id, "select", _text(inner, 2), None, tested, _parts(inner, 1))
    if number == 6:
        return Expression(id, "call", _text(inner, 2), parts=_parts(inner, 1, 3))
    if number == 7:
        return Expression(id, "list", parts=_parts(inner, 1))
    if number == 9:
        return Expression(id, "comprehension", _text(inner, 1), parts=_parts(inner, 2, 4, 5, 6, 7))
    return Expression(id, "other")


def _parts(data: bytes, *numbers: int) -> tuple[Expression, ...]:
    return tuple(_expression(part) for number in numbers for part in _bytes(data, number))


def _constant(data: bytes) -> Json:
    for number, value in _fields(data):
        if isinstance(value, int):
            if number == 2:
                return bool(value)
            if number == 3 and value >= 1 << 63:
                return value - (1 << 64)
            return None if number == 1 else value
        if number == 5:
            return float(struct.unpack("<d", value)[0])
        return value.decode("utf-8", "replace")
    return None


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all its parts."""
    yield expression
    for part in expression.parts:
        yield from walk(part)


def chain(expression: Expression) -> tuple[str, ...] | None:
    """``artifact.as_of.time`` as its words, for a chain of fields that starts at an identifier; else None."""
    names: list[str] = []
    while expression.kind == "select":
        names.append(expression.name)
        expression = expression.parts[0]
    return (expression.name, *reversed(names)) if expression.kind == "ident" else None


def reads(expression: Expression) -> list[Read]:
    """The longest field paths that the expression reads, in order of the text, each once."""
    found: dict[Read, None] = {}
    _collect(expression, found)
    return list(found)


def _collect(expression: Expression, found: dict[Read, None]) -> None:
    if expression.kind in ("select", "ident"):
        path = chain(expression)
        if path is not None:
            if path[0].startswith("@"):
                return
            if expression.tested and len(path) > 2:
                found[Read(path[:-1])] = None
            found[Read(path, expression.tested)] = None
            return
    for part in expression.parts:
        _collect(part, found)


def conjuncts(text: str, expression: Expression, positions: dict[int, int]) -> list[str]:
    """The texts between the outermost ``&&`` of an expression; the whole text when there is none."""
    cuts: list[int] = []

    def descend(part: Expression) -> None:
        if part.kind == "call" and part.name == "_&&_":
            cuts.append(positions[part.id])
            for inner in part.parts:
                descend(inner)

    descend(expression)
    starts = [0, *(cut + 2 for cut in sorted(cuts))]
    pieces = [text[start:end].strip() for start, end in zip(starts, [*sorted(cuts), len(text)], strict=True)]
    return pieces if all(piece.count("(") == piece.count(")") for piece in pieces) else [text]
