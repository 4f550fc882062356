"""Dense storage of HDF5: links and attributes that lie in a fractal heap and are listed by a version 2 B-tree.

Format: HDF5 File Format Specification 3.0, sections III.A.2 (version 2 B-trees) and III.G (fractal heap). The sizes of
fields that the specification leaves to a formula are those of ``H5B2hdr.c`` and ``H5HFhdr.c`` of HDF5 1.14.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable

Take = Callable[[int, int, bytes], bytes]
"""Bytes at an address, by their count and how they begin. Raises NotExaminable."""
UNDEFINED: Final = 0xFFFFFFFFFFFFFFFF
DEPTH: Final = 16
OBJECT_LIMIT: Final = 64 << 20
BLOCK_LIMIT: Final = 16 << 20
_PREFIX: Final = 10
"""Bytes of a tree block beside its records: signature, version, type and checksum."""
_MANAGED, _HUGE, _TINY = 0, 1, 2


def records(take: Take, address: int) -> Iterator[bytes]:
    """Every record of a version 2 B-tree. Raises NotExaminable."""
    if address == UNDEFINED:
        return
    head = take(address, 38, b"BTHD")
    size, width, depth, root, count = struct.unpack_from("<IHH2xQH", head, 6)
    if depth > DEPTH or width == 0 or size < _PREFIX + width:
        raise _broken()
    most = (size - _PREFIX) // width
    count_width = _bytes_for(most)
    totals = [0]  # bytes of the number of all records below a child, by its level
    below = most
    for level in range(1, depth + 1):
        pointer = 8 + count_width + totals[level - 1]
        own = (size - _PREFIX - pointer) // (width + pointer)
        below = (own + 1) * below + own
        totals.append(_bytes_for(below))
    todo = [(root, count, depth)]
    while todo:
        block, count, level = todo.pop()
        if block == UNDEFINED:
            continue
        pointer = 8 + count_width + totals[level - 1] if level else 0
        length = count * width + (count + 1) * pointer * bool(level)
        if length > min(size, BLOCK_LIMIT):
            raise _broken()
        data = take(block + 6, length, b"") if take(block, 6, b"BTIN" if level else b"BTLF") else b""
        for place in range(0, count * width, width):
            yield data[place : place + width]
        for place in range(count * width, length, pointer or 1):
            child = int.from_bytes(data[place : place + 8], "little")
            todo.append((child, int.from_bytes(data[place + 8 : place + 8 + count_width], "little"), level - 1))


def _bytes_for(limit: int) -> int:
    """How many bytes hold the numbers up to ``limit``."""
    return (max(limit, 1).bit_length() - 1) // 8 + 1


def _broken() -> NotExaminable:
    return NotExaminable(UNREADABLE, "broken HDF5: dense storage")


@dataclass(frozen=True, slots=True)
class Heap:
    """A fractal heap: a table of blocks, ``width`` in a row, which double in size from row to row."""

    take: Take
    offset_width: int
    length_width: int
    width: int
    start: int
    largest: int
    root: int
    rows: int
    huge: int

    def object(self, identifier: bytes) -> bytes:
        """One object by its identifier. Raises NotExaminable."""
        kind = identifier[0] >> 4 & 3
        if identifier[0] >> 6 or len(identifier) < 2:
            raise _broken()
        if kind == _TINY:
            return identifier[1 : 2 + (identifier[0] & 15)]
        if kind == _HUGE:
            return self._huge(int.from_bytes(identifier[1:], "little"))
        middle = 1 + self.offset_width
        offset = int.from_bytes(identifier[1:middle], "little")
        length = int.from_bytes(identifier[middle : middle + self.length_width], "little")
        if length > OBJECT_LIMIT:
            raise NotExaminable(OVER_LIMIT, "HDF5 file with too large attributes")
        return self.take(self._address(offset), length, b"")

    def _huge(self, number: int) -> bytes:
        for record in records(self.take, self.huge):
            if len(record) == 24 and struct.unpack_from("<16xQ", record)[0] == number:
                address, length = struct.unpack_from("<QQ", record)
                if length > OBJECT_LIMIT:
                    raise NotExaminable(OVER_LIMIT, "HDF5 file with too large attributes")
                return self.take(address, length, b"")
        raise _broken()

    def _address(self, offset: int) -> int:
        """Where the byte at ``offset`` of the heap lies in the file."""
        block, base, rows = self.root, 0, self.rows
        for _ in range(DEPTH):
            if rows == 0:
                return block + offset - base
            self.take(block, 4, b"FHIB")
            row, column, first = self._cell(offset - base)
            if row >= rows or block == UNDEFINED:
                break
            base += first
            size = self.start << max(row - 1, 0)
            place = block + 13 + self.offset_width + 8 * (row * self.width + column)
            block = int.from_bytes(self.take(place, 8, b""), "little")
            rows = 0 if size <= self.largest else (size // (self.start * self.width)).bit_length()
        raise _broken()

    def _cell(self, offset: int) -> tuple[int, int, int]:
        """Row and column of the block that holds a byte, and where that block begins."""
        row = (offset // (self.start * self.width)).bit_length()
        begin = 0 if row == 0 else (self.start * self.width) << (row - 1)
        size = self.start << max(row - 1, 0)
        column = (offset - begin) // size
        return row, column, begin + column * size


def read_heap(take: Take, address: int) -> Heap:
    """The header of a fractal heap. Raises NotExaminable."""
    head = take(address, 142, b"FRHP")
    filters, largest_object, huge = struct.unpack_from("<7xH1xI8xQ", head)
    width, start, largest, bits, root, rows = struct.unpack_from("<HQQH2xQH", head, 110)
    if filters:
        raise NotExaminable(UNSUPPORTED, "HDF5 heap behind filters")
    if not (0 < width <= 1 << 16 and _is_power(start) and _is_power(largest) and _is_power(width) and 0 < bits <= 64):
        raise _broken()
    length_width = min((largest.bit_length() + 6) // 8, _bytes_for(largest_object))
    return Heap(take, (bits + 7) // 8, length_width, width, start, largest, root, rows, huge)


def _is_power(value: int) -> bool:
    return 0 < value < 1 << 48 and value & (value - 1) == 0
