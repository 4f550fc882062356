"""Joins what records call by a place, a name or a record id.

A place of this scan is as good as the record that names it (the record's own proof class says how good that is); a name
only ever infers; a record id joins within the one store that has it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import Alias, ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.records.plain import mappings, texts

NAME: Final = "reference_joins"
VERSION: Final = "1"
_MLFLOW: Final = re.compile(
    r"(?:/|\Amodels:/)(?P<id>m-[0-9a-f]{32})(?:/|\Z)"
    r"|\Amodels:/(?P<name>[^/@]+)(?:/(?P<version>\d{1,18})|@(?P<alias>[^/@]+))\Z"
)
"""Addresses that name a model by its record in MLflow: a folder of its store, a registered version, an alias."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """Aliases from references by place, by name and by record id to the artifacts they mean."""
    builder = EvidenceBuilder(NAME)
    images, names = _images_by_name(graph), _by_name(graph)
    records = _records_by_id(graph)
    for ref in graph.known_refs():
        scheme, _, value = ref.key.partition(":")
        if scheme == "path":
            _join_place(builder, graph, ref, value)
        elif scheme == "name" and ref.kind == "image":
            _join_only(builder, ref, images.get(value, set()), Proof.INFERRED, "image name and tag")
        elif ref.kind == "model" and scheme == "name" and (address := _MLFLOW.search(value)) is not None:
            _join_registered(builder, graph, ref, address, records)
        elif scheme == "name" and ref.kind in ("model", "dataset"):
            _join_only(builder, ref, names.get((ref.kind, value), set()), Proof.INFERRED, "equal name")
        elif scheme == "record" and identity.ANY_STORE in value:
            key = ref.kind, value.replace(identity.ANY_STORE, "#", 1)
            _join_only(builder, ref, records.get(key, set()), Proof.DECLARED, "record id in the only store that has it")
    return builder.build()


def _join_place(builder: EvidenceBuilder, graph: Graph, ref: ArtifactRef, path: str) -> None:
    found = [one for one in graph.at(path) if one.kind == ref.kind and identity.scheme_of(one) != "path"]
    if not found and ref.kind in ("dataset", "model"):
        for file in graph.at(path):
            if file.kind == "file" and graph.seen(file):
                view = graph.artifact(file)
                whole = identity.content(ref.kind, view.digests["sha256"])
                builder.artifact(whole, Location(path), digests=view.digests, size=view.size)
                builder.relate(whole, "contains", file, Proof.MATCHED, Location(path))
                found.append(whole)
    if len(found) == 1:
        builder.aliases.append(Alias(ref, found[0], Proof.DECLARED, "place named by the record", Location(path)))


def _join_only(builder: EvidenceBuilder, ref: ArtifactRef, found: set[ArtifactRef], proof: Proof, rule: str) -> None:
    if len(found) == 1 and (other := next(iter(found))) != ref:
        builder.aliases.append(Alias(ref, other, proof, rule, Location(ref.key.partition(":")[2])))


def _join_registered(
    builder: EvidenceBuilder,
    graph: Graph,
    ref: ArtifactRef,
    address: re.Match[str],
    records: dict[tuple[str, str], set[ArtifactRef]],
) -> None:
    if address["alias"] is None:
        id = address["id"] or f"{address['name']}/{address['version']}"
        found = records.get(("model", f"mlflow#{id}"), set())
        _join_only(builder, ref, found, Proof.DECLARED, "record id in the address")
        return
    entitled = {
        model
        for model in graph.refs("model")
        for entry in mappings(graph.artifact(model).groups.get("registered_as"))
        if entry["name"] == address["name"] and address["alias"] in texts(entry["aliases"])
    }
    _join_only(builder, ref, entitled, Proof.INFERRED, "alias, as the registry has it now")


def _images_by_name(graph: Graph) -> dict[str, set[ArtifactRef]]:
    found: dict[str, set[ArtifactRef]] = defaultdict(set)
    for ref in graph.refs("image"):
        if graph.artifact(ref).resolved:
            names = graph.artifact(ref).groups.get("names")
            for name in names if isinstance(names, list) else ():
                found[str(name)].add(ref)
    return found


def _by_name(graph: Graph) -> dict[tuple[str, str], set[ArtifactRef]]:
    """Models and datasets whose bytes are here, by kind and name."""
    found: dict[tuple[str, str], set[ArtifactRef]] = defaultdict(set)
    for kind in ("model", "dataset"):
        for ref in graph.refs(kind):
            if graph.seen(ref):
                found[kind, graph.artifact(ref).name].add(ref)
    return found


def _records_by_id(graph: Graph) -> dict[tuple[str, str], set[ArtifactRef]]:
    """Records by (kind, ``system#id``), whatever store holds them."""
    found: dict[tuple[str, str], set[ArtifactRef]] = defaultdict(set)
    for ref in graph.known_refs():
        scheme, _, value = ref.key.partition(":")
        if scheme == "record" and identity.ANY_STORE not in value:
            store, _, id = value.partition("#")
            found[ref.kind, f"{store.partition('/')[0]}#{id}"].add(ref)
    return found
