"""Models that a registry or tracker names, joined to the models whose bytes are here.

A tracker keeps a record beside the files it stored; where that record names the weight files of exactly one model, record
and model are one. The join is as good as the record: it holds no digest, so that the link is declared, not matched.
"""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import Alias, ArtifactRef, Evidence, EvidenceBuilder, Proof

NAME: Final = "model_records"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Aliases from model records to models by content."""
    builder = EvidenceBuilder(NAME)
    by_content = [ref for ref in graph.refs("model") if identity.is_content(ref)]
    members = {ref: _files(graph, ref) for ref in by_content}
    holders: dict[ArtifactRef, set[ArtifactRef]] = {}
    for model, files in members.items():
        for file in files:
            holders.setdefault(file, set()).add(model)
    for ref in graph.refs("model"):
        if identity.is_content(ref):
            continue
        named = _files(graph, ref)
        whole = {model for file in named for model in holders.get(file, ()) if members[model] <= named}
        if len(whole) == 1:
            place = next(iter(graph.outgoing(ref, ("contains",)))).location
            builder.aliases.append(
                Alias(ref, whole.pop(), Proof.DECLARED, "the record names the weight files beside it", place)
            )
    return builder.build()


def _files(graph: Graph, ref: ArtifactRef) -> set[ArtifactRef]:
    return {one.target for one in graph.outgoing(ref, ("contains",)) if one.target.kind == "file"}
