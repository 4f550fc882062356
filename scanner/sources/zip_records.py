"""The records of a zip archive, read from the bytes and not through ``zipfile``, which believes the central directory.

Format: PKWARE APPNOTE 6.3.10, sections 4.3 (records) and 4.5.3 (zip64).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import sniff
from scanner.sources.blob import Blob

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
ENTRIES: Final = 200_000
DIRECTORY: Final = 128 << 20
TAIL: Final = 22 + 0xFFFF
FULL32: Final = 0xFFFFFFFF
BROKEN: Final = "broken zip archive"
GAP_LIMIT: Final = 64 << 20
DESCRIPTOR: Final = 0x0008
"""The flag of a member whose checksum and sizes follow its content."""
LOOSE: Final = (".zip", ".keras", ".skops", ".npz", ".pt", ".pth", ".mar")
"""Names that loaders open as an archive, whatever stands before and behind it."""
_HIDDEN: Final = re.compile(rb"PK\x03\x04[\x00-\x3f][\x00-\x14].{2}[\x00\x08\x09\x0c\x0e\x5d\x5f]\x00", re.DOTALL)
_WALKED: Final = frozenset({"tar", "gzip", "bzip2", "xz", "lzma", "zlib", "zstd", "lz4", "7z", "rar"})
"""Containers with a walk of their own: an archive at their end is a member of theirs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one record says of a member. ``at`` is where its local record begins, counted from the start of the file.

    ``length`` is the size of a local record itself, name and extra field included; 0 in the central directory.
    """

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int
    mode: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory: ``start`` to ``stop`` of the file hold its ``entries``; ``end`` is the end record.

    ``prefix`` counts the bytes before the archive proper, ``rivals`` further end records that fit as well, or that point
    elsewhere than their zip64 form.
    """

    entries: tuple[Entry, ...]
    start: int
    stop: int
    end: int
    zip64: bool
    count: int
    prefix: int
    comment: bytes
    trailing: int
    rivals: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member by its two records; ``local`` is None where the directory points at none. ``begin`` to ``stop`` is the
    packed content; ``overlaps`` tells that an earlier member owns some of these bytes too.
    """

    entry: Entry
    local: Entry | None
    begin: int = 0
    stop: int = 0
    overlaps: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that belong to no member of the directory."""

    start: int
    stop: int


def is_zip(blob: Blob) -> bool:
    """Whether the content is a zip archive: it begins as one, or ends as one as its loaders read it, from the end.

    An archive behind other bytes has to point at its directory, and that at a member where bytes follow the archive,
    unless the name of the file is one that loaders open as an archive.
    """
    if blob.zipped is None:
        blob.zipped = _is_zip(blob)
    return blob.zipped


def _is_zip(blob: Blob) -> bool:
    format = sniff(blob.head, blob.size)
    if format == "zip" or format in _WALKED or blob.size < 22:
        return format == "zip"
    # Every file comes here, and from the end the search is several times as fast.
    if blob.content is not None and blob.content.rfind(END, max(blob.size - TAIL, 0)) < 0:
        return False
    try:
        with blob.open() as stream:
            stream.seek(max(blob.size - TAIL, 0))
            if stream.read(TAIL).rfind(END) < 0:
                return False
            if blob.name.lower().endswith(LOOSE):
                return True
            directory = read_directory(stream, blob.size)
            first = directory.entries[0].at if directory.entries else None
            return first is not None and (not directory.trailing or read_local(stream, first) is not None)
    except (NotExaminable, OSError):
        return False


def read_directory(stream: BinaryIO, size: int) -> Directory:
    """The central directory of an archive of ``size`` bytes. Raises NotExaminable."""
    end, comment, trailing, rivals = _find_end(stream, size)
    stream.seek(end)
    count, length, start = struct.unpack("<10xHII2x", stream.read(22))
    stop = end
    zip64 = False
    stream.seek(max(end - 20, 0))
    locator = stream.read(20) if end >= 20 else b""
    if locator[:4] == LOCATOR64:
        narrow = (length, start)
        stop, count, length, start = _read_end64(stream, locator, end)
        zip64 = True
        rivals += any(old not in (new, FULL32) for old, new in zip(narrow, (length, start), strict=True))
    prefix = stop - length - start
    if prefix < 0:
        raise NotExaminable(UNREADABLE, BROKEN)
    if length > DIRECTORY:
        raise NotExaminable(OVER_LIMIT, f"zip directory larger than {DIRECTORY} bytes")
    stream.seek(start + prefix)
    entries = tuple(_central(stream.read(length), prefix))
    return Directory(entries, start + prefix, stop, end, zip64, count, prefix, comment, trailing, rivals)


def _find_end(stream: BinaryIO, size: int) -> tuple[int, bytes, int, int]:
    """Place of the end record, its comment, the bytes behind it, and how many others reach the end of the file."""
    base = max(size - TAIL, 0)
    stream.seek(base)
    tail = stream.read(TAIL)
    fitting: list[int] = []
    last = -1
    position = tail.rfind(END)
    while position >= 0:
        if position + 22 <= len(tail):
            last = max(last, position)
            if position + 22 + int.from_bytes(tail[position + 20 : position + 22], "little") == len(tail):
                fitting.append(position)
        position = tail.rfind(END, 0, position)
    if last < 0:
        raise NotExaminable(UNREADABLE, BROKEN)
    place = fitting[0] if fitting else last
    stop = min(place + 22 + int.from_bytes(tail[place + 20 : place + 22], "little"), len(tail))
    return base + place, tail[place + 22 : stop], len(tail) - stop, len(fitting[1:])


def _read_end64(stream: BinaryIO, locator: bytes, end: int) -> tuple[int, int, int, int]:
    """The zip64 end record directly before its locator, or where the locator says."""
    for at in (end - 20 - 56, struct.unpack("<8xQ4x", locator)[0]):
        if 0 <= at <= end - 76:
            stream.seek(at)
            record = stream.read(56)
            if record[:4] == END64:
                count, length, start = struct.unpack("<32xQQQ", record)
                return at, count, length, start
    raise NotExaminable(UNREADABLE, BROKEN)


def _central(data: bytes, prefix: int) -> Iterator[Entry]:
    position = 0
    for _ in range(ENTRIES + 1):
        fixed = data[position : position + 46]
        if len(fixed) < 46 or fixed[:4] != CENTRAL:
            if position != len(data) and data[position : position + 4] != b"PK\x05\x05":
                raise NotExaminable(UNREADABLE, BROKEN)
            return
        flags, method, crc, packed, size, names, extras, comments, mode, at = struct.unpack("<8xHH4xIIIHHH4xII", fixed)
        name = data[position + 46 : position + 46 + names]
        extra = data[position + 46 + names : position + 46 + names + extras]
        size, packed, at = _widen(extra, size, packed, at)
        yield Entry(name, flags, method, crc, packed, size, at + prefix, mode >> 16)
        position += 46 + names + extras + comments
    raise NotExaminable(OVER_LIMIT, f"more than {ENTRIES} zip members")


def _widen(extra: bytes, *values: int) -> tuple[int, ...]:
    """Values of all ones are in the zip64 field instead, in this order (APPNOTE 4.5.3)."""
    wide = b""
    while len(extra) >= 4:
        tag, length = struct.unpack("<HH", extra[:4])
        if tag == 1:
            wide = extra[4 : 4 + length]
        extra = extra[4 + length :]
    found: list[int] = []
    for value in values:
        if value == FULL32 and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        found.append(value)
    return tuple(found)


def read_local(stream: BinaryIO, at: int) -> Entry | None:
    """The local record at a place; None when there is none."""
    stream.seek(at)
    fixed = stream.read(30)
    if len(fixed) < 30 or fixed[:4] != LOCAL:
        return None
    flags, method, crc, packed, size, names, extras = struct.unpack("<6xHH4xIIIHH", fixed)
    name, extra = stream.read(names), stream.read(extras)
    if len(name) + len(extra) != names + extras:
        return None
    size, packed = _widen(extra, size, packed)
    return Entry(name, flags, method, crc, packed, size, at, length=30 + names + extras)


def walk(stream: BinaryIO, directory: Directory) -> Iterator[Member | Gap]:
    """The members in the order of the file, and the bytes between them."""
    position = 0
    for entry in sorted(directory.entries, key=lambda one: (one.at, one.name)):
        local = read_local(stream, entry.at)
        if local is None:
            yield Member(entry, None)
            continue
        begin = entry.at + local.length
        if entry.at > position:
            yield Gap(position, entry.at)
        yield Member(entry, local, begin, begin + entry.packed, entry.at < position)
        position = max(position, begin + entry.packed)
        if local.flags & DESCRIPTOR:
            position += _descriptor(stream, position, entry)
    if position < directory.start:
        yield Gap(position, directory.start)


def _descriptor(stream: BinaryIO, position: int, entry: Entry) -> int:
    """Bytes of the data descriptor at a place, with or without signature, 32 or 64 bits wide; 0 when there is none."""
    stream.seek(position)
    data = stream.read(24)
    crc, wide = entry.crc.to_bytes(4, "little"), (entry.packed.to_bytes(8, "little"), entry.size.to_bytes(8, "little"))
    long = crc + b"".join(wide)
    short = crc + b"".join(number[:4] for number in wide)
    for body in (b"PK\x07\x08" + long, b"PK\x07\x08" + short, long, short):
        if data.startswith(body):
            return len(body)
    return 0


def hidden_records(stream: BinaryIO, gap: Gap) -> Iterator[Entry]:
    """Local records among bytes that the directory does not list, in order; one inside the content of another counts."""
    stream.seek(gap.start)
    data = stream.read(min(gap.stop - gap.start, GAP_LIMIT))
    for match in _HIDDEN.finditer(data):
        local = read_local(stream, gap.start + match.start())
        if local is not None:
            yield local
