"""Base models and data that cards and adapters name by repository, joined to what this scan holds of there.

A cache of downloads says from which repository and revision a model came, an adapter or a card what it was made of. With
the full commit both speak of the same thing; without it the repository may have moved on, so that the link is inferred.
Nothing is joined by the name of a folder or file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import Alias, ArtifactRef, Evidence, EvidenceBuilder, Location, Proof

NAME: Final = "repository_joins"
VERSION: Final = "1"
ASKED: Final = ("derived_from", "trained_on", "tested_on", "serves", "used")
_PINNED: Final = re.compile(r"name:(?P<repository>.+)@(?P<commit>[0-9a-f]{40})\Z")


def enrich(graph: Graph, context: Context) -> Evidence:
    """Aliases from named repositories to the one model or dataset that came from there; relationships to each of several."""
    builder = EvidenceBuilder(NAME)
    from_repository, from_commit = _origins(graph)
    for ref in (*graph.refs("model"), *graph.refs("dataset")):
        if identity.scheme_of(ref) != "name":
            continue
        pinned = _PINNED.match(ref.key)
        if pinned is not None:
            commit = identity.commit(pinned["commit"])
            _join(builder, graph, ref, from_commit[commit], Proof.DECLARED, "full commit of the repository")
        else:
            found = from_repository[ref]
            if any(one.source not in found for one in graph.incoming(ref)):
                _join(builder, graph, ref, found, Proof.INFERRED, "name of the repository, at some revision")
    return builder.build()


def _origins(
    graph: Graph,
) -> tuple[defaultdict[ArtifactRef, set[ArtifactRef]], defaultdict[ArtifactRef, set[ArtifactRef]]]:
    """What is here with its bytes, by the repository it is a version of, and by the commit it was taken from."""
    from_repository: defaultdict[ArtifactRef, set[ArtifactRef]] = defaultdict(set)
    from_commit: defaultdict[ArtifactRef, set[ArtifactRef]] = defaultdict(set)
    for ref in (*graph.refs("model"), *graph.refs("dataset")):
        if graph.seen(ref):
            for one in graph.outgoing(ref, ("version_of", "built_from")):
                (from_repository if one.type == "version_of" else from_commit)[one.target].add(ref)
    return from_repository, from_commit


def _join(
    builder: EvidenceBuilder, graph: Graph, ref: ArtifactRef, found: set[ArtifactRef], proof: Proof, rule: str
) -> None:
    """A repository may hold one model in several formats: then the link goes to each of them."""
    found = {one for one in found if one.kind == ref.kind}
    if len(found) == 1:
        (only,) = found
        builder.aliases.append(Alias(ref, only, proof, rule, Location(ref.key.partition(":")[2])))
        return
    for one in graph.incoming(ref, ASKED):
        for other in sorted(found - {one.source}):
            builder.relate(one.source, one.type, other, min(one.proof, proof), one.location, rule)
