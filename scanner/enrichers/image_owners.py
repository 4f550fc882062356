"""Files of an image and the packages that own them, with its layers laid over each other; the files that nobody owns."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner.enrichers.context import Context
from scanner.enrichers.file_owners import (
    Databases,
    Listing,
    Owned,
    compare,
    container_of,
    contents_at,
    files_at,
    listings,
    state_owned,
)
from scanner.graph import Graph
from scanner.member_digests import DIFFERS, SAME, merged
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof

EXAMPLES: Final = 10
HOLDERS: Final = frozenset({"model", "dataset", "notebook", "document"})
_DATABASES: Final = ("var/lib/dpkg/", "lib/apk/db/", "var/lib/rpm/", "usr/lib/sysimage/rpm/")


@dataclass(frozen=True, slots=True)
class ImageView:
    """What one image shows: path → place in the layer that shows it. ``layers``: height of each layer's container."""

    image: ArtifactRef
    shown: Mapping[str, str]
    layers: Mapping[str, int]


@dataclass(slots=True)
class Owners:
    """Joins the lists of packages with the images that show them."""

    graph: Graph
    context: Context
    lists: Mapping[str, list[Listing]]
    databases: Databases
    proved: set[tuple[ArtifactRef, str]]
    """Package and place of what was compared where another layer's list stands: apk writes its whole database anew."""

    @classmethod
    def of(cls, graph: Graph, context: Context) -> Owners:
        """For all images of the graph."""
        lists = listings(graph)
        proved = {
            (package, container + path)
            for container, members in lists.items()
            for listing in members
            for package in listing.packages
            for path, digest in listing.files
            if digest == SAME
        }
        return cls(graph, context, lists, Databases(graph), proved)

    def state(self, builder: EvidenceBuilder, view: ImageView) -> None:
        """Owners of the visible files, by the lists that the image shows; ``unowned`` of the image.

        What installed Python packages own is related where their records are read, and only counted here.
        """
        owned: set[str] = set()
        claimed: dict[ArtifactRef, dict[str, tuple[str, str]]] = defaultdict(dict)
        for container in view.layers:
            for listing in self.lists.get(container, ()):
                if view.shown.get(listing.record[len(container) :]) != listing.record:
                    continue
                for package in self.databases.named(listing, lambda path: view.shown.get(path, "")):
                    mine = claimed[package]
                    for path, digest in listing.files:
                        there = path if path in view.shown else merged(path)
                        if there in view.shown and (digest or there not in mine):
                            mine[there] = digest, listing.record
        for package, files in sorted(claimed.items()):
            owned.update(files)
            if not package.key.startswith("pkg:pypi/"):
                found = {view.shown[path]: self._owned(view, package, path, *what) for path, what in files.items()}
                if found:
                    record = Location(min(record for _, record in files.values()))
                    state_owned(builder, package, record, found)
        self._state_unowned(builder, view, owned)

    def _owned(self, view: ImageView, package: ArtifactRef, path: str, digest: str, record: str) -> list[Owned]:
        place, listed_in = view.shown[path], container_of(record)
        here = files_at(self.graph, place)
        if place.startswith(listed_in):
            return [compare(self.graph, self.context, place, file, digest) for file in here]
        before = contents_at(self.graph, listed_in + path)
        if digest and before and view.layers[container_of(place)] > view.layers[listed_in]:
            # A later layer brings the file: it is what was installed if its content is.
            changed = digest == DIFFERS or before != contents_at(self.graph, place)
            proof = Proof.MATCHED if digest == SAME and not changed else Proof.DECLARED
            return [Owned(file, proof, changed) for file in here]
        if (package, place) in self.proved:
            return [Owned(file, Proof.MATCHED, False) for file in here]
        return [compare(self.graph, self.context, place, file, digest) for file in here]

    def _state_unowned(self, builder: EvidenceBuilder, view: ImageView, owned: set[str]) -> None:
        unowned = [
            path for path, place in view.shown.items() if path not in owned and not self._is_held(path, place, owned)
        ]
        place = self.graph.artifact(view.image).locations[0]
        examples = sorted(unowned)[:EXAMPLES]
        builder.state(view.image, "unowned", {"files": len(unowned), "examples": examples}, place)

    def _is_held(self, path: str, place: str, owned: set[str]) -> bool:
        """What a model, data or a package database holds, and the compiled form of a Python file that a package owns."""
        folder, name = posixpath.split(path)
        if name.endswith(".pyc") and posixpath.basename(folder) == "__pycache__":
            return f"{posixpath.dirname(folder)}/{name.partition('.')[0]}.py" in owned
        if any(one in path for one in _DATABASES):
            return True
        here = self.graph.at(place)
        return any(ref.kind != "file" for ref in here) or any(
            one.source.kind in HOLDERS for ref in here for one in self.graph.incoming(ref, ("contains",))
        )
