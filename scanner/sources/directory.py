"""A directory as a Source: every regular file once, in sorted order, without following a link out of it.

A git directory (``.git`` or a bare repository) is one Blob, its ``HEAD``: the git collector reads its objects itself.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED
from scanner.model import Location, NotExamined
from scanner.sources.blob import HEAD, SMALL, Blob, open_file

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
    yield from _walk(str(root), name, real_root, 0)


def _walk(folder: str, place: str, root: str, depth: int) -> Iterator[Handle | NotExamined]:
    if depth > DEPTH:
        yield NotExamined(Location(place), OVER_LIMIT, f"nested deeper than {DEPTH} folders")
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        yield NotExamined(Location(place or "."), UNREADABLE, "the folder cannot be listed")
        return
    if _is_git_directory({entry.name for entry in entries}):
        yield Handle(_join(place, "HEAD"), os.path.join(folder, "HEAD"), root, _size(os.path.join(folder, "HEAD")))
        for entry in entries:
            if entry.name == "modules" and entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, _join(place, entry.name), root, depth + 1)
        return
    for entry in entries:
        yield from _entry(entry, _join(place, entry.name), root, depth)


def _entry(entry: os.DirEntry[str], place: str, root: str, depth: int) -> Iterator[Handle | NotExamined]:
    try:
        if entry.is_symlink():
            yield from _link(entry.path, place, root)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, place, root, depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield Handle(place, entry.path, root, entry.stat(follow_symlinks=False).st_size)
        else:
            yield NotExamined(Location(place), UNSUPPORTED, "not a regular file")
    except OSError:
        yield NotExamined(Location(place), UNREADABLE, "cannot be looked at")


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
