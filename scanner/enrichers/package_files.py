"""Installed packages and the files of this scan that are theirs, by the lists that the installer wrote down.

Files of images are joined where their layers are laid over each other; here what lies in folders and other archives, and what
installed Python packages list of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.file_owners import (
    Databases,
    Owned,
    compare,
    files_at,
    listings,
    state_owned,
)
from scanner.enrichers.filesystems import layer_places
from scanner.graph import Graph
from scanner.member_digests import merged
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof

NAME: Final = "package_files"
VERSION: Final = "2"


def enrich(graph: Graph, context: Context) -> Evidence:
    """``package contains file`` where the file is here: matched with its recorded content, declared with another one.

    A record may name a file without a digest, or with one that was not taken: then too it is declared.
    """
    builder = EvidenceBuilder(NAME)
    layers = {f"{place}!" for place in layer_places(graph)}
    databases = Databases(graph)
    for container, lists in sorted(listings(graph).items()):
        claimed: dict[ArtifactRef, dict[str, tuple[str, str]]] = {}
        for listing in lists:
            for package in databases.named(listing, _inside(container)):
                if container in layers and not package.key.startswith("pkg:pypi/"):
                    continue
                mine = claimed.setdefault(package, {})
                for path, digest in listing.files:
                    if digest or path not in mine:
                        mine[path] = digest, listing.record
        for package, files in sorted(claimed.items()):
            _relate(builder, graph, context, container, package, files)
    return builder.build()


def _inside(container: str) -> Callable[[str], str]:
    return lambda path: container + path


def _relate(
    builder: EvidenceBuilder,
    graph: Graph,
    context: Context,
    container: str,
    package: ArtifactRef,
    files: dict[str, tuple[str, str]],
) -> None:
    owned: dict[str, list[Owned]] = {}
    for path, (digest, record) in files.items():
        place = container + path
        here = files_at(graph, place)
        if not here:
            place = container + merged(path)
            here = files_at(graph, place)
        if here:
            owned[place] = [compare(graph, context, place, file, digest) for file in here]
        elif digest.startswith("sha256:"):
            moved = identity.content("file", digest.removeprefix("sha256:"))
            if graph.seen(moved):
                builder.relate(package, "contains", moved, Proof.MATCHED, Location(record))
    if owned:
        state_owned(builder, package, Location(min(record for _, record in files.values())), owned)
