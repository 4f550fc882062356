"""Graph searches behind the quantifiers: who reaches a set of artifacts, and along which shortest way.

One backward search from the wanted artifacts answers for all selected artifacts at once and leaves the next step of a
shortest way at every artifact it passes. Ties go to the smaller identity.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from scanner.model import Proof
from scanner.policy.world import World

MAX_VISITS: Final = 200_000
"""Artifacts that a search from one artifact may visit before it gives up."""


@dataclass(frozen=True, slots=True)
class Way:
    """One step of a way: the relationship taken, its proof class, and where it leads."""

    type: str
    proof: Proof
    target: int


@dataclass(frozen=True, slots=True)
class Along:
    """Which relationships a search may take: these types, at least this proof, one step only if ``direct``."""

    types: tuple[str, ...]
    proof: Proof = Proof.INFERRED
    direct: bool = False


class SearchLimit(Exception):
    """A search from one artifact visited :data:`MAX_VISITS` artifacts."""


class Reach:
    """Everything that reaches one of ``wanted`` over one or more relationships."""

    def __init__(self, world: World, wanted: Iterable[int], along: Along) -> None:
        self._world = world
        self._along = along
        self._wanted = frozenset(wanted)
        self._next: dict[int, Way] = {}
        layer = sorted(self._wanted)
        seen = set(layer)
        while layer:
            found: list[int] = []
            for number in layer:
                for source, proof, type in world.back(number, along.types, along.proof):
                    if source not in self._next:
                        self._next[source] = Way(type, proof, number)
                    if source not in seen:
                        seen.add(source)
                        found.append(source)
            layer = [] if along.direct else sorted(found)

    def __contains__(self, number: object) -> bool:
        return number in self._next

    def path(self, number: int) -> tuple[Way, ...] | None:
        """A shortest way to the nearest wanted artifact; None when none is reached."""
        if number not in self._next:
            return None
        way = [self._next[number]]
        while way[-1].target not in self._wanted:
            way.append(self._next[way[-1].target])
        return tuple(way)

    def ways(self, number: int) -> Iterator[tuple[Way, ...]]:
        """A shortest way to each wanted artifact, nearest first. Raises SearchLimit."""
        return ways_from(self._world, number, self._wanted, self._along)


def ways_from(world: World, start: int, wanted: Container[int], along: Along) -> Iterator[tuple[Way, ...]]:
    """A shortest way from ``start`` to each wanted artifact, nearest first, by a search onward from it alone.

    Raises SearchLimit.
    """
    came: dict[int, tuple[int, Way]] = {}
    layer = [start]
    while layer:
        following: list[int] = []
        for number in layer:
            for target, proof, type in world.onward(number, along.types, along.proof):
                if target not in came:
                    came[target] = number, Way(type, proof, target)
                    following.append(target)
            if len(came) > MAX_VISITS:
                raise SearchLimit
        for target in following:
            if target in wanted:
                yield _unwind(came, start, target)
        layer = [] if along.direct else following


def _unwind(came: dict[int, tuple[int, Way]], start: int, end: int) -> tuple[Way, ...]:
    source, way = came[end]
    path = [way]
    while source != start:
        source, way = came[source]
        path.append(way)
    return tuple(reversed(path))


def reached(world: World, starts: Iterable[int], along: Along) -> set[int]:
    """Artifacts reached from any of ``starts`` over one or more relationships."""
    found: set[int] = set()
    layer: Collection[int] = set(starts)
    while layer:
        following = world.targets(layer, along.types, along.proof)
        layer = set() if along.direct else following - found
        found |= following
    return found
