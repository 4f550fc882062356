"""Installed packages and the files of this scan that are theirs, by the digests that the installer wrote down."""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Proof
from scanner.records.plain import mappings

NAME: Final = "package_files"
VERSION: Final = "1"
CHANGED: Final = "content differs from what was installed"


def enrich(graph: Graph, context: Context) -> Evidence:
    """``package contains file`` where the file is here: matched with its recorded content, declared with another one.

    A record may name a file without its SHA-256 (empty): then too it is declared.
    """
    builder = EvidenceBuilder(NAME)
    for package in graph.refs("package"):
        view = graph.artifact(package)
        for entry in mappings(view.groups.get("installed_files")):
            location = view.stated_by["installed_files"][0].location
            sha256 = str(entry["sha256"])
            here = _files(graph, str(entry["path"]))
            moved = identity.content("file", sha256)
            if sha256 and not here and graph.seen(moved):
                builder.relate(package, "contains", moved, Proof.MATCHED, location)
            for file in here:
                if not sha256:
                    builder.relate(package, "contains", file, Proof.DECLARED, location)
                elif graph.artifact(file).digests.get("sha256") == sha256:
                    builder.relate(package, "contains", file, Proof.MATCHED, location)
                else:
                    builder.relate(package, "contains", file, Proof.DECLARED, location, CHANGED)
    return builder.build()


def _files(graph: Graph, place: str) -> list[ArtifactRef]:
    return [ref for ref in graph.at(place) if ref.kind == "file" and graph.seen(ref)]
