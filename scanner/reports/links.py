"""The relationships of a result, followed in both directions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from scanner.result import ArtifactResult, RelationshipResult, ScanResult

_NONE: Final[tuple[RelationshipResult, ...]] = ()


class Links:
    """Artifacts by id, and relationships by either end; both sorted by type and the other end."""

    def __init__(self, result: ScanResult) -> None:
        self.artifacts: Mapping[str, ArtifactResult] = {item.id: item for item in result.artifacts}
        self._outgoing: dict[str, list[RelationshipResult]] = {}
        self._incoming: dict[str, list[RelationshipResult]] = {}
        for one in sorted(result.relationships, key=lambda item: (item.type, item.target, item.source)):
            self._outgoing.setdefault(one.source, []).append(one)
            self._incoming.setdefault(one.target, []).append(one)

    def outgoing(self, id: str) -> Iterable[RelationshipResult]:
        """What the artifact is made of or uses."""
        return self._outgoing.get(id, _NONE)

    def incoming(self, id: str) -> Iterable[RelationshipResult]:
        """Who is made of the artifact or uses it."""
        return self._incoming.get(id, _NONE)

    def kind(self, id: str) -> str:
        """The kind of an artifact; empty for one the result does not hold."""
        artifact = self.artifacts.get(id)
        return artifact.kind if artifact else ""

    def ways_to(self, kind: str) -> dict[str, RelationshipResult]:
        """For every artifact below one of ``kind``: the relationship that leads one step closer to the nearest one."""
        todo = deque(sorted(id for id, artifact in self.artifacts.items() if artifact.kind == kind))
        seen = set(todo)
        ways: dict[str, RelationshipResult] = {}
        while todo:
            for one in self.outgoing(todo.popleft()):
                if one.target not in seen:
                    seen.add(one.target)
                    ways[one.target] = one
                    todo.append(one.target)
        return ways


def follow(ways: Mapping[str, RelationshipResult], start: str) -> list[str]:
    """The ids from ``start`` to the artifact that ``ways`` lead to; only ``start`` when there is no way."""
    path = [start]
    while path[-1] in ways:
        path.append(ways[path[-1]].source)
    return path
