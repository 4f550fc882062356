"""The objects of an HDF5 file, in its classic layout (as h5py and Keras write it by default) and in the newer one.

Format: HDF5 File Format Specification 3.0, sections II.A (superblock), III (groups, heaps) and IV (object headers).
Messages that are shared through a table of the whole file are refused as unsupported.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors.hdf5_dense import read_heap, records

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
BLOCKS: Final = 2_000_000
"""Header blocks, tree and symbol blocks that are read."""
CONTINUATIONS: Final = 4096
"""Pieces of one object header."""
READ_LIMIT: Final = 1 << 30
"""Bytes of headers, trees and attributes that are read, whatever is read twice counted twice."""
ATTRIBUTE_LIMIT: Final = 64 << 20
UNDEFINED: Final = 0xFFFFFFFFFFFFFFFF
FIXED_TEXT, OPAQUE, INTEGER, VARIABLE = 3, 5, 0, 9
LINK, EXTERNAL_FILES, LAYOUT, ATTRIBUTE, CONTINUATION, SYMBOLS = 0x06, 0x07, 0x08, 0x0C, 0x10, 0x11
LINK_INFO, ATTRIBUTE_INFO = 0x02, 0x15
SHARED: Final = 0x02
VIRTUAL: Final = 3
HARD, EXTERNAL_LINK = 0, 64
DATATYPE: Final = 0x03
COMPACT, CONTIGUOUS = 0, 1
OPENINGS: Final = 10_000
OPENING: Final = 4096


@dataclass(slots=True)
class Contents:
    """Attributes with text or raw bytes, and whether anything refers to other files.

    ``openings`` are the arrays of single bytes: place in the file, first bytes, size.
    """

    attributes: list[tuple[str, bytes]] = field(default_factory=list)
    openings: list[tuple[int, bytes, int]] = field(default_factory=list)
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
        self.left = READ_LIMIT
        self.bytes = ATTRIBUTE_LIMIT
        self.found = Contents()
        self.single = False
        """Whether the array whose header is being read is one of single bytes."""

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
        self.left -= count
        if self.blocks < 0 or (self.left < 0 and count <= self.size):
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
        if version in (2, 3) and head[9:11] == b"\x08\x08":
            self.base, root = struct.unpack("<Q16xQ", self.take(12, 32))
            return int(root)
        if version > 1 or (offsets, lengths) != (8, 8):
            raise NotExaminable(UNSUPPORTED, "HDF5 file with short addresses or of an unknown version")
        start = 24 if version == 0 else 28
        base, _, _, _, _, root = struct.unpack("<6Q", self.take(start, 48))
        self.base = base
        return int(root)

    def object(self, address: int) -> list[int]:
        """Read one object header; the addresses of what a group links to."""
        self.found.objects += 1
        self.single = False
        head = self.take(address, 6)
        if head.startswith(b"OHDR"):
            return self.newer_object(address, head[5])
        if head[0] != 1:
            raise NotExaminable(UNREADABLE, "broken HDF5: no object header where one should be")
        children: list[int] = []
        blocks = [(address + 16, int.from_bytes(self.take(address + 8, 4), "little"))]
        for start, length in blocks:
            for kind, flags, body in self.messages(self.take(start, length)):
                if kind == CONTINUATION:
                    self.follow(blocks, body)
                else:
                    children += self.message(kind, flags, body)
        return children

    def newer_object(self, address: int, flags: int) -> list[int]:
        """The same for an object header of version 2 (section IV.A.1.b)."""
        start = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        children: list[int] = []
        blocks = [(start + width, int.from_bytes(self.take(start, width), "little"))]
        for place, (start, length) in enumerate(blocks):
            data = self.take(start, length, b"OCHK" if place else b"")
            for kind, own, body in self.newer_messages(data[4:-4] if place else data, 2 if flags & 4 else 0):
                if kind == CONTINUATION:
                    self.follow(blocks, body)
                else:
                    children += self.message(kind, own, body)
        return children

    @staticmethod
    def follow(blocks: list[tuple[int, int]], body: bytes) -> None:
        if len(blocks) > CONTINUATIONS:
            raise NotExaminable(OVER_LIMIT, "HDF5 object header in too many pieces")
        blocks.append(struct.unpack_from("<QQ", body))

    def newer_messages(self, data: bytes, order: int) -> Iterator[tuple[int, int, bytes]]:
        position = 0
        while position + 4 + order <= len(data):
            kind, length, flags = struct.unpack_from("<BHB", data, position)
            position += 4 + order
            body = data[position : position + length]
            if len(body) != length or (kind in (CONTINUATION, SYMBOLS) and length < 16):
                raise NotExaminable(UNREADABLE, "broken HDF5: a message beyond its block")
            yield kind, flags, body
            position += length

    def messages(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        position = 0
        while position + 8 <= len(data):
            kind, length, flags = struct.unpack_from("<HHB", data, position)
            body = data[position + 8 : position + 8 + length]
            if len(body) != length or (kind in (CONTINUATION, SYMBOLS) and length < 16):
                raise NotExaminable(UNREADABLE, "broken HDF5: a message beyond its block")
            yield kind, flags, body
            position += 8 + length

    def message(self, kind: int, flags: int, body: bytes) -> list[int]:
        """Read one message; the addresses of what it links to."""
        if kind == ATTRIBUTE and flags & SHARED:
            raise NotExaminable(UNSUPPORTED, "HDF5 attribute that is shared")
        if kind == SYMBOLS:
            return self.group(*struct.unpack_from("<QQ", body))
        if kind == LINK:
            return self.link(body)
        if kind == LINK_INFO:
            # A record of the name index is a hash of 4 bytes and an identifier of the heap.
            dense = self.dense(body, 8, lambda record: record[4:])
            return [child for link in dense for child in self.link(link)]
        if kind == ATTRIBUTE_INFO:
            # A record of the name index is an identifier of 8 bytes, flags, an order and a hash.
            for attribute in self.dense(body, 2, lambda record: record[:8]):
                self.attribute(attribute)
        elif kind == EXTERNAL_FILES or (kind == LAYOUT and body[:1] >= b"\x04" and body[1:2] == bytes([VIRTUAL])):
            self.found.elsewhere = True
        elif kind == ATTRIBUTE:
            self.attribute(body)
        elif kind == DATATYPE and len(body) >= 8:
            single = body[0] & 15 in (INTEGER, FIXED_TEXT, OPAQUE)
            self.single = single and (body[4:8] == b"\1\0\0\0" or body[0] & 15 == OPAQUE)
        elif kind == LAYOUT and self.single and body[:1] >= b"\x03":
            self.array(body)
        return []

    def array(self, body: bytes) -> None:
        """Keep the first bytes of an array (section IV.A.2.i, versions 3 and 4) that is stored in one piece."""
        if len(self.found.openings) >= OPENINGS:
            return
        if body[1] == COMPACT and len(body) >= 4:
            size = int.from_bytes(body[2:4], "little")
            self.found.openings.append((0, body[4 : 4 + min(size, OPENING)], size))
        elif body[1] == CONTIGUOUS and len(body) >= 18:
            address, size = struct.unpack_from("<QQ", body, 2)
            if address != UNDEFINED and size:
                self.found.openings.append((address + self.base, self.take(address, min(size, OPENING)), size))

    def dense(self, body: bytes, order: int, identifier: Callable[[bytes], bytes]) -> Iterator[bytes]:
        """Links or attributes in a heap of their own; ``order`` bytes count them where their order is kept."""
        start = 2 + (order if body[1:2] and body[1] & 1 else 0)
        if len(body) < start + 16:
            raise NotExaminable(UNREADABLE, "broken HDF5: a message cut short")
        heap_address, tree = struct.unpack_from("<QQ", body, start)
        if heap_address == UNDEFINED:
            return
        heap = read_heap(self.take, heap_address)
        for record in records(self.take, tree):
            yield heap.object(identifier(record))

    def link(self, body: bytes) -> list[int]:
        """The address that a hard link points at (section IV.A.2.g); a soft link names another link of this file."""
        flags = body[1] if len(body) > 1 and body[0] == 1 else -1
        if flags < 0:
            raise NotExaminable(UNREADABLE, "broken HDF5: unknown version of a link")
        kind = body[2] if flags & 8 and len(body) > 2 else HARD
        position = 2 + bool(flags & 8) + 8 * bool(flags & 4) + bool(flags & 16)
        width = 1 << (flags & 3)
        position += width + int.from_bytes(body[position : position + width], "little")
        if kind == EXTERNAL_LINK:
            self.found.elsewhere = True
        if kind != HARD:
            return []
        if len(body) < position + 8:
            raise NotExaminable(UNREADABLE, "broken HDF5: a link cut short")
        return [int(struct.unpack_from("<Q", body, position)[0])]

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
