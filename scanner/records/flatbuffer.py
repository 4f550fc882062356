"""A bounded reader of FlatBuffers (https://flatbuffers.dev/internals/): tables, vectors and strings by position.

Nothing in a FlatBuffer is told by itself: which field holds what is known to the caller. Every position is compared with
the end of the buffer before it is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

VISITS: Final = 2_000_000
"""Tables that one reader may open: offsets may point at one table many times."""
CHUNK: Final = 1 << 20
PIECE: Final = 64
"""Bytes that the account of what was read does not divide further."""


class Buffer:
    """The bytes of one FlatBuffer, and which of them were read as part of it."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self._visits = 0
        self._seen = bytearray(-(-len(data) // PIECE))

    def number(self, position: int, width: int, *, signed: bool = False) -> int:
        """A little-endian number of ``width`` bytes."""
        return int.from_bytes(self.take(position, width), "little", signed=signed)

    def take(self, position: int, size: int) -> memoryview:
        """``size`` bytes at ``position``. Raises NotExaminable(unreadable) beyond the end."""
        if position < 0 or size < 0 or position + size > len(self.data):
            raise NotExaminable(UNREADABLE, "broken FlatBuffer: a position beyond the end")
        if size:
            first, last = position // PIECE, (position + size - 1) // PIECE
            self._seen[first : last + 1] = b"\1" * (last + 1 - first)
        return self.data[position : position + size]

    def unread(self) -> Iterator[tuple[int, memoryview]]:
        """Runs of bytes that nothing read so far belongs to, with their places; zeros are padding."""
        for run in re.finditer(rb"\0+", self._seen):
            start = run.start() * PIECE
            part = self.data[start : run.end() * PIECE]
            if any(bytes(part[place : place + CHUNK]).strip(b"\0") for place in range(0, len(part), CHUNK)):
                yield start, part

    def root(self) -> Table:
        """The table that the first four bytes point at."""
        return self.table(self.number(0, 4))

    def table(self, position: int) -> Table:
        """The table at a position. Raises NotExaminable beyond :data:`VISITS`."""
        self._visits += 1
        if self._visits > VISITS:
            raise NotExaminable(OVER_LIMIT, f"more than {VISITS} tables in a FlatBuffer")
        return Table(self, position)


class Table:
    """One table. A field that is absent reads as its default, as an empty text or as an empty list."""

    def __init__(self, buffer: Buffer, position: int) -> None:
        self._buffer, self._position = buffer, position
        self._fields = position - buffer.number(position, 4, signed=True)
        self._size = buffer.number(self._fields, 2)
        if self._size < 4 or self._size % 2:
            raise NotExaminable(UNREADABLE, "broken FlatBuffer: a table without a list of fields")
        buffer.take(self._fields, self._size)
        buffer.take(position, buffer.number(self._fields + 2, 2))

    def number(self, field: int, width: int, default: int = 0, *, signed: bool = False) -> int:
        """A number of ``width`` bytes."""
        place = self._place(field)
        return default if place is None else self._buffer.number(place, width, signed=signed)

    def vector(self, field: int, width: int) -> memoryview:
        """The bytes of a vector whose elements have ``width`` bytes."""
        start, count = self._vector(field)
        return self._buffer.take(start, count * width)

    def place_of(self, field: int) -> int:
        """Where the first element of a vector lies; 0 for one that is absent."""
        return self._vector(field)[0]

    def text(self, field: int) -> str:
        """A string; bytes that are no UTF-8 are replaced."""
        return bytes(self.vector(field, 1)).decode("utf-8", "replace")

    def table(self, field: int) -> Table | None:
        """A nested table."""
        place = self._place(field)
        return None if place is None else self._buffer.table(self._follow(place))

    def tables(self, field: int) -> list[Table]:
        """A vector of tables."""
        return [self._buffer.table(self._follow(place)) for place in self._offsets(field)]

    def texts(self, field: int) -> list[str]:
        """A vector of strings."""
        found: list[str] = []
        for place in self._offsets(field):
            start = self._follow(place)
            length = self._buffer.number(start, 4)
            found.append(bytes(self._buffer.take(start + 4, length)).decode("utf-8", "replace"))
        return found

    def _place(self, field: int) -> int | None:
        slot = 4 + 2 * field
        offset = self._buffer.number(self._fields + slot, 2) if slot + 2 <= self._size else 0
        return self._position + offset if offset else None

    def _follow(self, place: int) -> int:
        return place + self._buffer.number(place, 4)

    def _vector(self, field: int) -> tuple[int, int]:
        place = self._place(field)
        if place is None:
            return 0, 0
        start = self._follow(place)
        return start + 4, self._buffer.number(start, 4)

    def _offsets(self, field: int) -> range:
        start, count = self._vector(field)
        self._buffer.take(start, count * 4)
        return range(start, start + count * 4, 4)
