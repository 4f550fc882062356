"""Places of the scan as the file systems they belong to: the scanned tree, one archive, or the view of one image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.graph import Graph
from scanner.model import ArtifactRef


@dataclass(slots=True)
class FileSystem:
    """Some places of one file system. ``image`` is set where its layers were laid over each other."""

    image: ArtifactRef | None = None
    places: dict[str, str] = field(default_factory=dict)
    """Path inside the file system to place of the scan."""


def file_systems(graph: Graph, places: Iterable[str]) -> list[FileSystem]:
    """These places by file system, in a fixed order; of an image only what its upper layers leave visible."""
    layers = layer_places(graph)
    visible = {
        image: {one.target for one in graph.outgoing(image, ("contains",))}
        for image in {image for users in layers.values() for image, _ in users}
    }
    found: dict[str, FileSystem] = defaultdict(FileSystem)
    heights: dict[tuple[str, str], int] = {}
    for place in sorted(set(places)):
        outer, bang, path = place.rpartition("!")
        for image, height in layers.get(outer, ()):
            key = str(image)
            if height > heights.get((key, path), -1) and not visible[image].isdisjoint(graph.at(place)):
                heights[key, path] = height
                found[key].image = image
                found[key].places[path] = place
        if outer not in layers:
            found[outer + bang].places[path] = place
    return [found[key] for key in sorted(found)]


def outermost(graph: Graph, place: str, start: int = 0) -> str:
    """``place`` up to the outermost container in it, from character ``start`` on: ``a.zip`` of ``a.zip!b``.

    A file name may hold ``!`` itself; only what is a place of its own counts as a container.
    """
    bang = place.find("!", start)
    while bang != -1:
        if graph.at(place[:bang]):
            return place[:bang]
        bang = place.find("!", bang + 1)
    return place


def layer_lists(graph: Graph, image: ArtifactRef) -> list[list[str]]:
    """Keys of an image's layers, lowest first, once for each record of the image: two manifests may share an image."""
    stated = graph.artifact(image).groups.get("layers")
    return [[str(key) for key in one["keys"]] for one in (stated if isinstance(stated, list) else ())]


def layer_places(graph: Graph) -> dict[str, list[tuple[ArtifactRef, int]]]:
    """Place of a layer's archive → the images that use it, with its height in each."""
    found: dict[str, list[tuple[ArtifactRef, int]]] = defaultdict(list)
    for image in graph.refs("image"):
        for keys in layer_lists(graph, image):
            for height, key in enumerate(keys):
                if key.startswith("path:"):
                    found[key.removeprefix("path:")].append((image, height))
                elif graph.seen(archive := ArtifactRef("file", key)):
                    for location in graph.artifact(archive).locations:
                        found[location.path].append((image, height))
    return found
