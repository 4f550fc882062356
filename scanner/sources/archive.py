"""Archives as Sources: zip and tar members, and the content of a compressed stream, one Blob at a time.

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
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, Final, cast

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import zip_format
from scanner.model import Location, NotExamined
from scanner.sources.blob import HEAD, SMALL, Blob

CHUNK: Final = 1 << 20
SPOOL: Final = 32 << 20
RATIO: Final = 250
RATIO_FROM: Final = 64 << 20
NAME_LIMIT: Final = 4096
STORAGE: Final = re.compile(r"(?:[^/]+/)?data/\d+\Z")
"""Raw tensor storage of a torch archive: bytes of the archive itself, not a file of its own."""
BROKEN: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, ValueError)


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


Part = Blob | HardLink | NotExamined


@dataclass(frozen=True, slots=True)
class Members:
    """An opened archive: its exact format, and its parts in order."""

    format: str
    parts: Iterator[Part]


def spool(stream: IO[bytes], path: str, packed: int, budget: Budget) -> Blob:
    """Read a stream to its end into a Blob. Raises NotExaminable(over_limit) and what the stream raises."""
    store = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - the Blob reads it later
    size = 0
    while data := stream.read(CHUNK):
        size += len(data)
        budget.bytes(len(data), size, packed)
        store.write(data)
    store.seek(0)
    head = store.read(HEAD)
    if size <= SMALL:
        store.seek(0)
        content = store.read()
        store.close()
        return Blob(path, size, head, lambda: io.BytesIO(content), content)
    return Blob(path, size, head, lambda: cast(BinaryIO, _Shared(store)))


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


def unzip(blob: Blob, budget: Budget) -> Members:
    """Members of a zip archive. Raises NotExaminable when its directory cannot be read."""
    stream = blob.open()
    try:
        archive = zipfile.ZipFile(stream)
    except (*BROKEN, NotImplementedError):
        stream.close()
        raise NotExaminable(UNREADABLE, "broken zip archive") from None
    format = zip_format([info.filename for info in archive.infolist()])
    return Members(format, _zip_parts(archive, blob, format, budget))


def _zip_parts(archive: zipfile.ZipFile, blob: Blob, format: str, budget: Budget) -> Iterator[Part]:
    with archive:
        for info in archive.infolist():
            path = safe_member_path(info.filename)
            place = Location(blob.path, f"member {info.header_offset}")
            if path is None:
                yield NotExamined(place, UNSUPPORTED, "member name leaves the archive")
                continue
            if info.is_dir() or (format in ("torch", "torchscript") and STORAGE.match(path)):
                continue
            place = Location(f"{blob.path}!{path}")
            if stat.S_ISLNK(info.external_attr >> 16):
                yield NotExamined(place, UNSUPPORTED, "symbolic link in a zip archive")
            elif info.flag_bits & 0x1:
                yield NotExamined(place, UNSUPPORTED, "encrypted")
            else:
                yield from _guarded(place, budget, lambda: _zip_member(archive, info, place.path, budget))  # noqa: B023


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, budget: Budget) -> Blob:
    with archive.open(info) as member:
        return spool(member, path, info.compress_size, budget)


def _guarded(place: Location, budget: Budget, read: Callable[[], Blob]) -> Iterator[Blob | NotExamined]:
    try:
        budget.member()
        yield read()
    except NotExaminable as error:
        yield NotExamined(place, error.reason, error.detail)
        if budget.members < 0 or budget.expanded < 0:
            raise
    except (*BROKEN, NotImplementedError, RuntimeError):
        yield NotExamined(place, UNREADABLE, "broken archive member")


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
                    continue
                place = Location(f"{outer}!{path.encode('utf-8', 'replace').decode()}")
                if info.isfile():
                    member = archive.extractfile(info)
                    if member is None:
                        continue
                    budget.member()
                    yield spool(member, place.path, packed, budget)
                elif info.islnk():
                    yield HardLink(place.path, f"{outer}!{safe_member_path(info.linkname) or ''}")
                elif not (info.isdir() or info.issym()):
                    yield NotExamined(place, UNSUPPORTED, "not a regular file")
    except BROKEN:
        if archive is None or not _lacks_padding_only(archive, data_end):
            yield NotExamined(Location(outer), UNREADABLE, "broken or truncated archive")


def _lacks_padding_only(archive: tarfile.TarFile, data_end: int) -> bool:
    """Whether the stream ends behind the data of its last member: some writers leave out what should follow."""
    position = archive.fileobj.tell() if archive.fileobj is not None else 0
    return 0 < data_end <= position < archive.offset


class _Inflated(io.RawIOBase):
    """The content of a zlib stream; what follows its end is not part of it."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._inflate = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._packed.read(65536)
            if not packed:
                raise EOFError
            data = self._inflate.decompress(packed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0

    def close(self) -> None:
        self._packed.close()
        super().close()


def decompress(blob: Blob, format: str) -> IO[bytes]:
    """The expanded stream of a compressed Blob. Raises NotExaminable(unsupported) where no decoder is at hand."""
    if format == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=blob.open()))
    if format == "bzip2":
        return bz2.BZ2File(blob.open())
    if format in ("xz", "lzma"):
        return lzma.LZMAFile(blob.open())
    if format == "zlib":
        return io.BufferedReader(_Inflated(blob.open()), CHUNK)
    if format == "zstd":
        try:
            import zstandard  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            raise NotExaminable(UNSUPPORTED, "zstd needs the extra lading[zstd]") from None
        return cast(IO[bytes], zstandard.ZstdDecompressor().stream_reader(blob.open(), read_across_frames=True))
    raise NotExaminable(UNSUPPORTED, f"no reader for {format}")
