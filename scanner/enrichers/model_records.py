"""Models and data that a registry or tracker names, joined to those whose bytes are here.

A tracker keeps a record beside the files it stored; where that record names the weight files of exactly one model, record
and model are one. A record of data is one with the dataset that has exactly its files, because any other file may be data
too. The join is as good as the record: declared where it names places, matched where it lists digests, never by inference.
"""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph, RelationshipView
from scanner.model import Alias, ArtifactRef, Evidence, EvidenceBuilder, Proof

NAME: Final = "model_records"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Aliases from records to the models and datasets by content."""
    builder = EvidenceBuilder(NAME)
    for kind in ("model", "dataset"):
        members = {ref: set(_files(graph, ref)) for ref in graph.refs(kind) if identity.is_content(ref)}
        holders: dict[ArtifactRef, set[ArtifactRef]] = {}
        for whole, files in members.items():
            for file in files:
                holders.setdefault(file, set()).add(whole)
        for ref in graph.refs(kind):
            if not identity.is_content(ref):
                _join(builder, ref, _files(graph, ref), members, holders)
    return builder.build()


def _join(
    builder: EvidenceBuilder,
    ref: ArtifactRef,
    named: dict[ArtifactRef, RelationshipView],
    members: dict[ArtifactRef, set[ArtifactRef]],
    holders: dict[ArtifactRef, set[ArtifactRef]],
) -> None:
    found = {whole for file in named for whole in holders.get(file, ()) if members[whole] <= named.keys()}
    if len(found) != 1:
        return
    (whole,) = found
    proof = min(named[file].proof for file in members[whole])
    if ref.kind == "model":
        rule = "the record names the weight files beside it"
        builder.aliases.append(Alias(ref, whole, min(proof, Proof.DECLARED), rule, named[min(named)].location))
    elif members[whole] == named.keys() and proof > Proof.INFERRED:
        rule = "the record lists exactly the files of the data"
        builder.aliases.append(Alias(ref, whole, proof, rule, named[min(named)].location))


def _files(graph: Graph, ref: ArtifactRef) -> dict[ArtifactRef, RelationshipView]:
    return {one.target: one for one in graph.outgoing(ref, ("contains",)) if one.target.kind == "file"}
