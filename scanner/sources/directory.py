"""A directory as a Source: every regular file once, in sorted order, without following a link out of it.

Of a git directory (``.git`` or a bare repository) git's own files are one Blob, its ``HEAD``: the git collector reads its
objects itself. A content that Git LFS keeps there is a file of the scan once a pointer to it was met.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED
from scanner.model import Location, NotExamined
from scanner.sources.blob import HEAD, SMALL, Blob, open_file
from scanner.sources.git_directory import POINTER_SIZE, is_own, pointer_of, stored_content

DEPTH: Final = 64


@dataclass(frozen=True, slots=True)
class Handle:
    """A file on disk that a worker can open: ``root`` bounds what may be opened beside it."""

    path: str
    file: str
    root: str
    size: int


def walk(root: Path, name: str) -> Iterator[Handle | NotExamined]:
    """Every file below ``root``, with places that begin with ``name`` (empty: relative to the root).

    Yields a NotExamined for what cannot be entered or opened: unreadable folders, dangling links, links that leave the
    root, special files, folders nested deeper than :data:`DEPTH`.
    """
    real_root = os.path.realpath(root)
    if root.is_file():
        yield Handle(name or root.name, str(root), os.path.dirname(real_root), root.stat().st_size)
        return
    yield from _Walk(real_root).folder(str(root), name, 0)


@dataclass(slots=True)
class _Walk:
    """A walk below one root. ``contents``: what Git LFS keeps, by digest, that no pointer has named yet."""

    root: str
    contents: dict[str, Handle] = field(default_factory=dict)

    def folder(self, folder: str, place: str, depth: int, git: str | None = None) -> Iterator[Handle | NotExamined]:
        """Files below a folder; ``git`` is its path in the git directory it belongs to, if it does to one."""
        if depth > DEPTH:
            yield NotExamined(Location(place), OVER_LIMIT, f"nested deeper than {DEPTH} folders")
            return
        try:
            with os.scandir(folder) as found:
                # What Git LFS keeps has to be known before the pointers to it are met.
                entries = sorted(found, key=lambda entry: (entry.name != ".git", entry.name))
        except OSError:
            yield NotExamined(Location(place or "."), UNREADABLE, "the folder cannot be listed")
            return
        if _is_git_directory({entry.name for entry in entries}):
            git = ""
            yield Handle(
                _join(place, "HEAD"), os.path.join(folder, "HEAD"), self.root, _size(os.path.join(folder, "HEAD"))
            )
        for entry in entries:
            yield from self.entry(
                entry, _join(place, entry.name), depth, None if git is None else _join(git, entry.name)
            )

    def entry(self, entry: os.DirEntry[str], place: str, depth: int, git: str | None) -> Iterator[Handle | NotExamined]:
        """One entry of a folder."""
        try:
            if entry.is_symlink():
                yield from _link(entry.path, place, self.root)
            elif entry.is_dir(follow_symlinks=False):
                yield from self.folder(entry.path, place, depth + 1, git)
            elif entry.is_file(follow_symlinks=False):
                if git is None or not (git == "HEAD" or is_own(git, entry.path)):
                    size = entry.stat(follow_symlinks=False).st_size
                    yield from self.file(Handle(place, entry.path, self.root, size), git)
            else:
                yield NotExamined(Location(place), UNSUPPORTED, "not a regular file")
        except OSError:
            yield NotExamined(Location(place), UNREADABLE, "cannot be looked at")

    def file(self, handle: Handle, git: str | None) -> Iterator[Handle]:
        """A file, and what it is a Git LFS pointer to; a content of Git LFS only when a pointer names it."""
        digest = stored_content(git) if git is not None else None
        if digest is not None:
            self.contents[digest] = handle
            return
        if self.contents and handle.size < POINTER_SIZE:
            with open_file(Path(handle.file)) as stream:
                digest = pointer_of(stream.read(POINTER_SIZE))
            if digest is not None and (content := self.contents.pop(digest, None)) is not None:
                yield content
        yield handle


def _link(path: str, place: str, root: str) -> Iterator[Handle | NotExamined]:
    target = os.path.realpath(path)
    if target != root and not target.startswith(root.rstrip(os.sep) + os.sep):
        yield NotExamined(Location(place), UNSUPPORTED, "symbolic link that leaves the scanned root")
        return
    try:
        mode = os.stat(target).st_mode
    except OSError:
        yield NotExamined(Location(place), UNREADABLE, "symbolic link to nothing")
        return
    if stat.S_ISREG(mode):
        yield Handle(place, target, root, _size(target))
    # A linked folder inside the root is examined where it lies; walking it twice could never end.


def _is_git_directory(names: set[str]) -> bool:
    return {"HEAD", "objects", "refs"} <= names and not {"oci-layout", "index.json"} & names


def _join(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def _size(path: str) -> int:
    return os.stat(path).st_size


def open_blob(handle: Handle) -> Blob:
    """The Blob behind a handle. Raises OSError."""
    path = Path(handle.file)
    with open_file(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        content = stream.read(SMALL) if size <= SMALL else None
        head = stream.read(HEAD) if content is None else content[:HEAD]
    if content is not None:
        size = len(content)

    def near(relative: str) -> Blob | None:
        found = beside(handle, relative)
        return None if found is None else open_blob(found)

    return Blob(handle.path, size, head, lambda: open_file(path), content, path, near)


def beside(handle: Handle, relative: str) -> Handle | None:
    """A file at a path relative to the handle's folder; None when it is absent, no regular file or outside the root."""
    target = os.path.realpath(os.path.join(os.path.dirname(handle.file), relative))
    if not target.startswith(handle.root.rstrip(os.sep) + os.sep) or not os.path.isfile(target):
        return None
    place = os.path.normpath(os.path.join(os.path.dirname(handle.path), relative)).replace(os.sep, "/")
    return Handle(place, target, handle.root, _size(target))
