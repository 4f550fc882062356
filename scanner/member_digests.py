"""Digests that package databases record of files, taken of the members of an archive while it is streamed.

dpkg records md5 and apk sha1, and neither database need come before the files in the archive. So that the archive is read
once, both are taken of every small member that lies where packages put files, and told only where such a database was met.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner.collectors import apk, dpkg_files
from scanner.model import Evidence
from scanner.sources.blob import Blob

SIZE: Final = 64 << 10
"""Members up to this size are hashed, in bytes: nineteen of twenty files of a distribution, and a tenth of its bytes."""
MEMBERS: Final = 500_000
ALGORITHMS: Final[Mapping[str, str]] = {dpkg_files.NAME: "md5", apk.NAME: "sha1"}
"""Collector of a database → what it records."""
_PLACE: Final = re.compile(r"(?:^|/)(?:usr|bin|sbin|lib|lib32|lib64|libx32|opt|var/lib)/")


@dataclass(slots=True)
class MemberDigests:
    """Both digests of members of one archive, by path inside it."""

    found: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)

    def see(self, blob: Blob) -> None:
        """Take the digests of one member, if it may belong to a package."""
        path = blob.path.rpartition("!")[2]
        if blob.content is None or blob.size > SIZE or len(self.found) >= MEMBERS or not _PLACE.search(path):
            return
        self.found[path] = (
            hashlib.md5(blob.content, usedforsecurity=False).digest(),
            hashlib.sha1(blob.content, usedforsecurity=False).digest(),
        )

    def stated(self, evidence: Iterable[Evidence]) -> list[str]:
        """``algorithm:hex path`` of every member, for the databases that spoke in the evidence about the archive."""
        met = {ALGORITHMS[one.by] for one in evidence if one.by in ALGORITHMS}
        return [
            f"{algorithm}:{digest.hex()} {path}"
            for path, digests in sorted(self.found.items())
            for algorithm, digest in zip(("md5", "sha1"), digests, strict=True)
            if algorithm in met
        ]
