"""Files of Debian packages: ``PACKAGE.list`` and ``PACKAGE.md5sums`` of dpkg's ``info``, ``PACKAGE.md5sums`` of ``status.d``.

The lists name no version: the enricher that sees the package database beside them tells whose they are. Configuration files
are in the list only, without a digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "dpkg_files"
VERSION: Final = "1"
LIMIT: Final = 32 << 20
FILES: Final = 200_000
PLACE: Final = re.compile(
    r"(?P<root>(?:.*/)?)var/lib/dpkg/(?:info|status\.d)/(?P<package>[a-z0-9][a-z0-9+.\-]{1,200}(?::[a-z0-9\-]{1,40})?)"
    r"\.(?P<kind>list|md5sums)\Z"
)
"""Root of the file system, package (with its architecture where several can be installed) and kind of a list."""
_SUM: Final = re.compile(r"([0-9a-fA-F]{32})  (.+)\Z", re.DOTALL)


def wants(blob: Blob) -> bool:
    """Lists of dpkg in a root file system."""
    return "lib/dpkg/" in blob.path and PLACE.search(blob.path.rpartition("!")[2]) is not None


def collect(blob: Blob) -> Evidence:
    """``listed_files``: paths below the root, each behind its digest (``md5:...``) or, without one, behind nothing."""
    builder = EvidenceBuilder(NAME)
    place = PLACE.search(blob.path.rpartition("!")[2])
    assert place is not None  # `wants` said so
    lines = [line for line in blob.read(LIMIT).decode("utf-8", "replace").split("\n") if line]
    entries = list(_listed(lines) if place["kind"] == "list" else _summed(lines))
    if place["kind"] == "md5sums" and len(entries) < len(lines):
        builder.missed(blob.location, UNREADABLE, f"{len(lines) - len(entries)} lines without a digest and a path")
    if len(entries) > FILES:
        builder.missed(blob.location, OVER_LIMIT, f"more than {FILES} files of a package")
    builder.state(blob.ref, "listed_files", [f"{digest} {path}" for digest, path in entries[:FILES]], blob.location)
    return builder.build()


def _listed(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Files of a ``.list``: absolute paths, each folder before what lies in it."""
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        path = identity.relative_path(line.lstrip("/"))
        if path and path != "." and not following.startswith(f"{line.rstrip('/')}/"):
            yield "", path


def _summed(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if (match := _SUM.match(line)) and (path := identity.relative_path(match[2].lstrip("/"))):
            yield f"md5:{match[1].lower()}", path
