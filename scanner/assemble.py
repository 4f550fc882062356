"""Graph and evaluation → ScanResult."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from sys import intern
from typing import TypeVar

from scanner import __version__, identity
from scanner.collectors.registry import COLLECTORS
from scanner.enrichers.filesystems import outermost
from scanner.enrichers.registry import ENRICHERS
from scanner.graph import ArtifactView, Graph, RelationshipView
from scanner.inspectors.registry import INSPECTORS
from scanner.model import ArtifactRef
from scanner.policy.fingerprint import identity_of
from scanner.result import (
    ArtifactResult,
    Coverage,
    Input,
    Origin,
    Plugin,
    RelationshipResult,
    Tool,
    Unexamined,
)
from scanner.vocabulary import policy_groups_of

Shown = TypeVar("Shown")


def tool() -> Tool:
    """This version of Lading with every component that may have taken part."""
    plugins = [
        *(Plugin(name, str(module.VERSION), "collector") for name, module in COLLECTORS.items()),
        *(Plugin(name, str(module.VERSION), "inspector") for name, module in INSPECTORS.items()),
        *(Plugin(enricher.name, enricher.version, "enricher") for enricher in ENRICHERS),
    ]
    return Tool("lading", __version__, tuple(sorted(plugins, key=lambda plugin: (plugin.role, plugin.name))))


def coverage(graph: Graph) -> Coverage:
    """What was examined, and every place that was not, sorted."""
    missed = sorted({(item.location, by, item.reason, item.detail) for by, item in graph.not_examined})
    unexamined = tuple(Unexamined(str(place), by, reason, detail) for place, by, reason, detail in missed)
    places = {place.path for place, *_ in missed}
    return Coverage(graph.blobs, max(graph.blobs - len(places), 0), unexamined, graph.bytes_total, graph.bytes_examined)


def inputs(graph: Graph, names: Sequence[str]) -> tuple[Input, ...]:
    """Each scanned path with a digest over the path and content of every file below it; members are in their archives."""
    found = []
    for name in names:
        places = graph.places_below("" if name == "." else name + "/") or [name]
        members = [
            (path, graph.artifact(ref).digests["sha256"])
            for path in places
            if outermost(graph, path) == path
            for ref in graph.at(path)
            if ref.kind == "file" and graph.seen(ref)
        ]
        digest = identity.group_digest([("", "0" * 64), *members])
        found.append(Input(name, f"sha256:{digest}"))
    return tuple(found)


@cache
def _shown(kind: str) -> frozenset[str]:
    return frozenset(policy_groups_of(kind))


def _only(names: frozenset[str], groups: Mapping[str, Shown]) -> Mapping[str, Shown]:
    if groups.keys() <= names:
        return groups
    return {name: value for name, value in groups.items() if name in names}


def _id(ref: ArtifactRef) -> str:
    """The id of an artifact; one string however many relationships name it."""
    return intern(str(ref))


def artifact(view: ArtifactView) -> ArtifactResult:
    """One artifact as the result shows it, without groups that only enrichers read."""
    shown = _shown(view.ref.kind)
    return ArtifactResult(
        _id(view.ref),
        view.ref.kind,
        view.name,
        view.version,
        view.purl,
        view.digests,
        view.size,
        view.resolved,
        identity_of(view),
        tuple(str(place) for place in view.locations),
        _only(shown, view.groups),
        {
            name: tuple(sorted({Origin(one.by, str(one.location)) for one in stated}, key=lambda o: (o.by, o.location)))
            for name, stated in view.stated_by.items()
            if name in shown
        },
        _only(shown, view.missing),
    )


def relationship(view: RelationshipView) -> RelationshipResult:
    """One relationship as the result shows it."""
    return RelationshipResult(
        _id(view.source),
        view.type,
        _id(view.target),
        view.proof.word,
        view.by,
        str(view.location),
        view.note,
    )
