"""The objects of an HDF5 file in its classic layout (superblock 0 or 1), as h5py and Keras write it by default.

Format: HDF5 File Format Specification 3.0, sections II.A (superblock), III (groups, heaps) and IV (object headers).
The newer layout (version 2 object headers, fractal heaps) is refused as unsupported.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
BLOCKS: Final = 2_000_000
"""Header blocks, tree and symbol blocks that are read."""
CONTINUATIONS: Final = 4096
"""Pieces of one object header."""
ATTRIBUTE_LIMIT: Final = 64 << 20
UNDEFINED: Final = 0xFFFFFFFFFFFFFFFF
FIXED_TEXT, OPAQUE, INTEGER, VARIABLE = 3, 5, 0, 9
LINK, EXTERNAL_FILES, LAYOUT, ATTRIBUTE, CONTINUATION, SYMBOLS = 0x06, 0x07, 0x08, 0x0C, 0x10, 0x11
LINK_INFO, ATTRIBUTE_INFO = 0x02, 0x15
SHARED: Final = 0x02
VIRTUAL: Final = 3


@dataclass(slots=True)
class Contents:
    """Attributes with text or raw bytes, and whether anything refers to other files."""

    attributes: list[tuple[str, bytes]] = field(default_factory=list)
    elsewhere: bool = False
    objects: int = 0


def read_contents(stream: BinaryIO, size: int) -> Contents:
    """Walk every object of the file. Raises NotExaminable."""
    return _Reader(stream, size).run()


class _Reader:
    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size = stream, size
        self.base = 0
        self.blocks = BLOCKS
        self.bytes = ATTRIBUTE_LIMIT
        self.found = Contents()

    def run(self) -> Contents:
        root = self.superblock()
        seen = {root}
        todo = [root]
        while todo:
            for child in self.object(todo.pop()):
                if child not in seen:
                    seen.add(child)
                    todo.append(child)
        return self.found

    def take(self, address: int, count: int, signature: bytes = b"") -> bytes:
        """``count`` bytes at an address of the file, which begin with ``signature``."""
        self.blocks -= 1
        if self.blocks < 0:
            raise NotExaminable(OVER_LIMIT, "HDF5 file with too many objects")
        if address + self.base + count > self.size:
            raise NotExaminable(UNREADABLE, "broken HDF5: an address beyond the end")
        self.stream.seek(address + self.base)
        data = self.stream.read(count)
        if not data.startswith(signature) or len(data) != count:
            raise NotExaminable(UNREADABLE, "broken HDF5: a block is not where it should be")
        return data

    def superblock(self) -> int:
        head = self.take(0, 24, SIGNATURE)
        version, offsets, lengths = head[8], head[13], head[14]
        if version > 1 or (offsets, lengths) != (8, 8):
            raise NotExaminable(UNSUPPORTED, "HDF5 file of the newer layout")
        start = 24 if version == 0 else 28
        base, _, _, _, _, root = struct.unpack("<6Q", self.take(start, 48))
        self.base = base
        return int(root)

    def object(self, address: int) -> list[int]:
        """Read one object header; the addresses of what a group links to."""
        self.found.objects += 1
        head = self.take(address, 16)
        if head[0] != 1:
            raise NotExaminable(UNSUPPORTED, "HDF5 file of the newer layout")
        children: list[int] = []
        blocks = [(address + 16, int.from_bytes(head[8:12], "little"))]
        for start, length in blocks:
            for kind, flags, body in self.messages(self.take(start, length)):
                if kind == CONTINUATION:
                    if len(blocks) > CONTINUATIONS:
                        raise NotExaminable(OVER_LIMIT, "HDF5 object header in too many pieces")
                    blocks.append(struct.unpack_from("<QQ", body))
                elif kind == SYMBOLS:
                    children += self.group(*struct.unpack_from("<QQ", body))
                else:
                    self.message(kind, flags, body)
        return children

    def messages(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        position = 0
        while position + 8 <= len(data):
            kind, length, flags = struct.unpack_from("<HHB", data, position)
            body = data[position + 8 : position + 8 + length]
            if len(body) != length or (kind in (CONTINUATION, SYMBOLS) and length < 16):
                raise NotExaminable(UNREADABLE, "broken HDF5: a message beyond its block")
            yield kind, flags, body
            position += 8 + length

    def message(self, kind: int, flags: int, body: bytes) -> None:
        if kind in (LINK, LINK_INFO, ATTRIBUTE_INFO) or (kind == ATTRIBUTE and flags & SHARED):
            raise NotExaminable(UNSUPPORTED, "HDF5 file of the newer layout")
        if kind == EXTERNAL_FILES or (kind == LAYOUT and body[:1] >= b"\x04" and body[1:2] == bytes([VIRTUAL])):
            self.found.elsewhere = True
        elif kind == ATTRIBUTE:
            self.attribute(body)

    def group(self, tree: int, _heap: int) -> list[int]:
        """Addresses of the objects in a group: the leaves of its tree are blocks of symbols."""
        children: list[int] = []
        todo = [(tree, 64)]
        while todo:
            address, highest = todo.pop()
            _, level, count = struct.unpack("<4xBBH", self.take(address, 8, b"TREE"))
            if level >= highest:
                raise NotExaminable(UNREADABLE, "broken HDF5: a tree that does not descend")
            keys = self.take(address + 24, count * 16)
            for position in range(8, count * 16, 16):
                (child,) = struct.unpack_from("<Q", keys, position)
                if level:
                    todo.append((child, level))
                else:
                    children += self.symbols(child)
        return children

    def symbols(self, address: int) -> list[int]:
        (count,) = struct.unpack("<6xH", self.take(address, 8, b"SNOD"))
        entries = self.take(address + 8, count * 40)
        found = [struct.unpack_from("<8xQ", entries, position)[0] for position in range(0, count * 40, 40)]
        return [one for one in found if one != UNDEFINED]

    def attribute(self, body: bytes) -> None:
        """Keep the value of one attribute (section IV.A.2.m) when it is text, opaque or an array of bytes."""
        if len(body) < 9 or body[0] not in (1, 2, 3):
            raise NotExaminable(UNREADABLE, "broken HDF5: unknown version of an attribute")
        version, flags, *sizes = struct.unpack_from("<BBHHH", body)
        pad = 8 if version == 1 else 1
        position = 9 if version == 3 else 8
        parts: list[bytes] = []
        for length in sizes:
            parts.append(body[position : position + length])
            position += -(-length // pad) * pad
        name, kind, space = parts
        if (version > 1 and flags & 3) or len(kind) < 8 or len(space) < 2:
            raise NotExaminable(UNSUPPORTED, "HDF5 attribute with a shared type")
        width = int.from_bytes(kind[4:8], "little")
        count = _elements(space)
        shown = name.rstrip(b"\0").decode("utf-8", "replace")[:80]
        data = body[position : position + min(count * width, len(body))]
        if kind[0] & 15 == VARIABLE:
            for start in range(0, len(data) - 15, 16):
                length, heap, index = struct.unpack_from("<IQI", data, start)
                if length and heap not in (0, UNDEFINED):
                    self.keep(shown, self.heap_object(heap, index))
        elif kind[0] & 15 in (FIXED_TEXT, OPAQUE) or width == 1:
            self.keep(shown, data)

    def keep(self, name: str, value: bytes) -> None:
        self.bytes -= len(value)
        if self.bytes < 0:
            raise NotExaminable(OVER_LIMIT, "HDF5 file with too large attributes")
        self.found.attributes.append((name, value.rstrip(b"\0")))

    def heap_object(self, address: int, index: int) -> bytes:
        """One object of a global heap collection (section III.E)."""
        (total,) = struct.unpack("<8xQ", self.take(address, 16, b"GCOL"))
        position, stop = address + 16, address + total
        while position + 16 <= stop:
            number, length = struct.unpack("<H6xQ", self.take(position, 16))
            if number == index:
                if length > self.bytes:
                    raise NotExaminable(OVER_LIMIT, "HDF5 file with too large attributes")
                return self.take(position + 16, length)
            if number == 0:
                break
            position += 16 + -(-length // 8) * 8
        raise NotExaminable(UNREADABLE, "broken HDF5: a value is not in its heap")


def _elements(space: bytes) -> int:
    """How many elements a dataspace message describes."""
    rank, start = space[1], 8 if space[0] == 1 else 4
    dimensions = space[start : start + 8 * rank]
    if len(dimensions) != 8 * rank:
        raise NotExaminable(UNREADABLE, "broken HDF5: a dataspace cut short")
    return math.prod(struct.unpack(f"<{rank}Q", dimensions))
