"""A Blob: one stream of bytes found in a Source, and where it lies.

A worker opens a Blob from a small picklable handle; collectors and inspectors see the same class whether the bytes lie in
a file of a directory, in a part of a bigger file, or in a member of an archive that was streamed.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Location

HEAD: Final = 4096
"""Bytes read before anything is decided."""
SMALL: Final = 1 << 20
"""Contents up to this size are read once and kept; bigger ones are read in pieces."""
RECORD_LIMIT: Final = 64 << 20
"""The largest record a collector reads whole."""


@dataclass(slots=True)
class Blob:
    """One stream of bytes.

    ``path`` is the place in the scan (``outer!inner`` when nested), ``size`` is in bytes, ``head`` the first
    :data:`HEAD` bytes. ``sha256`` and ``ref`` (the file artifact of this content) are set by examine before any collector
    or inspector sees the Blob.
    """

    path: str
    size: int
    head: bytes
    opener: Callable[[], BinaryIO]
    content: bytes | None = None
    local: Path | None = None
    """The file itself where the Blob is a whole regular file on disk; only for libraries that need a file name."""
    near: Callable[[str], Blob | None] | None = None
    """Opens another file of the same Source by a path relative to this Blob's folder; None where a Source cannot."""
    zipped: bool | None = None
    """Whether it is a zip archive; None until :func:`scanner.sources.zip_records.is_zip` has looked at its end."""
    members: tuple[str, ...] | None = None
    """Names of its members where it is a zip archive; None until :mod:`scanner.sources.zip_members` has read them."""
    cut: bool = False
    """Whether its container broke before its end; the container is told as not examined."""
    sha256: str = ""
    ref: ArtifactRef = field(default_factory=lambda: ArtifactRef("file", "place:"))

    @property
    def name(self) -> str:
        """The last component of the innermost path."""
        return self.path.rpartition("!")[2].rpartition("/")[2]

    @property
    def location(self) -> Location:
        """The Blob as a whole."""
        return Location(self.path)

    def at(self, place: str) -> Location:
        """A place inside the Blob: ``line 7``, ``table runs``."""
        return Location(self.path, place)

    def open(self) -> BinaryIO:
        """A seekable read-only stream over the bytes. Raises NotExaminable(unreadable)."""
        if self.content is not None:
            return io.BytesIO(self.content)
        try:
            return self.opener()
        except OSError:
            raise NotExaminable(UNREADABLE, "cannot be opened") from None

    def read(self, limit: int = RECORD_LIMIT) -> bytes:
        """All bytes. Raises NotExaminable(over_limit) when there are more than ``limit``."""
        if self.size > limit:
            raise NotExaminable(OVER_LIMIT, f"larger than {limit} bytes")
        if self.content is not None:
            return self.content
        with self.open() as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise NotExaminable(OVER_LIMIT, f"larger than {limit} bytes")
        return data

    def text(self, limit: int = RECORD_LIMIT) -> str:
        """All bytes as UTF-8 (a byte order mark is dropped). Raises NotExaminable for other encodings."""
        try:
            return self.read(limit).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NotExaminable(UNREADABLE, "not UTF-8 text") from None


def open_file(path: Path) -> BinaryIO:
    """Open a regular file read-only, never through a final symbolic link, never blocking on a special file.

    Raises OSError; also for anything that is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return os.fdopen(descriptor, "rb")


class Part(io.RawIOBase):
    """A read-only window of ``size`` bytes at ``offset`` of another seekable stream, which it closes with itself."""

    def __init__(self, base: BinaryIO, offset: int, size: int) -> None:
        self._base, self._offset, self._size, self._position = base, offset, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("seek before the start")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        self._base.seek(self._offset + self._position)
        data = self._base.read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._base.close()
        super().close()


def open_part(base: BinaryIO, offset: int, size: int) -> BinaryIO:
    """A buffered :class:`Part`."""
    return io.BufferedReader(Part(base, offset, size))


def blob_of_bytes(path: str, data: bytes, near: Callable[[str], Blob | None] | None = None) -> Blob:
    """A Blob over bytes in memory."""
    return Blob(path, len(data), data[:HEAD], lambda: io.BytesIO(data), content=data, near=near)


def ends_with(blob: Blob, suffixes: Sequence[str]) -> bool:
    """Whether the innermost path ends with one of these path suffixes, at a folder boundary."""
    inner = "/" + blob.path.rpartition("!")[2]
    return any(inner.endswith("/" + suffix) for suffix in suffixes)
