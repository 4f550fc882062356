"""The release contains what lies in it and in no image of it."""

from __future__ import annotations

from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import Evidence, EvidenceBuilder, Location, Proof

NAME: Final = "containment"
VERSION: Final = "1"
KINDS: Final = (
    "file", "package", "image", "model", "dataset", "notebook", "document", "deployment", "pipeline", "commit"
)  # fmt: skip
HOLDERS: Final = frozenset({"image", "layer"})


def enrich(graph: Graph, context: Context) -> Evidence:
    """One ``contains`` relationship from the release to each artifact found outside images and archives."""
    builder = EvidenceBuilder(NAME)
    builder.artifact(context.release, Location("."), name=context.release_name)
    for kind in KINDS:
        for ref in graph.refs(kind):
            view = graph.artifact(ref)
            if not view.resolved or not view.locations:
                continue
            holders = {one.source.kind for one in graph.incoming(ref, ("contains",))}
            top = next((place for place in view.locations if "!" not in place.path), None)
            inside_archive = kind in ("file", "package") and "file" in holders
            if top is not None or not (holders & HOLDERS or inside_archive):
                proof = Proof.MATCHED if graph.seen(ref) else Proof.DECLARED
                builder.relate(context.release, "contains", ref, proof, top or view.locations[0])
    return builder.build()
