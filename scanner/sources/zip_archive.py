"""Zip archives as Sources: every content is read that any reader would read, whatever the records say of it.

``zipfile`` gives up on a wrong checksum, on flags and on names that contradict each other; the loaders of models do not.
Here the bytes of each member are expanded by the directory's record, then by the member's own where the two differ, and
members that the directory hides, comments and bytes behind the archive are read like members.
"""

from __future__ import annotations

import io
import posixpath
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO, BinaryIO, Final, cast

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import sniff, zip_format
from scanner.model import Location, NotExamined
from scanner.sources.archive import BROKEN, Budget, Members, Part, Suspect, safe_member_path, spool
from scanner.sources.blob import SMALL, Blob, blob_of_bytes, open_part
from scanner.sources.unpacking import Decoder, Unpacked, Zlib, Zstd, bzip2, lzma1, xz
from scanner.sources.zip_records import DESCRIPTOR, Directory, Entry, Gap, hidden_records, read_directory, walk

STORAGE: Final = re.compile(r"(?:[^/]+/)?data/\d+\Z")
"""Raw tensor storage of a torch archive: bytes of the archive itself, not a file of its own."""
STORED, DEFLATED, BZIP2, LZMA, ZSTD, XZ = 0, 8, 12, 14, 93, 95
ENCRYPTED, UTF8 = 0x0001, 0x0800
LINK_LIMIT: Final = 4096


def unzip(blob: Blob, budget: Budget) -> Members:
    """Members of a zip archive. Raises NotExaminable when its directory cannot be read."""
    stream = blob.open()
    try:
        directory = read_directory(stream, blob.size)
    except (NotExaminable, OSError):
        stream.close()
        raise
    format = zip_format([name_of(entry) for entry in directory.entries])
    return Members(format, _parts(stream, directory, blob, format, budget))


def name_of(entry: Entry) -> str:
    """The name of a member as ``zipfile`` decodes it."""
    if entry.flags & UTF8:
        return entry.name.decode("utf-8", "replace")
    try:
        return entry.name.decode("ascii")
    except UnicodeDecodeError:
        return entry.name.decode("cp437")


def _parts(stream: BinaryIO, directory: Directory, blob: Blob, format: str, budget: Budget) -> Iterator[Part]:
    with stream:
        for found in walk(stream, directory):
            if isinstance(found, Gap):
                yield from _hidden(stream, found, blob, budget)
            elif found.local is None:
                yield NotExamined(blob.location, UNREADABLE, "broken archive member")
            else:
                yield from _member(blob, found.entry, found.local, format, budget)
        yield from _outside(directory, blob, budget)


def _member(blob: Blob, entry: Entry, local: Entry, format: str, budget: Budget) -> Iterator[Part]:
    name = name_of(entry)
    path = safe_member_path(name)
    if path is None:
        yield NotExamined(Location(blob.path, f"member {entry.at}"), UNSUPPORTED, "member name leaves the archive")
    elif (name.endswith("/") and entry.size == 0) or (_is_torch(format) and _is_storage(entry, path)):
        return
    place = f"{blob.path}!{f'{entry.at:#x}' if path is None else path}"
    if stat.S_ISLNK(entry.mode) and path is not None:
        if _link_leaves(blob, entry, local, path):
            yield NotExamined(Location(place), UNSUPPORTED, "symbolic link that leaves the archive")
        if not _is_torch(format):
            return
    yield from _content(blob, entry, local, place, budget)


def _is_torch(format: str) -> bool:
    """Whether torch reads the members: it asks for no mode and follows no link."""
    return format in ("torch", "torchscript")


def _is_storage(entry: Entry, path: str) -> bool:
    """Whether a member is raw tensor storage; torch never compresses one, and a compressed one may be a bomb."""
    return entry.method == STORED and STORAGE.match(path) is not None


def _content(blob: Blob, entry: Entry, local: Entry, place: str, budget: Budget) -> Iterator[Part]:
    """The content by the directory's record, or by the member's own where that gives more."""
    budget.member()
    found = _expand(blob, entry, local.length, place, budget)
    if not found.right(entry) and (entry.method, entry.packed) != (local.method, local.packed):
        own = _expand(blob, local, local.length, place, budget)
        found = max(found, own, key=lambda one: (one.right(entry), one.missed is None, one.size))
    right = found.right(entry)
    either = (entry.flags | local.flags) & ENCRYPTED
    if either and not right:
        yield NotExamined(Location(place), UNSUPPORTED, "encrypted")
        if entry.flags & local.flags & ENCRYPTED:
            return
    elif either:
        yield Suspect(place, "encryption")
    elif found.missed is not None:
        yield found.missed
    elif not right:
        yield Suspect(place, "checksum")
    elif found.size != entry.size:
        yield Suspect(place, "size")
    if found.blob is not None and (found.size or found.missed is None):
        yield found.blob


@dataclass(frozen=True, slots=True)
class _Expanded:
    """What one record made of a member, and what kept it from the end if anything did."""

    blob: Blob | None
    crc: int = 0
    size: int = 0
    missed: NotExamined | None = None

    def right(self, entry: Entry) -> bool:
        """Whether it came to its end and is what the directory's checksum says."""
        return self.missed is None and self.crc == entry.crc


def _expand(blob: Blob, record: Entry, length: int, place: str, budget: Budget) -> _Expanded:
    """Read a member whose local record has ``length`` bytes. Raises NotExaminable only when the budget is used up."""
    try:
        with _Summed(open_member(blob, record, length)) as content:
            found, whole = spool(cast(IO[bytes], content), place, record.packed, budget)
    except NotExaminable as error:
        if budget.expanded < 0:
            raise
        return _Expanded(None, missed=NotExamined(Location(place), error.reason, error.detail))
    missed = None if whole else NotExamined(Location(place), UNREADABLE, "broken archive member")
    return _Expanded(found, content.crc, content.size, missed)


def open_member(blob: Blob, record: Entry, length: int) -> BinaryIO | io.RawIOBase:
    """The content of a member whose local record has ``length`` bytes. Raises NotExaminable without a decoder."""
    return _stream(_packed(blob, record.at + length, record.packed), record)


def _packed(blob: Blob, start: int, size: int) -> BinaryIO:
    """The packed bytes of a member: most are small, and reading them at once saves a stream upon a stream."""
    if size > SMALL:
        return open_part(blob.open(), start, size)
    if blob.content is not None:
        return io.BytesIO(blob.content[start : start + size])
    with blob.open() as stream:
        stream.seek(start)
        return io.BytesIO(stream.read(size))


class _Summed(io.RawIOBase):
    """A stream that counts and sums what is read from it."""

    def __init__(self, content: IO[bytes] | io.RawIOBase) -> None:
        self._content = content
        self.crc = self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size) or b""
        self.crc, self.size = zlib.crc32(data, self.crc), self.size + len(data)
        return data

    def close(self) -> None:
        self._content.close()
        super().close()


def _stream(packed: BinaryIO, record: Entry) -> BinaryIO | io.RawIOBase:
    """The expanded content of a member. Raises NotExaminable for a method without a decoder."""
    if record.method == STORED:
        return packed
    if record.method == LZMA:
        head = packed.read(9)
        return Unpacked(packed, lzma1(head[4:], record.size), record.size)
    decoders: dict[int, Callable[[], Decoder]] = {
        DEFLATED: lambda: Zlib(-zlib.MAX_WBITS), BZIP2: bzip2, XZ: xz, ZSTD: Zstd
    }  # fmt: skip
    if record.method not in decoders:
        raise NotExaminable(UNSUPPORTED, "a compression method without a decoder")
    return Unpacked(packed, decoders[record.method]())


def _link_leaves(blob: Blob, entry: Entry, local: Entry, path: str) -> bool:
    """Whether a symbolic link points out of the archive, or at a place that cannot be read."""
    try:
        with open_member(blob, replace(entry, packed=min(entry.packed, LINK_LIMIT)), local.length) as content:
            target = (content.read(LINK_LIMIT) or b"").decode("utf-8", "replace")
    except (NotExaminable, *BROKEN):
        return True
    return target.startswith("/") or safe_member_path(posixpath.join(posixpath.dirname(path), target)) is None


def _hidden(stream: BinaryIO, gap: Gap, blob: Blob, budget: Budget) -> Iterator[Part]:
    """Members that have a record of their own and none in the directory."""
    position = gap.start
    for local in hidden_records(stream, gap):
        begin = local.at + local.length
        if local.at < position or begin > gap.stop:
            continue
        budget.member()
        open_end = bool(local.flags & DESCRIPTOR) and not local.packed
        record = replace(local, packed=gap.stop - begin if open_end else min(local.packed, gap.stop - begin))
        path = safe_member_path(name_of(local)) or "unnamed"
        found = _expand(blob, record, local.length, f"{blob.path}!{local.at:#x}/{path}", budget)
        if found.missed is not None:
            yield found.missed
        if found.blob is not None and found.size:
            yield found.blob
        if found.missed is None and not open_end:
            position = begin + record.packed


def _outside(directory: Directory, blob: Blob, budget: Budget) -> Iterator[Part]:
    """A comment that is a file of its own kind, and what follows the archive: no members, and read all the same."""
    if sniff(directory.comment, len(directory.comment)) is not None:
        budget.member()
        yield blob_of_bytes(f"{blob.path}!comment", directory.comment)
    if directory.trailing:
        budget.member()
        with open_part(blob.open(), blob.size - directory.trailing, directory.trailing) as stream:
            behind, _ = spool(stream, f"{blob.path}!behind", directory.trailing, budget)
        if behind.head.strip(b"\0") or behind.content is None:
            yield behind
