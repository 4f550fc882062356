"""What an image contains: its layers laid over each other, with whiteouts applied.

Layers are archives that were examined like any other; their members are places ``layer!path``. Whiteouts follow the OCI
image layer specification: ``.wh.name`` hides a path of lower layers, ``.wh..wh..opq`` everything below its folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof

NAME: Final = "images"
VERSION: Final = "1"
WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Relationships from each image and layer to what they contain; statements about what a later layer removes."""
    builder = EvidenceBuilder(NAME)
    for image in graph.refs("image"):
        layers = graph.artifact(image).groups.get("layers")
        if isinstance(layers, list) and layers:
            keys = [_resolved(graph, str(layer)) for layer in layers]
            _lay_over(builder, graph, image, keys)
            _name_commands(builder, graph, image, keys)
    return builder.build()


def _lay_over(builder: EvidenceBuilder, graph: Graph, image: ArtifactRef, layers: list[str]) -> None:
    visible: dict[str, tuple[str, list[ArtifactRef]]] = {}
    removed: dict[tuple[str, str], str] = {}
    location = graph.artifact(image).locations[0]
    for number, key in enumerate(layers):
        layer = ArtifactRef("layer", key)
        archive = ArtifactRef("file", key)
        if not graph.seen(archive):
            builder.gap(image, "contents", "source_unreachable", "a layer is not here", location)
            builder.state(
                image, "examined", {"state": "partly", "reason": "source_unreachable: a layer is not here"}, location
            )
            continue
        view = graph.artifact(archive)
        builder.artifact(layer, view.locations[0], name=f"layer {number + 1}", digests=view.digests, size=view.size)
        builder.relate(image, "contains", layer, Proof.MATCHED, location)
        builder.relate(layer, "contains", archive, Proof.MATCHED, view.locations[0])
        if "examined" in view.groups:
            builder.state(layer, "examined", view.groups["examined"], view.locations[0])
            builder.state(image, "examined", view.groups["examined"], view.locations[0])
        found = _members(graph, view.locations[0].path)
        _hide(visible, removed, found, key)
        for path, refs in found.items():
            if _base(path).startswith(WHITEOUT):
                continue
            visible[path] = key, refs
            for ref in refs:
                builder.relate(layer, "contains", ref, Proof.MATCHED, view.locations[0])
    for path in sorted(visible):
        key, refs = visible[path]
        for ref in refs:
            proof = Proof.MATCHED if graph.seen(ref) else Proof.DECLARED
            builder.relate(image, "contains", ref, proof, Location(f"{_place(graph, key)}!{path}"))
    shown = {ref for _, refs in visible.values() for ref in refs}
    for (key, path), by in sorted(removed.items()):
        for ref in _members(graph, _place(graph, key)).get(path, ()):
            if ref.kind == "file" and ref not in shown:
                builder.state(ref, "removed_in", [by], Location(f"{_place(graph, key)}!{path}"))


def _name_commands(builder: EvidenceBuilder, graph: Graph, image: ArtifactRef, layers: list[str]) -> None:
    """The build step of each layer, where the history of the configuration speaks of as many layers as there are."""
    commands = graph.artifact(image).groups.get("commands")
    if isinstance(commands, list) and len(commands) == len(layers):
        for key, command in zip(layers, commands, strict=True):
            builder.state(ArtifactRef("layer", key), "command", command, graph.artifact(image).locations[0])


def _resolved(graph: Graph, key: str) -> str:
    """The content key of a layer that ``docker save`` names by its place in the same archive."""
    if key.startswith("path:"):
        for ref in graph.at(key.removeprefix("path:")):
            if ref.kind == "file":
                return ref.key
    return key


def _place(graph: Graph, key: str) -> str:
    return graph.artifact(ArtifactRef("file", key)).locations[0].path


def _members(graph: Graph, archive: str) -> dict[str, list[ArtifactRef]]:
    """Outermost inner path to every artifact found there or nested in it."""
    prefix = archive + "!"
    found: dict[str, list[ArtifactRef]] = defaultdict(list)
    for path in graph.places_below(prefix):
        inner = path[len(prefix) :].partition("!")[0]
        found[inner].extend(ref for ref in graph.at(path) if ref.kind not in ("release", "image", "layer"))
    return found


def _hide(
    visible: dict[str, tuple[str, list[ArtifactRef]]],
    removed: dict[tuple[str, str], str],
    found: Iterable[str],
    by: str,
) -> None:
    """Drop from ``visible`` what this layer's whiteouts and replaced folders hide in lower layers."""
    folders = {path[:cut] for path in visible for cut, sign in enumerate(path) if sign == "/"}
    gone: set[str] = set()
    trees: list[str] = []
    for path in found:
        folder, base = path.rpartition("/")[0], _base(path)
        if base == OPAQUE:
            trees.append(f"{folder}/" if folder else "")
        elif base.startswith(WHITEOUT):
            target = f"{folder}/{base.removeprefix(WHITEOUT)}".removeprefix("/")
            gone.add(target)
            trees.append(target + "/")
        else:
            if path in visible:
                gone.add(path)
            if path in folders:
                trees.append(path + "/")
    hidden = tuple(trees)
    for path in list(visible):
        if path in gone or path.startswith(hidden):
            removed[visible[path][0], path] = by
            del visible[path]


def _base(path: str) -> str:
    return path.rpartition("/")[2]
