"""Questions that several sections ask of one result."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.model import Json
from scanner.reports import summary
from scanner.reports.links import Links, follow
from scanner.result import ArtifactResult, RelationshipResult, ScanResult

STRENGTH: Final[Mapping[str, int]] = {"inferred": 0, "declared": 1, "matched": 2, "signed": 3}
"""Proof classes, weakest first."""

_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}\Z")


def proof_of(relationship: RelationshipResult) -> str:
    """The proof class of a relationship; the weakest for a word that is none."""
    return relationship.proof if relationship.proof in STRENGTH else "inferred"


class Lookup(Links):
    """The relationships of a result in both directions, its artifacts by kind, and their evidence with its type."""

    def __init__(self, result: ScanResult) -> None:
        super().__init__(result)
        self.result: Final = result
        self.findings: Final = summary.ordered(result)
        """Every finding with its disposition, the most urgent first."""
        self._ways_up: Final = self.ways_to("deployment")

    def of_kind(self, kind: str) -> Iterator[ArtifactResult]:
        """Artifacts of one kind, sorted by name, version and id."""
        found = (artifact for artifact in self.artifacts.values() if artifact.kind == kind)
        return iter(sorted(found, key=lambda artifact: (artifact.name, artifact.version or "", artifact.id)))

    def label(self, id: str) -> str:
        """Name and version of an artifact as a reader calls it; the id itself when it is unknown."""
        artifact = self.artifacts.get(id)
        if artifact is not None and artifact.kind == "commit" and _COMMIT.match(artifact.name):
            return artifact.name[:12]
        return summary.label(artifact, id)

    def evidence(self, id: str, group: str, field: str | None = None) -> Json:
        """An evidence group of an artifact, or one field of it; None when absent."""
        artifact = self.artifacts.get(id)
        value = artifact.evidence.get(group) if artifact else None
        if field is None:
            return value
        return value.get(field) if isinstance(value, Mapping) else None

    def text(self, id: str, group: str, field: str | None = None) -> str:
        """Like :meth:`evidence` for a string; empty when absent or no string."""
        value = self.evidence(id, group, field)
        return value if isinstance(value, str) else ""

    def members(self, id: str, group: str) -> list[Mapping[str, Json]]:
        """The mappings of a list group; empty when absent."""
        value = self.evidence(id, group)
        return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []

    def strings(self, id: str, group: str) -> list[str]:
        """The strings of a list group; empty when absent."""
        return strings(self.evidence(id, group))

    def way_up(self, id: str) -> list[str]:
        """Artifacts from ``id``, which comes first, up to the nearest deployment; only ``id`` when there is none."""
        return follow(self._ways_up, id)

    def holders(self, id: str, kinds: frozenset[str]) -> list[str]:
        """Nearest artifacts of ``kinds`` that contain ``id``, through layers, files and packages; sorted by label."""
        found: set[str] = set()
        seen, waiting = {id}, deque([id])
        while waiting:
            for relationship in self.incoming(waiting.popleft()):
                holder = relationship.source
                if relationship.type not in ("contains", "depends_on") or holder in seen:
                    continue
                seen.add(holder)
                if self.kind(holder) in kinds:
                    found.add(holder)
                elif self.kind(holder) != "release":
                    waiting.append(holder)
        return sorted(found, key=lambda holder: (self.label(holder), holder))

    def packages_in(self, id: str) -> set[str]:
        """Ids of the packages that an image contains, directly or through its layers and files."""
        found: set[str] = set()
        seen, waiting = {id}, [id]
        while waiting:
            for relationship in self.outgoing(waiting.pop()):
                part = relationship.target
                if relationship.type in ("contains", "depends_on") and part not in seen:
                    seen.add(part)
                    if self.kind(part) == "package":
                        found.add(part)
                    if self.kind(part) in ("layer", "file", "package"):
                        waiting.append(part)
        return found


def strings(value: Json) -> list[str]:
    """The strings of a list; empty for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
