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


def opening(head: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Number, wire type, begin and end of the fields that begin in ``head``, the first bytes of a message.

    For sniffing: nothing is raised, the last field may end beyond ``head``, and the walk ends where it cannot go on.
    """
    data, position = memoryview(head), 0
    while position < len(head):
        try:
            tag, begin = _varint(data, position)
            value, end = _varint(data, begin) if tag & 7 in (VARINT, BYTES) else (0, begin)
        except NotExaminable:
            return
        if tag & 7 == BYTES:
            begin, end = end, end + value
        elif tag & 7 in (FIXED64, FIXED32):
            end += 8 if tag & 7 == FIXED64 else 4
        yield tag >> 3, tag & 7, begin, end
        if end == begin and tag & 7 != BYTES:
            return
        position = end


def varints(data: memoryview, most: int = FIELDS) -> list[int]:
    """The numbers of a packed field, at most ``most`` of them. Raises NotExaminable(unreadable)."""
    found: list[int] = []
    position = 0
    while position < len(data) and len(found) < most:
        value, position = _varint(data, position)
        found.append(value)
    return found


def text(value: Value) -> str:
    """A string field; bytes that are no UTF-8 are replaced, a number gives an empty string."""
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""


class Message:
    """One small message read whole: its fields by number. A field that is absent or of another type reads as empty.

    Raises NotExaminable(unreadable) where it is broken.
    """

    def __init__(self, data: memoryview) -> None:
        self._fields: dict[int, list[Value]] = {}
        for number, value in fields(data):
            self._fields.setdefault(number, []).append(value)

    def messages(self, number: int) -> list[Message]:
        """Every nested message in the field."""
        return [Message(value) for value in self._fields.get(number, ()) if isinstance(value, memoryview)]

    def message(self, *numbers: int) -> Message:
        """The nested message found by following ``numbers``, the last one where a field is repeated."""
        found = self
        for number in numbers:
            found = (found.messages(number) or [Message(memoryview(b""))])[-1]
        return found

    def texts(self, number: int) -> list[str]:
        """Every string in the field."""
        return [text(value) for value in self._fields.get(number, ()) if isinstance(value, memoryview)]

    def text(self, number: int) -> str:
        """The last string in the field."""
        return next(reversed(self.texts(number)), "")

    def integer(self, number: int) -> int | None:
        """The last unsigned number in the field; None when there is none."""
        return next((value for value in reversed(self._fields.get(number, [])) if isinstance(value, int)), None)
