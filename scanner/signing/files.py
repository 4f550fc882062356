"""The files of a signed directory as the verifier sees them: size, digest, and more digests on demand."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from scanner.errors import NotExaminable

CHUNK = 1024 * 1024


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SignedFile:
    """One file below the signed directory.

    ``digest(query)`` returns a hex digest by another algorithm or of a part: ``query`` is ``sha256``, ``blake2b``
    (512 bits) or ``blake3``, alone for the whole file or followed by ``:start:end`` in bytes, end excluded. It raises
    NotExaminable when the bytes cannot be read or the algorithm is not available. A symlink has no digest.
    """

    size: int
    sha256: str
    digest: Callable[[str], str]
    is_symlink: bool = False


def digest_of(stream: BinaryIO, query: str) -> str:
    """Answer a digest query (see :class:`SignedFile`) from a seekable stream, one mebibyte at a time."""
    algorithm, _, span = query.partition(":")
    start, end = (int(offset) for offset in span.split(":")) if span else (0, None)
    hasher = _hasher(algorithm)
    stream.seek(start)
    left = None if end is None else end - start
    while left != 0:
        chunk = stream.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            if left is None:
                break
            raise NotExaminable("unreadable", "the file is shorter than the asked range")
        hasher.update(chunk)
        left = None if left is None else left - len(chunk)
    return hasher.hexdigest()


def _hasher(algorithm: str) -> _Hash:
    if algorithm == "sha256":
        return hashlib.sha256()
    if algorithm == "blake2b":
        return hashlib.blake2b()
    if algorithm == "blake3":
        try:
            from blake3 import blake3  # type: ignore[import-not-found,unused-ignore]
        except ImportError as error:
            raise NotExaminable("unsupported", "blake3 is not installed") from error
        hasher: _Hash = blake3()
        return hasher
    raise NotExaminable("unsupported", "the digest algorithm is not known")


def read_directory(root: Path) -> dict[str, SignedFile]:
    """Every file and symlink below ``root``, keyed by relative path with ``/``; each regular file is hashed once.

    Links are listed and never followed. Raises NotExaminable for special files, for names that are not UTF-8 and for
    files that change while they are read.
    """
    found: dict[str, SignedFile] = {}
    for folder, folders, names in os.walk(root, onerror=_unreadable):
        folders.sort()
        linked = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*names, *linked]):
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            if not _is_utf8(relative):
                raise NotExaminable("unsupported", "a file name is not UTF-8")
            found[relative] = _link() if path.is_symlink() else _regular(path)
    return found


def _unreadable(error: OSError) -> None:
    raise NotExaminable("unreadable", "a directory cannot be listed") from error


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _link() -> SignedFile:
    def refuse(query: str) -> str:
        raise NotExaminable("unsupported", "a symbolic link has no digest")

    return SignedFile(0, "", refuse, is_symlink=True)


def _regular(path: Path) -> SignedFile:
    size, sha256 = _stable_digest(path, "sha256")

    def digest(query: str) -> str:
        return _stable_digest(path, query)[1]

    return SignedFile(size, sha256, digest)


def _stable_digest(path: Path, query: str) -> tuple[int, str]:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb", buffering=0) as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise NotExaminable("unsupported", "not a regular file")
            digest = digest_of(stream, query)
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise NotExaminable("unreadable", "the file cannot be read") from error
    if _stamp(before) != _stamp(after):
        raise NotExaminable("unreadable", "the file changed while it was read")
    return before.st_size, digest


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
