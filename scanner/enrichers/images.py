"""What an image contains: its layers laid over each other, with whiteouts applied.

Layers are archives that were examined like any other; their members are places ``layer!path``. Whiteouts follow the OCI
image layer specification: ``.wh.name`` hides a path of lower layers, ``.wh..wh..opq`` everything below its folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.filesystems import layer_lists, outermost
from scanner.enrichers.image_links import OPAQUE, WHITEOUT, base_name, folders_above, hide_links, links_of, state_links
from scanner.enrichers.image_owners import ImageView, Owners
from scanner.errors import SOURCE_UNREACHABLE, UNREADABLE
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.vocabulary import groups_of

NAME: Final = "images"
VERSION: Final = "1"


class _Layer(NamedTuple):
    """One layer of an image: its digest, and the file that may be here."""

    key: str
    archive: ArtifactRef


class _Overlay(NamedTuple):
    """What one image shows, and what its layers hide of each other: artifact, layer that hides it, place; the paths behind it."""

    shown: set[ArtifactRef]
    removed: set[tuple[ArtifactRef, str, Location]]
    view: ImageView


def enrich(graph: Graph, context: Context) -> Evidence:
    """Relationships from each image and layer to what they contain; statements about what a later layer removes."""
    builder = EvidenceBuilder(NAME)
    small = {
        f"sha256:{graph.artifact(ref).digests['sha256']}": ref
        for ref in graph.refs("file")
        if graph.seen(ref) and not identity.is_content(ref)
    }
    overlays: list[_Overlay] = []
    images = graph.refs("image")
    if not images:
        return builder.build()
    owners = Owners.of(graph, context)
    for image in images:
        if identity.scheme_of(image) == "config" and "diff_ids" in graph.artifact(image).groups:
            builder.artifact(image, digests={"sha256": image.key.partition(":")[2]})
        _state_absent_platforms(builder, graph, image)
        for keys in layer_lists(graph, image):
            layers = [_layer(graph, small, key) for key in keys]
            _state_doubts(builder, graph, image, keys, layers)
            overlay = _lay_over(builder, graph, image, layers)
            overlays.append(overlay)
            owners.state(builder, overlay.view)
            _name_commands(builder, graph, image, layers)
    _state_removed(builder, graph, overlays)
    return builder.build()


def _state_removed(builder: EvidenceBuilder, graph: Graph, overlays: list[_Overlay]) -> None:
    """What no image shows any more, and what lies nowhere but in layers: present in the bytes, installed nowhere."""
    shown = {ref for overlay in overlays for ref in overlay.shown}
    for ref, by, place in sorted(one for overlay in overlays for one in overlay.removed):
        if ref in shown or "removed_in" not in groups_of(ref.kind):
            continue
        if all(outermost(graph, one.path) != one.path for one in graph.artifact(ref).locations):
            builder.state(ref, "removed_in", [by], place)


def _lay_over(builder: EvidenceBuilder, graph: Graph, image: ArtifactRef, layers: list[_Layer]) -> _Overlay:
    visible: dict[str, tuple[str, list[ArtifactRef]]] = {}
    links: dict[str, tuple[str, str]] = {}
    removed: dict[tuple[str, str], str] = {}
    members: dict[str, tuple[str, dict[str, list[ArtifactRef]]]] = {}
    location = graph.artifact(image).locations[0]
    for number, (key, archive) in enumerate(layers):
        layer = ArtifactRef("layer", key)
        if not graph.seen(archive):
            _state_partly(builder, image, SOURCE_UNREACHABLE, "a layer is not here", location)
            continue
        view = graph.artifact(archive)
        members[key] = _members(graph, view.locations)
        place, found = Location(members[key][0]), members[key][1]
        builder.artifact(layer, place, name=f"layer {number + 1}", digests=view.digests, size=view.size)
        builder.relate(image, "contains", layer, Proof.MATCHED, location)
        builder.relate(layer, "contains", archive, Proof.MATCHED, place)
        if "examined" in view.groups:
            builder.state(layer, "examined", view.groups["examined"], place)
            builder.state(image, "examined", view.groups["examined"], place)
        linked = links_of(view)
        _hide(visible, removed, [*found, *linked], key)
        hide_links(links, found)
        links |= {path: (key, target) for path, target in linked.items()}
        for path, refs in found.items():
            if base_name(path).startswith(WHITEOUT):
                continue
            visible[path] = key, refs
            for ref in refs:
                builder.relate(layer, "contains", ref, Proof.MATCHED, place)
    for path in sorted(visible):
        key, refs = visible[path]
        for ref in refs:
            proof = Proof.MATCHED if graph.seen(ref) else Proof.DECLARED
            builder.relate(image, "contains", ref, proof, Location(f"{members[key][0]}!{path}"))
    state_links(builder, visible, links, {key: place for key, (place, _) in members.items()})
    return _Overlay(
        {ref for _, refs in visible.values() for ref in refs},
        {
            (ref, by, Location(f"{members[key][0]}!{path}"))
            for (key, path), by in removed.items()
            for ref in members[key][1].get(path, ())
        },
        ImageView(
            image,
            {path: f"{members[key][0]}!{path}" for path, (key, _) in visible.items()},
            {f"{members[layer.key][0]}!": number for number, layer in enumerate(layers) if layer.key in members},
        ),
    )


def _state_partly(builder: EvidenceBuilder, image: ArtifactRef, reason: str, detail: str, place: Location) -> None:
    builder.missed(place, reason, detail)
    builder.state(image, "examined", {"state": "partly", "reason": f"{reason}: {detail}"}, place)


def _state_absent_platforms(builder: EvidenceBuilder, graph: Graph, index: ArtifactRef) -> None:
    """An index stands for the images of all its platforms: one that is not here leaves it unread in part."""
    for one in graph.outgoing(index, ("contains",)):
        if one.target.kind == "image" and not graph.artifact(one.target).resolved:
            _state_partly(builder, index, SOURCE_UNREACHABLE, "the image of a platform is not here", one.location)


def _state_doubts(
    builder: EvidenceBuilder, graph: Graph, image: ArtifactRef, keys: list[str], layers: list[_Layer]
) -> None:
    """``docker save`` names its layers by place: only the digests in the configuration tie them to the image."""
    if not any(key.startswith("path:") for key in keys):
        return
    view = graph.artifact(image)
    expected = view.groups.get("diff_ids")
    if not isinstance(expected, list):
        _state_partly(builder, image, SOURCE_UNREACHABLE, "the configuration is not here", view.locations[0])
    elif len(expected) != len(layers) or any(
        graph.artifact(layer.archive).groups.get("format") == "tar" and layer.key != digest
        for layer, digest in zip(layers, expected, strict=True)
        if graph.seen(layer.archive)
    ):
        _state_partly(builder, image, UNREADABLE, "a layer is not the one of the configuration", view.locations[0])


def _name_commands(builder: EvidenceBuilder, graph: Graph, image: ArtifactRef, layers: list[_Layer]) -> None:
    """The build step of each layer, where the history of the configuration speaks of as many layers as there are."""
    commands = graph.artifact(image).groups.get("commands")
    if isinstance(commands, list) and len(commands) == len(layers):
        for layer, command in zip(layers, commands, strict=True):
            if graph.seen(layer.archive):
                builder.state(ArtifactRef("layer", layer.key), "command", command, graph.artifact(image).locations[0])


def _layer(graph: Graph, small: Mapping[str, ArtifactRef], key: str) -> _Layer:
    """A layer by its digest, or by its place in the same archive as ``docker save`` names it.

    ``small`` finds files that are known by their place; an empty layer is one.
    """
    if key.startswith("path:"):
        for ref in graph.at(key.removeprefix("path:")):
            if ref.kind == "file" and graph.seen(ref):
                return _Layer(f"sha256:{graph.artifact(ref).digests['sha256']}", ref)
    return _Layer(key, small.get(key, ArtifactRef("file", key)))


def _members(graph: Graph, places: Iterable[Location]) -> tuple[str, dict[str, list[ArtifactRef]]]:
    """A place of a layer with every artifact below it by inner path; the nested ones by that of their container.

    A layer may lie at several places; where one of them is a link, nothing was read below it.
    """
    found: dict[str, list[ArtifactRef]] = defaultdict(list)
    archive = ""
    for place in places:
        archive = place.path
        prefix = archive + "!"
        for path in graph.places_below(prefix):
            inner = outermost(graph, path, len(prefix))[len(prefix) :]
            found[inner].extend(ref for ref in graph.at(path) if ref.kind not in ("release", "image", "layer"))
        if found:
            break
    return archive, found


def _hide(
    visible: dict[str, tuple[str, list[ArtifactRef]]],
    removed: dict[tuple[str, str], str],
    found: Iterable[str],
    by: str,
) -> None:
    """Drop from ``visible`` what this layer's whiteouts hide in lower layers, and what it replaces: a path, a folder by
    a file, a file by a folder.
    """
    folders = {folder for path in visible for folder in folders_above(path)}
    gone: set[str] = set()
    trees: set[str] = set()
    for path in found:
        folder, base = path.rpartition("/")[0], base_name(path)
        if base == OPAQUE:
            trees.add(folder)
        elif base.startswith(WHITEOUT):
            target = f"{folder}/{base.removeprefix(WHITEOUT)}".removeprefix("/")
            gone.add(target)
            trees.add(target)
        else:
            gone.update(folders_above(path), [path])
            if path in folders:
                trees.add(path)
    for path in list(visible):
        if path in gone or any(folder in trees for folder in folders_above(path)):
            removed[visible[path][0], path] = by
            del visible[path]
