"""Objects of Git pack files (gitformat-pack: index version 2, offset and reference deltas), bounded."""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.sources.blob import Blob

OBJECT: Final = 16 << 20
"""The largest object that is read, in bytes."""
TOTAL: Final = 512 << 20
"""Bytes inflated of one repository."""
CHAIN: Final = 4096
CACHED: Final = 64 << 10
TYPES: Final = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA: Final = 6
_REFERENCE_DELTA: Final = 7
_CHUNK: Final = 16 << 10


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object: ``commit``, ``tree``, ``blob`` or ``tag``, and its content."""

    type: str
    data: bytes


@dataclass(slots=True)
class Budget:
    """Bytes that may still be inflated of one repository."""

    left: int = TOTAL

    def spend(self, size: int) -> None:
        """Raises NotExaminable(over_limit) for an object or a sum that is too large."""
        self.left -= size
        if size > OBJECT or self.left < 0:
            raise NotExaminable(OVER_LIMIT, "Git object or sum of objects too large")


def inflate(stream: BinaryIO, size: int) -> bytes:
    """Exactly ``size`` bytes inflated from the place of ``stream``. Raises NotExaminable(unreadable)."""
    inflater = zlib.decompressobj()
    data = bytearray()
    try:
        while not inflater.eof and len(data) <= size:
            piece = inflater.unconsumed_tail or stream.read(_CHUNK)
            if not piece:
                break
            data += inflater.decompress(piece, size + 1 - len(data))
    except zlib.error:
        raise NotExaminable(UNREADABLE, "broken Git object") from None
    if len(data) != size or not inflater.eof:
        raise NotExaminable(UNREADABLE, "Git object of another size than it says")
    return bytes(data)


@dataclass(slots=True)
class Pack:
    """One pack with its index; ``lookup`` finds the base of a delta that names it by id."""

    pack: Blob
    index: bytes
    id_size: int
    budget: Budget
    lookup: Callable[[str], GitObject | None]
    count: int = field(init=False)
    _cache: dict[int, GitObject] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.index[:8] != b"\xfftOc\0\0\0\2":
            raise NotExaminable(UNSUPPORTED, "Git pack index of another version than 2")
        if len(self.index) < 8 + 1024:
            raise NotExaminable(UNREADABLE, "cut Git pack index")
        self.count = struct.unpack_from(">I", self.index, 8 + 1020)[0]
        if len(self.index) < 8 + 1024 + self.count * (self.id_size + 8):
            raise NotExaminable(UNREADABLE, "cut Git pack index")

    def find(self, id: str) -> int | None:
        """Offset of the object ``id`` (hex) in the pack; None when it is not in it."""
        wanted = bytes.fromhex(id)
        at = bisect_left(range(self.count), wanted, key=self._id)
        return self._offset(at) if at < self.count and self._id(at) == wanted else None

    def _id(self, at: int) -> bytes:
        start = 8 + 1024 + at * self.id_size
        return self.index[start : start + self.id_size]

    def _offset(self, at: int) -> int:
        offsets = 8 + 1024 + self.count * (self.id_size + 4)
        offset: int = struct.unpack_from(">I", self.index, offsets + at * 4)[0]
        if offset & 0x80000000:
            place = offsets + self.count * 4 + (offset & 0x7FFFFFFF) * 8
            if place + 8 > len(self.index):
                raise NotExaminable(UNREADABLE, "Git pack index points outside itself")
            offset = struct.unpack_from(">Q", self.index, place)[0]
        return offset

    def read(self, offset: int) -> GitObject:
        """The object at ``offset``, deltas applied. Raises NotExaminable."""
        deltas: list[tuple[int, bytes]] = []
        with self.pack.open() as stream:
            while (found := self._cache.get(offset)) is None:
                if len(deltas) > CHAIN:
                    raise NotExaminable(OVER_LIMIT, f"Git deltas on more than {CHAIN} others")
                kind, size, base = self._header(stream, offset)
                self.budget.spend(size)
                data = inflate(stream, size)
                if isinstance(base, GitObject):
                    deltas.append((offset, data))
                    found = base
                    break
                if base is None:
                    found = GitObject(kind, data)
                    break
                deltas.append((offset, data))
                offset = base
        self._keep(offset, found)
        for at, delta in reversed(deltas):
            found = GitObject(found.type, self._apply(found.data, delta))
            self._keep(at, found)
        return found

    def _keep(self, offset: int, found: GitObject) -> None:
        if len(found.data) <= CACHED and len(self._cache) < 2000:
            self._cache.setdefault(offset, found)

    def _header(self, stream: BinaryIO, offset: int) -> tuple[str, int, int | GitObject | None]:
        """Type, size, and the base of a delta: an earlier offset or an object. Leaves the stream at the zlib data."""
        if offset >= self.pack.size:
            raise NotExaminable(UNREADABLE, "Git pack ends before an object")
        stream.seek(offset)
        raw = stream.read(64)
        byte, at = _byte(raw, 0)
        number, size, shift = (byte >> 4) & 7, byte & 15, 4
        while byte & 0x80:
            byte, at = _byte(raw, at)
            size |= (byte & 0x7F) << shift
            shift += 7
        base: int | GitObject | None = None
        if number == _OFFSET_DELTA:
            byte, at = _byte(raw, at)
            back = byte & 0x7F
            while byte & 0x80:
                byte, at = _byte(raw, at)
                back = ((back + 1) << 7) | (byte & 0x7F)
            base = offset - back
            if not 0 < base < offset:
                raise NotExaminable(UNREADABLE, "Git delta on something outside its pack")
        elif number == _REFERENCE_DELTA:
            base = self._reference(raw[at : at + self.id_size].hex(), offset)
            at += self.id_size
        elif number not in TYPES:
            raise NotExaminable(UNREADABLE, "Git object of an unknown type")
        stream.seek(offset + at)
        return TYPES.get(number, ""), size, base

    def _reference(self, id: str, offset: int) -> int | GitObject:
        inside = self.find(id)
        if inside is not None and inside < offset:
            return inside
        base = self.lookup(id) if inside is None else None
        if base is None:
            raise NotExaminable(UNREADABLE, "Git delta on something that is not there")
        return base

    def _apply(self, base: bytes, delta: bytes) -> bytes:
        base_size, at = _varint(delta, 0)
        size, at = _varint(delta, at)
        self.budget.spend(size)
        result = bytearray()
        while at < len(delta):
            code = delta[at]
            at += 1
            if code & 0x80:
                start = length = 0
                for bit in range(7):
                    if code & (1 << bit):
                        byte, at = _byte(delta, at)
                        if bit < 4:
                            start |= byte << (8 * bit)
                        else:
                            length |= byte << (8 * (bit - 4))
                length = length or 0x10000
                if start + length > len(base):
                    raise NotExaminable(UNREADABLE, "broken Git delta")
                result += base[start : start + length]
            elif code:
                result += delta[at : at + code]
                at += code
            else:
                raise NotExaminable(UNREADABLE, "broken Git delta")
            if len(result) > size:
                break
        if base_size != len(base) or len(result) != size:
            raise NotExaminable(UNREADABLE, "broken Git delta")
        return bytes(result)


def _byte(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise NotExaminable(UNREADABLE, "cut Git object")
    return data[at], at + 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = _byte(data, at)
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
        if shift > 63:
            raise NotExaminable(UNREADABLE, "broken Git delta")
