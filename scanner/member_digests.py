"""What package databases record of files, compared with the members of an archive while it is streamed.

dpkg records md5 and apk sha1, and neither database need come before the files. So that the archive is read once, the digest of
every small member is taken where packages put files, and compared once the archive is at its end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from scanner.collectors import apk, dpkg_files
from scanner.model import Evidence, Json, Statement
from scanner.records.plain import mappings
from scanner.sources.blob import Blob

SIZE: Final = 64 << 10
"""Members up to this size are hashed, in bytes: nineteen of twenty files of a distribution, and a tenth of its bytes."""
MEMBERS: Final = 500_000
SAME, DIFFERS = "same", "differs"
"""What stands in place of a recorded digest once it was compared."""
_PLACE: Final = re.compile(r"(?:^|/)(?:usr|bin|sbin|lib|lib32|lib64|libx32|opt|var/lib)/")
MERGED: Final = frozenset({"bin", "sbin", "lib", "lib32", "lib64", "libx32"})
"""Folders that have become links to those of the same name below ``usr``, which older packages do not know."""
_APK: Final = re.compile(r"(?:^|/)(?:etc|lib)/apk/")


@dataclass(slots=True)
class MemberDigests:
    """Digests of members of one archive: md5, and sha1 once apk was met, whose settings come early in a root file system."""

    algorithm: str = "md5"
    found: dict[str, str] = field(default_factory=dict)

    def see(self, blob: Blob) -> None:
        """Take the digest of one member, if it may belong to a package."""
        if blob.content is None or blob.size > SIZE or len(self.found) >= MEMBERS:
            return
        path = blob.path.rpartition("!")[2]
        if _APK.search(path):
            self.algorithm = "sha1"
        elif _PLACE.search(path):
            hasher = hashlib.new(self.algorithm, blob.content, usedforsecurity=False)
            self.found[path] = f"{self.algorithm}:{hasher.hexdigest()}"

    def settle(self, evidence: list[Evidence], first: int, container: str) -> None:
        """Compare, in place, what databases of the archive ``container`` said in the evidence from ``first`` on."""
        sums: dict[str, set[str]] = {}
        for at in range(first, len(evidence)):
            one = evidence[at]
            if one.by == apk.NAME:
                evidence[at] = replace(one, statements=tuple(self._of_apk(said, container) for said in one.statements))
            elif one.by == dpkg_files.NAME and one.statements:
                evidence[at] = replace(one, statements=tuple(self._of_dpkg(said, container) for said in one.statements))
                sums |= {
                    _stem(said): {entry.partition(" ")[2] for entry in _entries(said)}
                    for said in one.statements
                    if said.location.path.endswith(".md5sums")
                }
        for at in range(first, len(evidence)):
            if evidence[at].by == dpkg_files.NAME:
                said = tuple(_without(one, sums) for one in evidence[at].statements)
                evidence[at] = replace(evidence[at], statements=said)

    def _compared(self, recorded: str, path: str) -> str:
        actual = self.found.get(path) or self.found.get(merged(path))
        if actual is None or actual.partition(":")[0] != recorded.partition(":")[0]:
            return recorded
        return SAME if actual == recorded else DIFFERS

    def _of_dpkg(self, said: Statement, container: str) -> Statement:
        outer, bang, inner = said.location.path.rpartition("!")
        place = dpkg_files.PLACE.match(inner)
        if outer + bang != container or place is None:
            return said
        value: list[Json] = []
        for entry in _entries(said):
            recorded, _, path = entry.partition(" ")
            value.append(f"{self._compared(recorded, place['root'] + path)} {path}")
        return replace(said, value=value)

    def _of_apk(self, said: Statement, container: str) -> Statement:
        if said.predicate != "installed_files":
            return said
        value: list[Json] = [
            {"path": path, "digest": self._compared(str(entry["digest"]), path.removeprefix(container))}
            for entry in mappings(said.value)
            for path in [str(entry["path"])]
        ]
        return replace(said, value=value)


def merged(path: str) -> str:
    """Where a path lies since the folders at the root were merged into ``usr``; the root itself may be a folder."""
    parts = path.split("/")
    at = next((at for at, part in enumerate(parts) if part in MERGED), 0)
    return "/".join([*parts[:at], "usr", *parts[at:]])


def _entries(said: Statement) -> list[str]:
    return [str(entry) for entry in said.value] if isinstance(said.value, list) else []


def _stem(said: Statement) -> str:
    return said.location.path.rpartition(".")[0]


def _without(said: Statement, sums: Mapping[str, set[str]]) -> Statement:
    """A list without what the digests beside it name as well: it is as long as they are."""
    if not said.location.path.endswith(".list") or (known := sums.get(_stem(said))) is None:
        return said
    return replace(said, value=[entry for entry in _entries(said) if entry[1:] not in known])
