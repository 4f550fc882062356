"""What all evidence together says of one artifact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from scanner.model import Artifact, ArtifactRef, Json, Location


@dataclass(frozen=True, slots=True)
class Stated:
    """Who stated something, and where it was read."""

    by: str
    location: Location


@dataclass(frozen=True, slots=True)
class ArtifactView:
    """One artifact as the whole graph knows it."""

    ref: ArtifactRef
    name: str
    version: str | None
    purl: str | None
    digests: Mapping[str, str]
    size: int | None
    resolved: bool
    locations: tuple[Location, ...]
    groups: Mapping[str, Json]
    stated_by: Mapping[str, tuple[Stated, ...]]
    missing: Mapping[str, str]


@dataclass(slots=True)
class Entry:
    """One artifact while evidence comes in; of several names, versions or sizes the smallest is kept."""

    name: str | None = None
    version: str | None = None
    purl: str | None = None
    size: int | None = None
    digests: tuple[tuple[str, str], ...] = ()
    resolved: bool = False
    locations: set[Location] = field(default_factory=set)
    statements: set[tuple[str, str, Stated]] = field(default_factory=set)
    """Group, canonical JSON text of the value, and who says so: flat, because most artifacts have one or two."""
    gaps: dict[str, set[str]] = field(default_factory=dict)

    def add(self, artifact: Artifact) -> None:
        """Take in what one component saw of the artifact itself."""
        self.name = _least(self.name, artifact.name)
        self.version = _least(self.version, artifact.version)
        self.purl = _least(self.purl, artifact.purl)
        self.size = _least(self.size, artifact.size)
        self.resolved |= artifact.resolved
        if artifact.location is not None:
            self.locations.add(artifact.location)
        self._add_digests(artifact.digests)

    def absorb(self, other: Entry) -> None:
        """Take in everything known under another identity of the same artifact."""
        self.name = _least(self.name, other.name)
        self.version = _least(self.version, other.version)
        self.purl = _least(self.purl, other.purl)
        self.size = _least(self.size, other.size)
        self.locations |= other.locations
        self.resolved |= other.resolved
        self._add_digests(other.digests)
        self.statements |= other.statements
        for group, reasons in other.gaps.items():
            self.gaps.setdefault(group, set()).update(reasons)

    def _add_digests(self, digests: tuple[tuple[str, str], ...]) -> None:
        if digests and digests != self.digests:
            smallest_last = sorted({*self.digests, *digests}, reverse=True)
            self.digests = tuple(sorted(dict(smallest_last).items()))

    def view(self, root: ArtifactRef, fold: Callable[[str, str, list[str]], Json]) -> ArtifactView:
        """The artifact as it is known now; ``fold`` makes one value of a kind's group out of canonical texts."""
        locations = tuple(sorted(self.locations))
        texts: dict[str, set[str]] = {}
        said: dict[str, set[Stated]] = {}
        for group, text, one in self.statements:
            texts.setdefault(group, set()).add(text)
            said.setdefault(group, set()).add(one)
        groups = {group: fold(root.kind, group, sorted(texts[group])) for group in sorted(texts)}
        stated = {group: tuple(sorted(said[group], key=lambda one: (one.by, one.location))) for group in groups}
        missing = {group: min(reasons) for group, reasons in sorted(self.gaps.items()) if group not in groups}
        return ArtifactView(
            root,
            self.name or _default_name(root, locations),
            self.version,
            self.purl,
            dict(self.digests),
            self.size,
            self.resolved,
            locations,
            groups,
            stated,
            missing,
        )


_Least = TypeVar("_Least", str, int)


def _least(one: _Least | None, other: _Least | None) -> _Least | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _default_name(ref: ArtifactRef, locations: tuple[Location, ...]) -> str:
    if locations:
        return locations[0].path
    return ref.key.partition(":")[2] or ref.key
