"""What a document says of its folder, said of the models or datasets that lie in it.

A card, an adapter's configuration or a data sheet speaks of "the model here". Where one folder holds the same model in
several formats, each of them is meant. The placeholder of the folder is replaced by them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder

NAME: Final = "folders"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Statements and relationships of folders, repeated for each model or dataset in them."""
    builder = EvidenceBuilder(NAME)
    meant: dict[ArtifactRef, list[ArtifactRef]] = {}
    for kind in ("model", "dataset"):
        inside = _by_folder(graph, kind)
        for ref in graph.refs(kind):
            scheme, _, folder = ref.key.partition(":")
            targets = inside.get(folder.removesuffix("/.").rstrip("/") or ".", set()) - {ref}
            if scheme == "path" and targets:
                meant[ref] = sorted(targets)
    for ref in meant:
        builder.replaced.append(ref)
        _repeat(builder, graph, ref, meant)
    return builder.build()


def _by_folder(graph: Graph, kind: str) -> dict[str, set[ArtifactRef]]:
    """Artifacts whose bytes are here, by the folder they lie in (``.`` for the top, ``outer!.`` inside an archive)."""
    found: dict[str, set[ArtifactRef]] = defaultdict(set)
    for ref in graph.refs(kind):
        if graph.seen(ref):
            for place in graph.artifact(ref).locations:
                outer, bang, inner = place.path.rpartition("!")
                found[f"{outer}{bang}{inner.rpartition('/')[0] or '.'}"].add(ref)
    return found


def _repeat(
    builder: EvidenceBuilder, graph: Graph, ref: ArtifactRef, meant: Mapping[ArtifactRef, list[ArtifactRef]]
) -> None:
    """The other end of a relationship may be a folder too: an adapter beside the model it was made of."""
    view = graph.artifact(ref)
    for target in meant[ref]:
        for group, value in view.groups.items():
            builder.state(target, group, value, view.stated_by[group][0].location)
        for one in graph.outgoing(ref):
            for other in meant.get(one.target, [one.target]):
                builder.relate(target, one.type, other, one.proof, one.location, one.note)
        for one in graph.incoming(ref):
            for other in meant.get(one.source, [one.source]):
                builder.relate(other, one.type, target, one.proof, one.location, one.note)
