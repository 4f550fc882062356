"""Listing folders of a git directory for its collector, which reads objects itself."""

from __future__ import annotations

import os
from typing import Final

from scanner.sources.blob import Blob

LIMIT: Final = 200_000


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
