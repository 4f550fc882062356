"""Files of a work tree compared with the commit that is checked out in it, without running git.

A file is the one of the commit when its blob id is; also when only its line ends differ, which settings of git change at
will, and when the commit holds the Git LFS pointer to it. Files that the commit does not know are not compared.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.digest_joins import HASHES
from scanner.errors import NotExaminable
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.plain import texts
from scanner.sources.directory import open_blob

NAME: Final = "work_trees"
VERSION: Final = "1"
NAMED: Final = 100
"""Files that are named; the others are counted."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """``work_tree`` of every checked-out commit, and the contents that its Git LFS pointers stand for."""
    builder = EvidenceBuilder(NAME)
    commits = {ref: texts(graph.artifact(ref).groups.get("checkouts")) for ref in graph.refs("commit")}
    folders = {folder for checkouts in commits.values() for folder in checkouts}
    if not folders:
        return builder.build()
    claimed: dict[str, dict[str, set[ArtifactRef]]] = defaultdict(lambda: defaultdict(set))
    for claim in graph.claims:
        if claim.path is not None and identity.scheme_of(claim.ref).startswith("git-blob"):
            claimed[_folder_of(claim.path, folders)][claim.path].add(claim.ref)
    for commit, checkouts in commits.items():
        contained = {one.target for one in graph.outgoing(commit, ("contains",))}
        for folder in checkouts:
            mine = {
                place: ids
                for place, ids in claimed[folder].items()
                if any(graph.canonical(ref) in contained for ref in ids)
            }
            _compare(builder, graph, context, commit, folder, mine)
    return builder.build()


def _folder_of(place: str, folders: set[str]) -> str:
    """The innermost work tree that a place lies in; ``.`` is the top of the scan."""
    folder = posixpath.dirname(place)
    while folder and folder not in folders:
        folder = posixpath.dirname(folder)
    return folder or "."


def _compare(
    builder: EvidenceBuilder,
    graph: Graph,
    context: Context,
    commit: ArtifactRef,
    folder: str,
    claimed: Mapping[str, set[ArtifactRef]],
) -> None:
    modified: list[str] = []
    missing: list[str] = []
    for place, ids in sorted(claimed.items()):
        path = posixpath.relpath(place, folder)
        files = [ref for ref in graph.at(place) if ref.kind == "file" and graph.seen(ref)]
        if not files:
            missing.append(path)
        elif not _is_committed(builder, graph, context, commit, place, path, files, ids):
            modified.append(path)
    # A history without its files, as of a bare repository, is no work tree that somebody changed.
    if len(missing) < len(claimed):
        differing = len(modified) + len(missing)
        value: Json = {"modified": modified[:NAMED], "missing": missing[:NAMED], "differing": differing}
        builder.state(commit, "work_tree", value, Location(folder))


def _is_committed(
    builder: EvidenceBuilder,
    graph: Graph,
    context: Context,
    commit: ArtifactRef,
    place: str,
    path: str,
    files: list[ArtifactRef],
    ids: set[ArtifactRef],
) -> bool:
    if any(graph.canonical(ref) in files for ref in ids):
        return True
    handle = context.handles.get(place)
    if handle is None:
        return False
    view = graph.artifact(files[0])
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{view.digests['sha256']}\nsize {handle.size}\n".encode()
    if _blob_ids(pointer) & ids:
        builder.relate(commit, "contains", files[0], Proof.MATCHED, Location(place), path)
        return True
    try:
        content = open_blob(handle).content
    except (OSError, NotExaminable):
        return False
    # Joined by digest before are all but files too small to be known by content, and other line ends.
    return content is not None and bool((_blob_ids(content) | _blob_ids(content.replace(b"\r\n", b"\n"))) & ids)


def _blob_ids(content: bytes) -> set[ArtifactRef]:
    """The file under the ids that git gives to a content, with either hash."""
    found = set()
    for algorithm in ("git-blob", "git-blob-sha256"):
        hasher = hashlib.new(HASHES[algorithm], b"blob %d\0" % len(content), usedforsecurity=False)
        hasher.update(content)
        found.add(identity.content("file", hasher.hexdigest(), algorithm))
    return found
