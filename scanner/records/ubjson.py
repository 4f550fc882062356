"""UBJSON (https://ubjson.org, draft 12) with bounded nesting and number of values; arrays of one number type stay compact."""

from __future__ import annotations

import struct
import sys
from array import array
from typing import Final, TypeAlias

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | array[int] | array[float] | None"

DEPTH: Final = 64
VALUES: Final = 5_000_000
INTEGERS: Final = {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q"}
NUMBERS: Final = {**INTEGERS, "d": "f", "D": "d"}
"""Markers of numbers with the codes of :mod:`struct`; all are big-endian."""
LITERALS: Final = {"Z": None, "T": True, "F": False}


def loads(data: memoryview) -> Value:
    """The one value that fills ``data``. Raises NotExaminable(unreadable) for anything else, over_limit beyond the limits."""
    reader = _Reader(data)
    value = reader.value(reader.marker(), 0)
    if reader.position != len(data):
        raise NotExaminable(UNREADABLE, "broken UBJSON: bytes behind the value")
    return value


class _Reader:
    def __init__(self, data: memoryview) -> None:
        self.data, self.position, self._values = data, 0, 0

    def take(self, size: int) -> memoryview:
        if size < 0 or size > len(self.data) - self.position:
            raise NotExaminable(UNREADABLE, "broken UBJSON: a length beyond the end")
        self.position += size
        return self.data[self.position - size : self.position]

    def marker(self) -> str:
        """The next marker; no-ops between values are skipped."""
        while (found := chr(self.take(1)[0])) == "N":
            pass
        return found

    def value(self, marker: str, depth: int) -> Value:
        self._values += 1
        if self._values > VALUES or depth > DEPTH:
            raise NotExaminable(OVER_LIMIT, "UBJSON with too many or too deeply nested values")
        if marker in NUMBERS:
            return self._number(marker)
        if marker in LITERALS:
            return LITERALS[marker]
        if marker == "C":
            return chr(self.take(1)[0])
        if marker in "SH":
            return self._text()
        if marker == "[":
            return self._array(depth)
        if marker == "{":
            return self._object(depth)
        raise NotExaminable(UNREADABLE, "broken UBJSON: unknown marker")

    def _number(self, marker: str) -> int | float:
        code = ">" + NUMBERS[marker]
        number: int | float = struct.unpack(code, self.take(struct.calcsize(code)))[0]
        return number

    def _length(self, marker: str) -> int:
        if marker not in INTEGERS:
            raise NotExaminable(UNREADABLE, "broken UBJSON: a length that is no number")
        length = int(self._number(marker))
        if not 0 <= length <= len(self.data):
            raise NotExaminable(UNREADABLE, "broken UBJSON: a length beyond the end")
        return length

    def _text(self) -> str:
        return bytes(self.take(self._length(self.marker()))).decode("utf-8", "replace")

    def _container(self) -> tuple[str, str, int | None]:
        """Type and number of the members that the beginning of a container announces, and the marker that follows."""
        kind, count, marker = "", None, self.marker()
        if marker == "$":
            kind, marker = self.marker(), self.marker()
            if marker != "#":
                raise NotExaminable(UNREADABLE, "broken UBJSON: a type without a number of members")
        if marker == "#":
            count, marker = self._length(self.marker()), ""
        return kind, marker, count

    def _array(self, depth: int) -> Value:
        kind, marker, count = self._container()
        if kind in NUMBERS and count is not None:
            numbers: array[int] | array[float] = array(NUMBERS[kind])
            numbers.frombytes(self.take(count * numbers.itemsize))
            if sys.byteorder == "little":
                numbers.byteswap()
            return numbers
        if count is not None:
            return [self.value(kind or self.marker(), depth + 1) for _ in range(count)]
        found: list[Value] = []
        while marker != "]":
            found.append(self.value(marker, depth + 1))
            marker = self.marker()
        return found

    def _object(self, depth: int) -> dict[str, Value]:
        kind, marker, count = self._container()
        found: dict[str, Value] = {}
        while marker != "}" if count is None else count > 0:
            length = self._length(marker or self.marker())
            key = bytes(self.take(length)).decode("utf-8", "replace")
            if key in found:
                raise NotExaminable(UNREADABLE, "UBJSON that repeats a key")
            found[key] = self.value(kind or self.marker(), depth + 1)
            if count is None:
                marker = self.marker()
            else:
                count, marker = count - 1, ""
        return found
