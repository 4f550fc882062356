"""Models that hold the same tensors in other bytes: the same weights saved twice, or in two formats.

Equal names, types, shapes and values are a proof by digest. Values are read only where another model has as many tensors of
the same size, so that a release of one model costs nothing; changed weights under an unchanged header stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.enrichers.context import Context
from scanner.enrichers.lineage import ORIGINS
from scanner.errors import NotExaminable
from scanner.formats import MODEL_FORMATS
from scanner.graph import Graph
from scanner.inspectors.tensors import READERS, Tensor, read_tensors, tensor_digest
from scanner.inspectors.tensors.table import checked, outline
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.sources.directory import open_blob

NAME: Final = "same_tensors"
VERSION: Final = "1"
TINY: Final = 256
"""Sets of fewer bytes are never joined: a handful of initial values is equal everywhere."""
COUNTED: Final = ("count", "parameters", "bytes")
NOTE: Final = "same tensors"
LOOSE: Final = frozenset({"npz"})
"""Formats with tensors that are models only where something else proves it."""

_Totals = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Weights:
    """The tensors of one artifact: the files that hold them, and their digest where it was computed at once."""

    owner: ArtifactRef
    files: tuple[ArtifactRef, ...]
    digest: str | None


def enrich(graph: Graph, context: Context) -> Evidence:
    """``tensors`` of models, and ``version_of`` between those whose tensors are equal."""
    builder = EvidenceBuilder(NAME)
    alike: dict[_Totals, list[_Weights]] = defaultdict(list)
    for one in _all_weights(graph):
        alike[_totals(graph, one.files)].append(one)
    for counted, sets in sorted(alike.items()):
        digests = _digests(graph, context, sets) if len(sets) > 1 and counted[-1] >= TINY else {}
        by_digest: dict[str, list[ArtifactRef]] = defaultdict(list)
        for one in sets:
            digest = digests.get(one.owner, one.digest)
            stated = {**dict(zip(COUNTED, counted, strict=True)), "digest": digest}
            for subject in sorted({one.owner, *one.files} if len(one.files) == 1 else {one.owner}):
                builder.state(subject, "tensors", stated, _place(graph, one.owner))
            if digest is not None and counted[-1] >= TINY:
                by_digest[digest].append(one.owner)
        for equal in by_digest.values():
            _join(builder, graph, equal)
    return builder.build()


def _all_weights(graph: Graph) -> list[_Weights]:
    """Every model all of whose weight files have tensors, and every loose file of tensors."""
    found: list[_Weights] = []
    for model in graph.refs("model"):
        parts = [one.target for one in graph.outgoing(model, ("contains",)) if one.target.kind == "file"]
        files = _tensor_files(graph, parts)
        if files:
            found.append(_weights(graph, model, files))
    for file in graph.refs("file"):
        groups = graph.artifact(file).groups
        if groups.get("format") in LOOSE and isinstance(groups.get("tensors"), Mapping):
            found.append(_weights(graph, file, [file]))
    return found


def _weights(graph: Graph, owner: ArtifactRef, files: list[ArtifactRef]) -> _Weights:
    group = graph.artifact(files[0]).groups["tensors"]
    digest = group["digest"] if len(files) == 1 and isinstance(group, Mapping) else None
    return _Weights(owner, tuple(sorted(files)), None if digest is None else str(digest))


def _tensor_files(graph: Graph, parts: Iterable[ArtifactRef]) -> list[ArtifactRef]:
    """The files that hold the tensors of these: themselves, or what they pack; none when one holds weights unread."""
    todo, seen = list(parts), set(parts)
    found: list[ArtifactRef] = []
    while todo:
        file = todo.pop()
        groups = graph.artifact(file).groups
        if isinstance(groups.get("tensors"), Mapping):
            found.append(file)
            continue
        inside = [one.target for one in graph.outgoing(file, ("contains",)) if one.target.kind == "file"]
        if not inside and groups.get("format") in MODEL_FORMATS:
            return []
        todo += [one for one in inside if one not in seen]
        seen |= set(inside)
    return found


def _totals(graph: Graph, files: Iterable[ArtifactRef]) -> _Totals:
    groups = [graph.artifact(file).groups["tensors"] for file in files]
    return tuple(sum(int(str(one[name])) for one in groups if isinstance(one, Mapping)) for name in COUNTED)


def _digests(graph: Graph, context: Context, sets: list[_Weights]) -> dict[ArtifactRef, str]:
    """The digests of those whose names, types and shapes another one shares; of a nested one only the digest is known."""
    known = {one.owner: one.digest for one in sets if one.digest is not None}
    tables = {
        one.owner: table for one in sets if one.digest is None and (table := _table(graph, context, one)) is not None
    }
    shapes = [outline(table) for table in tables.values()]
    found = dict(known)
    for owner, table in tables.items():
        if known or shapes.count(outline(table)) > 1:
            try:
                found[owner] = tensor_digest(table)
            except (OSError, NotExaminable):
                continue
    return found


def _table(graph: Graph, context: Context, one: _Weights) -> list[Tensor] | None:
    """The tensors of all files, from their headers; None where one cannot be opened again."""
    found: list[Tensor] = []
    try:
        for file in one.files:
            view = graph.artifact(file)
            handle = next(
                (context.handles[place.path] for place in view.locations if place.path in context.handles), None
            )
            if handle is None or view.groups.get("format") not in READERS:
                return None
            found += read_tensors(open_blob(handle), str(view.groups["format"]))
        return checked(found)
    except (OSError, NotExaminable):
        return None


def _join(builder: EvidenceBuilder, graph: Graph, equal: list[ArtifactRef]) -> None:
    """Tie every other one to the model of which a record tells where it came from, else to the first."""
    models = [ref for ref in equal if ref.kind == "model"]
    if not models:
        return
    first = min(models, key=lambda ref: (not graph.outgoing(ref, ORIGINS), ref))
    for ref in equal:
        if ref != first:
            type = "version_of" if ref.kind == "model" else "derived_from"
            builder.relate(ref, type, first, Proof.MATCHED, _place(graph, ref), NOTE)


def _place(graph: Graph, ref: ArtifactRef) -> Location:
    places = graph.artifact(ref).locations
    return places[0] if places else Location(".")
