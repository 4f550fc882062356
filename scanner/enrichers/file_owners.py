"""Which installed package owns which file of a root file system, and whether the file is still what was installed.

Package databases list the files of their packages, most with a digest. In an image the list lies in one layer and the file in
the same, or in a later one that replaced it; a file that is not the one of the layer that brought the list was changed after
it was installed, whatever the list records.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from scanner.collectors import dpkg_files
from scanner.enrichers.context import Context
from scanner.errors import NotExaminable
from scanner.graph import Graph
from scanner.member_digests import DIFFERS, SAME
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof
from scanner.records.plain import Plain, mappings, sequence
from scanner.sources.directory import open_blob

CHANGED: Final = "content differs from what was installed"
NAMED: Final = 100
"""Changed files that are named of one package."""


class Listing(NamedTuple):
    """Files of one package as one record lists them: paths inside the container of the record, and digests or nothing."""

    record: str
    """Place of the record."""
    packages: tuple[ArtifactRef, ...]
    """The package; empty where only the database beside the record can tell."""
    root: str
    name: str
    files: list[tuple[str, str]]


def listings(graph: Graph) -> dict[str, list[Listing]]:
    """Every list of files by the container it lies in: ``layer.tar!``, or nothing for the scanned tree."""
    found: dict[str, list[Listing]] = defaultdict(list)
    for ref in graph.refs("package"):
        view = graph.artifact(ref)
        files: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry in mappings(view.groups.get("installed_files")):
            outer, bang, path = str(entry["path"]).rpartition("!")
            files[outer + bang].append((path, str(entry["digest"])))
        for container, listed in files.items():
            for record in sorted({one.location.path for one in view.stated_by["installed_files"]}):
                if container_of(record) == container:
                    found[container].append(Listing(record, (ref,), "", "", listed))
                    break
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        if "listed_files" not in view.groups:
            continue
        entries = [(path, digest) for digest, path in _pairs(view.groups["listed_files"])]
        for location in view.locations:
            container = container_of(location.path)
            if place := dpkg_files.PLACE.match(location.path[len(container) :]):
                root = place["root"]
                listed = [(root + path, digest) for path, digest in entries] if root else entries
                found[container].append(Listing(location.path, (), root, place["package"], listed))
    return found


def _pairs(listed: Plain) -> Iterator[tuple[str, str]]:
    """Digest and path of each entry of a group of such texts."""
    for entry in sequence(listed):
        digest, _, path = str(entry).partition(" ")
        yield digest, path


def container_of(place: str) -> str:
    """The container of a place with the sign behind it; nothing for the scanned tree itself."""
    outer, bang, _ = place.rpartition("!")
    return outer + bang


@dataclass(slots=True)
class Databases:
    """Packages of dpkg by the database that states them."""

    graph: Graph
    known: dict[str, dict[str, list[ArtifactRef]]] = field(default_factory=dict)

    def named(self, listing: Listing, place_of: Callable[[str], str]) -> tuple[ArtifactRef, ...]:
        """The installed packages that a list belongs to; ``place_of`` finds a path of the file system."""
        if listing.packages:
            return listing.packages
        single = f"{listing.root}var/lib/dpkg/status.d/{listing.name}"
        place = place_of(single) if ".d/" in listing.record else place_of(f"{listing.root}var/lib/dpkg/status")
        if place not in self.known:
            names: dict[str, list[ArtifactRef]] = defaultdict(list)
            for ref in self.graph.at(place):
                if ref.kind == "package":
                    name = str(self.graph.artifact(ref).name)
                    names[name].append(ref)
                    names[f"{name}:{ref.key.partition('?arch=')[2]}"].append(ref)
            self.known[place] = names
        return tuple(self.known[place].get(listing.name, ()))


def digest_of(graph: Graph, context: Context, algorithm: str, place: str, file: ArtifactRef) -> str | None:
    """The digest of a file as hexadecimal text; None where it was not taken. Files on disk are hashed on demand."""
    if algorithm == "sha256":
        return graph.artifact(file).digests.get("sha256")
    handle = context.handles.get(place)
    if handle is None or algorithm not in ("md5", "sha1"):
        return None
    try:
        with open_blob(handle).open() as stream:
            hasher = hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False))  # type: ignore[arg-type]
            return hasher.hexdigest()
    except (OSError, NotExaminable):
        return None


class Owned(NamedTuple):
    """A file that a package lists: its artifact, the digest that is recorded, and whether it is another one now."""

    file: ArtifactRef
    proof: Proof
    changed: bool


def compare(graph: Graph, context: Context, place: str, file: ArtifactRef, recorded: str) -> Owned:
    """Compare a file with what the list beside it records."""
    if recorded in (SAME, DIFFERS):
        return Owned(file, Proof.MATCHED if recorded == SAME else Proof.DECLARED, recorded == DIFFERS)
    algorithm, _, value = recorded.partition(":")
    actual = digest_of(graph, context, algorithm, place, file) if value else None
    if actual is None:
        return Owned(file, Proof.DECLARED, False)
    return Owned(file, Proof.MATCHED if actual == value else Proof.DECLARED, actual != value)


def state_owned(
    builder: EvidenceBuilder, package: ArtifactRef, record: Location, owned: Mapping[str, list[Owned]]
) -> None:
    """``package contains file`` by place, and which of its files were changed."""
    for files in owned.values():
        for one in files:
            builder.relate(package, "contains", one.file, one.proof, record, CHANGED if one.changed else "")
    changed = sorted(place for place, files in owned.items() if any(one.changed for one in files))
    builder.state(package, "changed_files", changed[:NAMED], record)


def files_at(graph: Graph, place: str) -> list[ArtifactRef]:
    """Files whose bytes were found at a place."""
    return [ref for ref in graph.at(place) if ref.kind == "file" and graph.seen(ref)]


def contents_at(graph: Graph, place: str) -> set[str]:
    """Digests of the files at a place; a small file is another artifact at each place."""
    return {graph.artifact(ref).digests["sha256"] for ref in files_at(graph, place)}
