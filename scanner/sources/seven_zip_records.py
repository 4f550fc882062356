"""The header of a 7z archive: which folders of packed bytes there are, and which files lie in each, in order.

Format: 7zFormat.txt of the LZMA SDK 24. Every count and length is compared with the bytes that are left before anything
is made of it; a packed header is expanded under the same limit as a plain one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

SIGNATURE: Final = b"7z\xbc\xaf\x27\x1c"
START: Final = 32
"""Bytes before the packed streams."""
HEADER_LIMIT: Final = 64 << 20
FILES: Final = 200_000
CODERS: Final = 4
"""Coders of one folder; 7-Zip itself stops at as many."""
PACKED_HEADERS: Final = 4
"""How often a header may be packed within a header."""
(
    END, HEADER, ARCHIVE_PROPERTIES, ADDITIONAL, MAIN, FILES_INFO, PACK_INFO, UNPACK_INFO, SUBSTREAMS, SIZE, CRC, FOLDER,
    UNPACK_SIZE, UNPACK_COUNT, EMPTY_STREAM, EMPTY_FILE, ANTI, NAMES,
) = range(18)  # fmt: skip
ATTRIBUTES: Final = 21
PACKED_HEADER: Final = 23
_UNIX: Final = 0x8000
"""The attribute which says that the upper half is a mode of Unix."""


@dataclass(frozen=True, slots=True)
class Coder:
    """One step that expands a folder, by its method identifier."""

    method: bytes
    properties: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Folder:
    """Packed bytes at ``start`` and the coders that expand them, in the order in which they are applied.

    ``simple`` is False where a coder has several streams, as BCJ2 has; the order then means nothing.
    """

    coders: tuple[Coder, ...]
    start: int
    packed: int
    size: int
    crc: int | None
    simple: bool


@dataclass(frozen=True, slots=True)
class File:
    """One file; ``folder`` is the place in the folders, None for a file or directory without content."""

    name: str
    size: int
    crc: int | None
    folder: int | None
    directory: bool
    mode: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that the header says."""

    folders: tuple[Folder, ...]
    files: tuple[File, ...]


Expand = Callable[[Folder, int], bytes]
"""All bytes of a folder, up to a limit."""


def read_directory(stream: BinaryIO, size: int, expand: Expand) -> Directory:
    """The header of an archive of ``size`` bytes; ``expand`` reads a header that is packed itself. Raises NotExaminable."""
    stream.seek(0)
    start = stream.read(START)
    if len(start) < START or not start.startswith(SIGNATURE) or zlib.crc32(start[12:]) != _u32(start, 8):
        raise _broken()
    offset, length, crc = struct.unpack("<QQI", start[12:])
    if length == 0:
        return Directory((), ())
    if offset + length > size - START:
        raise _broken()
    if length > HEADER_LIMIT:
        raise NotExaminable(OVER_LIMIT, f"7z header larger than {HEADER_LIMIT} bytes")
    stream.seek(START + offset)
    header = stream.read(length)
    for _ in range(PACKED_HEADERS):
        if len(header) != length or zlib.crc32(header) != crc:
            raise _broken()
        cursor = _Cursor(header, size)
        kind = cursor.byte()
        if kind == HEADER:
            return cursor.header()
        if kind != PACKED_HEADER:
            raise _broken()
        folders, *_ = cursor.streams()
        if len(folders) != 1:
            raise _broken()
        header = expand(folders[0], HEADER_LIMIT)
        length, crc = folders[0].size, zlib.crc32(header) if folders[0].crc is None else folders[0].crc
    raise NotExaminable(OVER_LIMIT, f"7z header packed more than {PACKED_HEADERS} times")


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _broken() -> NotExaminable:
    return NotExaminable(UNREADABLE, "broken 7z archive")


class _Cursor:
    """Reads one header. ``limit`` is the size of the archive."""

    def __init__(self, data: bytes, limit: int) -> None:
        self.data, self.at, self.limit = data, 0, limit

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise _broken()
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """A number whose first byte tells by its leading ones how many bytes follow."""
        first = self.byte()
        extra = 8 - (~first & 0xFF).bit_length()
        value = int.from_bytes(self.take(extra), "little")
        return value | (first & (0x7F >> extra)) << (8 * extra)

    def count(self) -> int:
        """A number of things that take at least a bit each of what is left."""
        count = self.number()
        if count > FILES:
            raise NotExaminable(OVER_LIMIT, f"more than {FILES} parts of a 7z archive")
        return count

    def expect(self, kind: int) -> None:
        if self.byte() != kind:
            raise _broken()

    def bits(self, count: int) -> list[bool]:
        data = self.take(-(-count // 8))
        return [bool(data[one >> 3] & 0x80 >> (one & 7)) for one in range(count)]

    def optional_bits(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)

    def checksums(self, count: int) -> list[int | None]:
        return [_u32(self.take(4), 0) if known else None for known in self.optional_bits(count)]

    def header(self) -> Directory:
        folders: list[Folder] = []
        streams: list[tuple[int, int, int | None]] = []
        kind = self.byte()
        if kind == ARCHIVE_PROPERTIES:
            while self.byte() != END:
                self.take(self.number())
            kind = self.byte()
        if kind == ADDITIONAL:
            self.streams()
            kind = self.byte()
        if kind == MAIN:
            folders, streams = self.streams()
            kind = self.byte()
        files = self.files(streams) if kind == FILES_INFO else []
        return Directory(tuple(folders), tuple(files))

    def streams(self) -> tuple[list[Folder], list[tuple[int, int, int | None]]]:
        """The folders, and (folder, size, checksum) of every stream in them."""
        start = 0
        sizes: list[int] = []
        folders: list[Folder] = []
        streams: list[tuple[int, int, int | None]] | None = None
        while (kind := self.byte()) != END:
            if kind == PACK_INFO:
                start, sizes = self.packed()
            elif kind == UNPACK_INFO:
                folders = self.folders(start + START, sizes)
            elif kind == SUBSTREAMS:
                streams = self.substreams(folders)
            else:
                raise _broken()
        whole = [(number, one.size, one.crc) for number, one in enumerate(folders)]
        return folders, whole if streams is None else streams

    def packed(self) -> tuple[int, list[int]]:
        start, count = self.number(), self.count()
        sizes: list[int] = []
        while (kind := self.byte()) != END:
            if kind == SIZE:
                sizes = [self.number() for _ in range(count)]
            elif kind == CRC:
                self.checksums(count)
            else:
                raise _broken()
        if START + start + sum(sizes) > self.limit:
            raise _broken()
        return start, sizes

    def folders(self, start: int, packed: list[int]) -> list[Folder]:
        self.expect(FOLDER)
        count = self.count()
        if self.byte():
            raise _broken()  # folders in another place, which no writer has used
        shapes = [self.folder() for _ in range(count)]
        self.expect(UNPACK_SIZE)
        sizes = [[self.number() for _ in range(outputs)] for _, _, outputs, _ in shapes]
        checksums: list[int | None] = [None] * count
        while (kind := self.byte()) != END:
            if kind != CRC:
                raise _broken()
            checksums = self.checksums(count)
        folders: list[Folder] = []
        position = 0
        for (coders, order, _, inputs), own, crc in zip(shapes, sizes, checksums, strict=True):
            parts = packed[position : position + inputs]
            if len(parts) != inputs:
                raise _broken()
            simple = order is not None and inputs == 1
            steps = [Coder(*coders[one], own[one]) for one in order or range(min(len(coders), len(own)))]
            size = steps[-1].size if simple else max(own)
            folders.append(Folder(tuple(steps), start, sum(parts), size, crc, simple))
            start += sum(parts)
            position += inputs
        return folders

    def folder(self) -> tuple[list[tuple[bytes, bytes]], list[int] | None, int, int]:
        """Coders (method, properties), the order of a simple chain, the number of outputs and of packed streams."""
        count = self.number()
        if not 1 <= count <= CODERS:
            raise _broken()
        coders: list[tuple[bytes, bytes]] = []
        inputs = outputs = 0
        for _ in range(count):
            flags = self.byte()
            method = self.take(flags & 15)
            ins, outs = (self.number(), self.number()) if flags & 0x10 else (1, 1)
            if not (1 <= ins <= 32 and outs == 1):
                raise _broken()
            coders.append((method, self.take(self.number()) if flags & 0x20 else b""))
            inputs, outputs = inputs + ins, outputs + outs
        bonds = {self.number(): self.number() for _ in range(outputs - 1)}
        packed = inputs - (outputs - 1)
        if packed < 1:
            raise _broken()
        if packed > 1:
            for _ in range(packed):
                self.number()
        return coders, _order(bonds, count) if inputs == count else None, outputs, packed

    def substreams(self, folders: list[Folder]) -> list[tuple[int, int, int | None]]:
        counts = [1] * len(folders)
        kind = self.byte()
        if kind == UNPACK_COUNT:
            counts = [self.count() for _ in folders]
            if sum(counts) > FILES:
                raise NotExaminable(OVER_LIMIT, f"more than {FILES} parts of a 7z archive")
            kind = self.byte()
        streams: list[tuple[int, int, int | None]] = []
        for number, (folder, count) in enumerate(zip(folders, counts, strict=True)):
            sizes = [self.number() for _ in range(count - 1)] if kind == SIZE else []
            if count and len(sizes) != count - 1:
                raise _broken()
            left = folder.size - sum(sizes)
            if left < 0:
                raise _broken()
            sizes += [left] if count else []
            streams += [(number, size, folder.crc if count == 1 else None) for size in sizes]
        if kind == SIZE:
            kind = self.byte()
        while kind != END:
            if kind != CRC:
                raise _broken()
            open_ends = [place for place, (_, _, crc) in enumerate(streams) if crc is None]
            for place, crc in zip(open_ends, self.checksums(len(open_ends)), strict=True):
                streams[place] = (*streams[place][:2], crc)
            kind = self.byte()
        return streams

    def files(self, streams: list[tuple[int, int, int | None]]) -> list[File]:
        count = self.count()
        names: list[str] = []
        modes = [0] * count
        empty = [False] * count
        files_without_content: list[bool] = []
        while (kind := self.byte()) != END:
            part = _Cursor(self.take(self.number()), self.limit)
            if kind == NAMES:
                part.expect(0)
                names = part.take(len(part.data) - 1).decode("utf-16-le", "replace").split("\0")[:-1]
            elif kind == EMPTY_STREAM:
                empty = part.bits(count)
            elif kind == EMPTY_FILE:
                files_without_content = part.bits(sum(empty))
            elif kind == ATTRIBUTES:
                known = part.optional_bits(count)
                part.expect(0)
                values = [_u32(part.take(4), 0) if one else 0 for one in known]
                modes = [value >> 16 if value & _UNIX else 0 for value in values]
        if len(names) != count or count - sum(empty) != len(streams):
            raise _broken()
        files_without_content += [False] * (sum(empty) - len(files_without_content))
        hollow, full = iter(files_without_content), iter(streams)
        files: list[File] = []
        for name, mode, without in zip(names, modes, empty, strict=True):
            if without:
                files.append(File(name, 0, None, None, not next(hollow), mode))
            else:
                folder, size, crc = next(full)
                files.append(File(name, size, crc, folder, False, mode))
        return files


def _order(bonds: dict[int, int], count: int) -> list[int] | None:
    """Coders from the packed bytes to the content, by the bonds input → output; None when they make no chain."""
    following = {output: taker for taker, output in bonds.items()}
    starts = [one for one in range(count) if one not in bonds]
    if len(starts) != 1:
        return None
    order = [starts[0]]
    while order[-1] in following and len(order) <= count:
        order.append(following[order[-1]])
    return order if sorted(order) == list(range(count)) else None
