"""A scan result as a graph again, so that policies can be explained and tried without scanning."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.graph import Graph
from scanner.model import Artifact, ArtifactRef, Evidence, Gap, Location, Proof, Relationship, Statement
from scanner.result import ArtifactResult, RelationshipResult, ScanResult
from scanner.vocabulary import groups_of


def graph_of(result: ScanResult) -> Graph:
    """The graph that the result was judged on: same artifacts, groups, gaps and effective proof classes."""
    graph = Graph.fold(one for artifact in result.artifacts for one in _artifact(artifact))
    for relationship in result.relationships:
        graph.add(_relationship(relationship))
    return graph


def _ref(id: str) -> ArtifactRef:
    kind, _, key = id.partition(":")
    return ArtifactRef(kind, key)


def _place(text: str) -> Location:
    path, bracket, at = text.partition(" (")
    return Location(path, at.removesuffix(")")) if bracket else Location(text)


def _artifact(one: ArtifactResult) -> Iterator[Evidence]:
    ref = _ref(one.id)
    places: list[Location | None] = [_place(text) for text in one.locations]
    digests = tuple(sorted(one.digests.items()))
    here = places[0] if places and places[0] is not None else Location(".")
    yield Evidence(
        "result",
        artifacts=tuple(
            Artifact(ref, place, one.name, one.version, one.purl, digests, one.size, one.resolved)
            for place in places or [None]
        ),
        gaps=tuple(Gap(ref, group, reason, "", here) for group, reason in sorted(one.missing.items())),
    )
    for group in sorted(set(one.evidence) & set(groups_of(ref.kind))):
        for origin in one.stated_by.get(group, ()):
            statement = Statement(ref, group, one.evidence[group], _place(origin.location))
            yield Evidence(origin.by, statements=(statement,))


def _relationship(one: RelationshipResult) -> Evidence:
    relationship = Relationship(
        _ref(one.source), one.type, _ref(one.target), Proof.of(one.proof), _place(one.location), one.note
    )
    return Evidence(one.by, relationships=(relationship,))
