"""A bounded walk over the protobuf wire format (https://protobuf.dev/programming-guides/encoding/)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import UNREADABLE, NotExaminable

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIELDS: Final = 5_000_000
"""Fields one message may hold."""

Value = int | memoryview


def fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """Pairs (field number, value) of one message, in order; nested messages are views into it.

    Raises NotExaminable(unreadable) for groups, bad tags, long varints and lengths beyond the end.
    """
    position, end = 0, len(data)
    for _ in range(FIELDS):
        if position >= end:
            return
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise NotExaminable(UNREADABLE, "broken protobuf: field number 0")
        if wire == VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == BYTES:
            length, position = _varint(data, position)
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        else:
            raise NotExaminable(UNREADABLE, "broken protobuf: unknown wire type")
        if length > end - position:
            raise NotExaminable(UNREADABLE, "broken protobuf: length beyond the end")
        chunk = data[position : position + length]
        position += length
        yield number, chunk if wire == BYTES else int.from_bytes(chunk, "little")
    raise NotExaminable(UNREADABLE, "broken protobuf: too many fields")


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    result = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
    raise NotExaminable(UNREADABLE, "broken protobuf: bad varint")


def text(value: Value) -> str:
    """A string field; bytes that are no UTF-8 are replaced, a number gives an empty string."""
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""
