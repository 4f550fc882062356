"""A writer of FlatBuffers: tables, vectors of tables, texts and bytes, parents before their children."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """Field number to a scalar (its bytes) or a child."""

    fields: dict[int, bytes | Table | list[Table] | str | bytearray] = field(default_factory=dict)


def flatbuffer(root: Table, identifier: bytes) -> bytes:
    """The buffer of ``root``; a ``bytearray`` is a vector of bytes, a ``str`` a string."""
    out = bytearray(4) + identifier
    _patch(out, 0, _table(out, root))
    return bytes(out)


def _patch(out: bytearray, slot: int, target: int) -> None:
    struct.pack_into("<I", out, slot, target - slot)


def _align(out: bytearray) -> None:
    out += bytes(-len(out) % 4)


def _child(out: bytearray, value: Table | list[Table] | str | bytearray) -> int:
    if isinstance(value, Table):
        return _table(out, value)
    _align(out)
    at = len(out)
    if isinstance(value, list):
        out += struct.pack("<I", len(value)) + bytes(4 * len(value))
        for position, one in enumerate(value):
            _patch(out, at + 4 + 4 * position, _table(out, one))
    else:
        raw = value.encode() if isinstance(value, str) else bytes(value)
        out += struct.pack("<I", len(raw)) + raw + b"\0" * isinstance(value, str)
    return at


def _table(out: bytearray, table: Table) -> int:
    body = bytearray(4)
    offsets = [0] * (max(table.fields, default=-1) + 1)
    children = []
    for number, value in sorted(table.fields.items()):
        body += bytes(-len(body) % 4)
        offsets[number] = len(body)
        if isinstance(value, bytes):
            body += value
        else:
            children.append((len(body), value))
            body += bytes(4)
    body += bytes(-len(body) % 4)
    _align(out)
    vtable = struct.pack(f"<HH{len(offsets)}H", 4 + 2 * len(offsets), len(body), *offsets)
    start = len(out)
    out += vtable
    _align(out)
    at = len(out)
    struct.pack_into("<i", body, 0, at - start)
    out += body
    for slot, value in children:
        _patch(out, at + slot, _child(out, value))
    return at
