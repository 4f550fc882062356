"""Archives as Sources: tar members and the content of a compressed stream, one Blob at a time.

Nothing is extracted: members are read in order into memory, or into an unnamed temporary file when they are large. Each
archive counts against one :class:`Budget` shared by everything nested in the same top-level Blob.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import posixpath
import re
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, Final, Literal, cast

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import Location, NotExamined
from scanner.sources.blob import HEAD, SMALL, Blob
from scanner.sources.unpacking import Unpacked, Zlib, Zstd, lz4

CHUNK: Final = 1 << 20
SPOOL: Final = 32 << 20
RATIO: Final = 250
RATIO_FROM: Final = 64 << 20
NAME_LIMIT: Final = 4096
BROKEN: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, ValueError)
BROKEN_ZIP: Final = (*BROKEN, NotImplementedError, RuntimeError)
"""What ``zipfile`` raises for damage, for a compression that it lacks, and for encryption."""


@dataclass(slots=True)
class Budget:
    """What everything nested in one top-level Blob may cost together."""

    members: int = 200_000
    expanded: int = 16 << 30
    depth: int = 8

    def member(self) -> None:
        """Count one member. Raises NotExaminable(over_limit)."""
        self.members -= 1
        if self.members < 0:
            raise NotExaminable(OVER_LIMIT, "too many members")

    def bytes(self, count: int, expanded: int, packed: int) -> None:
        """Count ``count`` more expanded bytes of a member that has grown to ``expanded`` from ``packed`` bytes."""
        self.expanded -= count
        if self.expanded < 0:
            raise NotExaminable(OVER_LIMIT, "expands to too many bytes")
        if expanded > RATIO_FROM and expanded > RATIO * max(packed, 1):
            raise NotExaminable(OVER_LIMIT, f"expands more than {RATIO} times")


@dataclass(frozen=True, slots=True)
class HardLink:
    """Another place of a member that came earlier in the same archive."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class SymbolicLink:
    """A link in a tar archive as it was written: ``inner`` path and target. It is recorded, never followed here."""

    inner: str
    target: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A member at ``path`` that the records of its archive lie about: its ``checksum``, its ``size``, or an
    ``encryption`` that is none.
    """

    path: str
    lie: Literal["checksum", "size", "encryption"]


Part = Blob | HardLink | NotExamined | Suspect | SymbolicLink


@dataclass(frozen=True, slots=True)
class Members:
    """An opened archive: its exact format, and its parts in order."""

    format: str
    parts: Iterator[Part]


def spool(stream: IO[bytes], path: str, packed: int, budget: Budget) -> tuple[Blob, bool]:
    """Read a stream to its end into a Blob, and tell whether it came to that end.

    A stream that breaks keeps what it gave: a loader that reads as it goes has run it before it meets the break. Raises
    NotExaminable(over_limit).
    """
    store = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - the Blob reads it later
    size, whole = 0, True
    try:
        while data := _some(stream, CHUNK):
            size += len(data)
            budget.bytes(len(data), size, packed)
            store.write(data)
    except (*BROKEN, RuntimeError):
        whole = False
    store.seek(0)
    head = store.read(HEAD)
    if size <= SMALL:
        store.seek(0)
        content = store.read()
        store.close()
        return Blob(path, size, head, lambda: io.BytesIO(content), content, cut=not whole), whole
    return Blob(path, size, head, lambda: cast(BinaryIO, _Shared(store)), cut=not whole), whole


def _some(stream: IO[bytes], count: int) -> bytes:
    """The bytes of one step, so that what a stream gave before it broke is not lost with the rest of a longer read."""
    step = getattr(stream, "read1", stream.read)
    return cast(bytes, step(count))


class Replay(io.RawIOBase):
    """A stream whose first bytes can be looked at before it is read."""

    def __init__(self, rest: IO[bytes]) -> None:
        self._rest, self._head = rest, b""
        self._error: Exception | None = None

    def peek(self, count: int) -> bytes:
        """The first bytes: fewer where the stream ends or breaks before, and the error comes when it is read."""
        try:
            while len(self._head) < count and (data := _some(self._rest, count - len(self._head))):
                self._head += data
        except (*BROKEN, RuntimeError) as error:
            self._error = error
        return self._head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        if not data:
            if self._error is not None:
                raise self._error
            data = _some(self._rest, len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Shared(io.RawIOBase):
    """A reader over a spooled member that leaves it open for the next reader."""

    def __init__(self, store: tempfile.SpooledTemporaryFile[bytes]) -> None:
        self._store = store
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET:
            position = offset
        elif whence == io.SEEK_CUR:
            position = self._position + offset
        else:
            position = self._store.seek(0, io.SEEK_END) + offset
        if position < 0:
            raise OSError("seek before the start")
        self._position = position
        return position

    def read(self, size: int | None = -1) -> bytes:
        self._store.seek(self._position)
        data = self._store.read(-1 if size is None else size)
        self._position += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def safe_member_path(name: str) -> str | None:
    """A member name as a normal relative path; None when it is absolute, leaves the archive or is no sane name."""
    text = name.replace("\\", "/").removeprefix("./")
    if not text or len(text) > NAME_LIMIT or text.startswith("/") or "\0" in text or re.match(r"[A-Za-z]:/", text):
        return None
    clean = posixpath.normpath(text)
    return None if clean == ".." or clean.startswith("../") else clean


def untar(stream: IO[bytes], path: str, packed: int, budget: Budget) -> Members:
    """Members of a tar archive read as a stream; ``packed`` is its size in bytes before any decompression."""
    return Members("tar", _tar_parts(stream, path, packed, budget))


def _tar_parts(stream: IO[bytes], outer: str, packed: int, budget: Budget) -> Iterator[Part]:
    archive: tarfile.TarFile | None = None
    data_end = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=1, encoding="utf-8") as archive:
            for info in archive:
                data_end = info.offset_data + (info.size if info.isreg() else 0)
                path = safe_member_path(info.name)
                if path is None:
                    yield NotExamined(Location(outer), UNSUPPORTED, "member name leaves the archive")
                    path = f"{info.offset:#x}"
                place = Location(f"{outer}!{_text(path)}")
                if info.isfile():
                    member = archive.extractfile(info)
                    if member is None:
                        continue
                    budget.member()
                    content, whole = spool(member, place.path, packed, budget)
                    if content.size or whole:
                        yield content
                    if not whole:
                        raise EOFError
                elif info.islnk():
                    yield HardLink(place.path, f"{outer}!{safe_member_path(info.linkname) or ''}")
                elif info.issym():
                    yield SymbolicLink(_text(path), _text(info.linkname))
                elif not info.isdir():
                    yield NotExamined(place, UNSUPPORTED, "not a regular file")
    except BROKEN:
        if archive is None or not _lacks_padding_only(archive, data_end):
            yield NotExamined(Location(outer), UNREADABLE, "broken or truncated archive")


def _text(name: str) -> str:
    """A member's name as Unicode text; what is none of it is replaced."""
    return name.encode("utf-8", "replace").decode()


def _lacks_padding_only(archive: tarfile.TarFile, data_end: int) -> bool:
    """Whether the stream ends behind the data of its last member: some writers leave out what should follow."""
    position = archive.fileobj.tell() if archive.fileobj is not None else 0
    return 0 < data_end <= position < archive.offset


def decompress(blob: Blob, format: str) -> IO[bytes]:
    """The expanded stream of a compressed Blob. Raises NotExaminable(unsupported) for a format without a decoder."""
    if format == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=blob.open()))
    if format == "bzip2":
        return bz2.BZ2File(blob.open())
    if format in ("xz", "lzma"):
        return lzma.LZMAFile(blob.open())
    if format == "zlib":
        return io.BufferedReader(Unpacked(blob.open(), Zlib()), CHUNK)
    if format == "zstd":
        return io.BufferedReader(Unpacked(blob.open(), Zstd()), CHUNK)
    if format == "lz4":
        return lz4(blob.open())
    raise NotExaminable(UNSUPPORTED, f"no reader for {format}")
