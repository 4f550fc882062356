"""Git directories: which of their files are git's own, which contents Git LFS keeps there, and listing their folders.

The collector reads git's own files itself; whatever else lies in a git directory is a file of the scan like any other, so
that nothing hides behind a ``HEAD``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from scanner.sources.blob import Blob, open_file

LIMIT: Final = 200_000
POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize [0-9]{1,18}\n?\Z"
)
"""A pointer file of Git LFS (git-lfs specification, version 1)."""
POINTER_SIZE: Final = 1024
_HEAD: Final = 256
_ID: Final = rb"(?:[0-9a-f]{40}|[0-9a-f]{64})"
_OWN: Final = tuple(
    (re.compile(path), re.compile(start, re.DOTALL))
    for path, start in (
        (r"objects/[0-9a-f]{2}/(?:[0-9a-f]{38}|[0-9a-f]{62})\Z", rb"\x78"),
        (r"objects/pack/pack-[0-9a-f]{40,64}\.pack\Z", rb"PACK"),
        (r"objects/pack/pack-[0-9a-f]{40,64}\.(?:idx|rev|bitmap|mtimes)\Z", rb"\xfftOc|RIDX|BITM|MTME"),
        (r"objects/pack/pack-[0-9a-f]{40,64}\.(?:keep|promisor)\Z", rb""),
        (r"objects/pack/multi-pack-index\Z", rb"MIDX"),
        (r"objects/info/(?:commit-graph|commit-graphs/graph-[0-9a-f]{40,64}\.graph)\Z", rb"CGPH"),
        (r"objects/info/(?:packs|alternates|commit-graphs/commit-graph-chain)\Z", rb""),
        (r"(?:worktrees/[^/]+/)?(?:HEAD\Z|refs/|[A-Z]+_HEAD\Z)", rb"ref: refs/[^\n]*\n?\Z|" + _ID + rb"(?:\s|\Z)"),
        (r"(?:worktrees/[^/]+/)?logs/", _ID + rb" " + _ID + rb" "),
        (r"(?:worktrees/[^/]+/)?index\Z|sharedindex\.[0-9a-f]+\Z", rb"DIRC"),
        (r"reftable/", rb"REFT|0x[0-9a-f]{12}-"),
        (r"worktrees/[^/]+/(?:gitdir|commondir|locked|config\.worktree)\Z", rb""),
        (r"(?:config|description|packed-refs|shallow|[A-Z]+_(?:MSG|MODE|EDITMSG)|hooks/[a-z\-]+\.sample)\Z", rb""),
        (r"info/(?:exclude|attributes|grafts|refs|sparse-checkout)\Z", rb""),
    )
)
"""Names that git gives to its own files, relative to a git directory, and how their contents begin."""
_STORED: Final = re.compile(r"lfs/objects/[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})\Z")


def is_own(path: str, file: str) -> bool:
    """Whether ``file``, at this path of a git directory, is one of git's own: by its name and its first bytes.

    Raises OSError.
    """
    for name, start in _OWN:
        if name.match(path):
            if not start.pattern:
                return True
            with open_file(Path(file)) as stream:
                return start.match(stream.read(_HEAD)) is not None
    return False


def stored_content(path: str) -> str | None:
    """The SHA-256 of the content that Git LFS keeps at this place, relative to a git directory; None elsewhere."""
    found = _STORED.match(path)
    return found[1] if found else None


def pointer_of(data: bytes) -> str | None:
    """The SHA-256 of the content that a pointer of Git LFS stands for; None for other data."""
    found = POINTER.match(data)
    return found[1].decode("ascii") if found else None


def listing(blob: Blob, folder: str) -> list[str]:
    """Names of the regular files below ``folder`` of the git directory that ``blob`` (its ``HEAD``) lies in.

    Paths are relative to ``folder`` with ``/``, sorted, at most :data:`LIMIT`; empty where there is no such folder or the
    Blob does not lie in a directory on disk. Links are not followed.
    """
    if blob.local is None or ".." in folder.split("/"):
        return []
    top = os.path.join(os.path.dirname(blob.local), *folder.split("/"))
    if os.path.islink(top):
        return []
    found: list[str] = []
    for parent, folders, files in os.walk(top, followlinks=False):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                found.append(os.path.relpath(path, top).replace(os.sep, "/"))
            if len(found) >= LIMIT:
                return sorted(found)
    return sorted(found)
