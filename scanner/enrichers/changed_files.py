"""Files that are not what a record says lies at their place: published data that differ, data changed after a training.

A record that gives both a place and a digest can be contradicted by the bytes there. Where the record describes what was
published (a data description, a download), the bytes differ from what was published; where it is the record of a training,
the data were changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Location

NAME: Final = "changed_files"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """``published_digest`` of files, and ``training_data`` of models."""
    builder = EvidenceBuilder(NAME)
    keys = {model: _keys(graph, model) for model in graph.refs("model")}
    wanted = set().union(*keys.values())
    at: dict[str, dict[str, bool]] = defaultdict(dict)
    for claim in sorted(graph.claims, key=lambda one: (one.ref, one.path or "", one.size or 0)):
        named = {claim.ref.key, graph.canonical(claim.ref).key} & wanted
        if claim.path is None or not (claim.published or named):
            continue
        for file, same in _compared(graph, context, claim, claim.path):
            if claim.published:
                builder.state(file, "published_digest", {"differs": not same}, Location(claim.path))
            for key in named:
                at[key][claim.path] = same
    for model, known in keys.items():
        _state_training(builder, graph, model, {path: same for key in known for path, same in at[key].items()})
    return builder.build()


def _compared(graph: Graph, context: Context, claim: Claim, path: str) -> list[tuple[ArtifactRef, bool]]:
    """Files at the place of a claim, each with whether it is the claimed one.

    Digests other than sha256 were computed for files on disk only; what was not computed is not compared.
    """
    scheme, _, value = claim.ref.key.partition(":")
    if scheme == "dvc-dir" or not (scheme == "sha256" or path in context.handles):
        return []
    root = graph.canonical(claim.ref)
    return [
        (file, file == root or (scheme == "sha256" and graph.artifact(file).digests["sha256"] == value))
        for file in graph.at(path)
        if file.kind == "file" and graph.seen(file)
    ]


def _state_training(builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, places: Mapping[str, bool]) -> None:
    if places and graph.artifact(model).resolved:
        changed = sorted(path for path, same in places.items() if not same)
        place = graph.outgoing(model, ("trained_on",))[0].location
        builder.state(model, "training_data", {"changed": changed}, place)


def _keys(graph: Graph, model: ArtifactRef) -> set[str]:
    """Keys of the training data and of their files: a placeholder has the key of the digest that a record claims."""
    data = [one.target for one in graph.outgoing(model, ("trained_on",))]
    files = (one.target for dataset in data for one in graph.outgoing(dataset, ("contains",)))
    return {ref.key for ref in (*data, *files)}
