"""Equal content under several names, and equal models in several bytes.

One content is one artifact wherever it lies. Where its copies carry different names, or belong to different packages, a
reader takes them for different things. SavedModel folders of equal fingerprint are the opposite: one model, saved twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.models import GENERIC
from scanner.enrichers.walks import are_linked
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder

NAME: Final = "copies"
VERSION: Final = "1"
LINKS: Final = ("derived_from", "version_of")
_DIGEST: Final = re.compile(r"[0-9a-f]{20,}\Z")
"""Names that caches give to contents."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """``copies`` of the weights and data that lie at several places, ``fingerprint_twins`` of models."""
    builder = EvidenceBuilder(NAME)
    files = {
        one.target
        for kind in ("model", "dataset")
        for whole in graph.refs(kind)
        for one in graph.outgoing(whole, ("contains",))
        if one.target.kind == "file" and identity.is_content(one.target)
    }
    for file in sorted(files):
        _state_copies(builder, graph, file)
    _state_twins(builder, graph)
    return builder.build()


def _state_copies(builder: EvidenceBuilder, graph: Graph, file: ArtifactRef) -> None:
    locations = graph.artifact(file).locations
    places = sorted({place.path for place in locations})
    if len(places) < 2:
        return
    names = sorted({name for path in places if (name := _telling(path)) is not None})
    owners = sorted({one.source.key for one in graph.incoming(file, ("contains",)) if one.source.kind == "package"})
    builder.state(file, "copies", {"places": len(places), "names": names, "owners": owners}, locations[0])


def _telling(path: str) -> str | None:
    """The file name, where it is more than a word such as ``model`` or the digest of its content."""
    name = path[len(identity.folder(path)) :]
    stem = name.partition(".")[0]
    return None if GENERIC.match(stem) or _DIGEST.match(stem) else name


def _state_twins(builder: EvidenceBuilder, graph: Graph) -> None:
    by_fingerprint: dict[str, list[ArtifactRef]] = defaultdict(list)
    for model in graph.refs("model"):
        view = graph.artifact(model)
        if view.locations and isinstance(fingerprint := view.groups.get("fingerprint"), str):
            by_fingerprint[fingerprint].append(model)
    for models in by_fingerprint.values():
        for model in models:
            twins = [other for other in models if other != model and not are_linked(graph, model, other, LINKS)]
            places = sorted(str(graph.artifact(twin).locations[0]) for twin in twins)
            builder.state(model, "fingerprint_twins", places, graph.artifact(model).locations[0])
