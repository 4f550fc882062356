"""Joins what records call by another digest to the bytes of this scan, which are then hashed on demand.

Only files of the size, or at the place, that a record claims are hashed again. A record of a file that is not here stays
an unresolved artifact: the gap is drawn, never guessed away.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.errors import NotExaminable
from scanner.formats import MODEL_FORMATS
from scanner.graph import Graph
from scanner.model import Alias, ArtifactRef, Claim, Evidence, EvidenceBuilder, Location, Proof
from scanner.sources.directory import Handle, open_blob

NAME: Final = "digest_joins"
VERSION: Final = "1"
CHUNK: Final = 1 << 20
TEXT_SAMPLE: Final = 512
RULES: Final = {
    "md5": "md5 of the bytes",
    "sha1": "sha1 of the bytes",
    "sha512": "sha512 of the bytes",
    "git-blob": "git blob id of the bytes",
    "git-blob-sha256": "git blob id of the bytes, with sha256",
    "md5-dos2unix": "md5 after line ends are made uniform, as DVC 2 does",
    "dvc-dir": "md5 of the sorted list of files, as DVC does",
}
HASHES: Final = {"git-blob": "sha1", "git-blob-sha256": "sha256", "md5-dos2unix": "md5"}
_TEXT: Final = frozenset(range(32, 127)) | frozenset(b"\n\r\t\f\b")


def enrich(graph: Graph, context: Context) -> Evidence:
    """Aliases from claimed digests to the files of this scan that have them."""
    builder = EvidenceBuilder(NAME)
    open_claims = [claim for claim in graph.claims if not graph.seen(claim.ref)]
    cache: dict[tuple[str, str], str] = {}
    for algorithm in sorted({identity.scheme_of(claim.ref) for claim in open_claims} & set(RULES)):
        claims = [claim for claim in open_claims if identity.scheme_of(claim.ref) == algorithm]
        if algorithm == "dvc-dir":
            _join_directories(builder, claims, context, graph, cache)
        else:
            _join_files(builder, algorithm, claims, context, graph, cache)
    return builder.build()


def _join_files(
    builder: EvidenceBuilder,
    algorithm: str,
    claims: list[Claim],
    context: Context,
    graph: Graph,
    cache: dict[tuple[str, str], str],
) -> None:
    by_value: dict[str, set[ArtifactRef]] = defaultdict(set)
    only_place = _only_places(claims)
    sizes = {claim.size for claim in claims if claim.size is not None and algorithm != "md5-dos2unix"}
    paths = {claim.path for claim in claims if claim.path is not None}
    unplaced = any(claim.path is None and (claim.size is None or algorithm == "md5-dos2unix") for claim in claims)
    for claim in claims:
        by_value[claim.ref.key.partition(":")[2]].add(claim.ref)
    for path, handle in sorted(context.handles.items()):
        if not (unplaced or handle.size in sizes or path in paths):
            continue
        value = _digest(handle, algorithm, cache)
        for ref in sorted(by_value.get(value, ())):
            for bytes_ref in _contents(graph, path):
                if ref.kind == "file" and not identity.is_content(bytes_ref) and only_place.get(ref) != path:
                    continue
                sha256 = _sha256(graph, bytes_ref)
                same_as = bytes_ref if ref.kind == "file" else identity.content(ref.kind, sha256)
                builder.artifact(same_as, Location(path), digests={"sha256": sha256}, size=handle.size)
                builder.aliases.append(_alias(ref, same_as, RULES[algorithm], path))


def _only_places(claims: Iterable[Claim]) -> dict[ArtifactRef, str]:
    """References that records find at one place only. A file too small to be known by content joins there or nowhere:
    an empty file is no other empty file.
    """
    places: dict[ArtifactRef, set[str]] = defaultdict(set)
    for claim in claims:
        if claim.path is not None:
            places[claim.ref].add(claim.path)
    return {ref: next(iter(found)) for ref, found in places.items() if len(found) == 1}


def _alias(ref: ArtifactRef, same_as: ArtifactRef, rule: str, path: str) -> Alias:
    return Alias(ref, same_as, Proof.MATCHED, rule, Location(path))


def _sha256(graph: Graph, ref: ArtifactRef) -> str:
    return graph.artifact(ref).digests["sha256"]


def _contents(graph: Graph, path: str) -> list[ArtifactRef]:
    return [ref for ref in graph.at(path) if ref.kind == "file" and graph.seen(ref)]


def _join_directories(
    builder: EvidenceBuilder,
    claims: Iterable[Claim],
    context: Context,
    graph: Graph,
    cache: dict[tuple[str, str], str],
) -> None:
    """A DVC directory: JSON list of {md5, relpath} sorted by relpath, with Python's default separators."""
    for claim in claims:
        if claim.path is None:
            continue
        prefix = claim.path.rstrip("/") + "/"
        inside = sorted(path for path in context.handles if path.startswith(prefix))
        listed = [
            {"md5": _digest(context.handles[path], "md5", cache), "relpath": path.removeprefix(prefix)}
            for path in inside
        ]
        text = json.dumps(sorted(listed, key=lambda entry: entry["relpath"]), sort_keys=True)
        if not inside or hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() != _value(claim.ref):
            continue
        members = [(path.removeprefix(prefix), ref) for path in inside for ref in _contents(graph, path)]
        digest = identity.group_digest((name, _sha256(graph, ref)) for name, ref in members)
        place = Location(claim.path)
        whole = builder.artifact(
            identity.content(claim.ref.kind, digest), place, name=claim.path, digests={"sha256": digest}
        )
        for _, ref in members:
            builder.relate(whole, "contains", ref, Proof.MATCHED, place)
        if whole.kind == "file" and not any(_is_weights(graph, ref) for _, ref in members):
            dataset = builder.artifact(
                identity.content("dataset", digest), place, name=claim.path, digests={"sha256": digest}
            )
            builder.relate(dataset, "contains", whole, Proof.MATCHED, place)
        builder.aliases.append(_alias(claim.ref, whole, RULES["dvc-dir"], claim.path))


def _is_weights(graph: Graph, ref: ArtifactRef) -> bool:
    return graph.artifact(ref).groups.get("format") in MODEL_FORMATS


def _value(ref: ArtifactRef) -> str:
    return ref.key.partition(":")[2].removesuffix(".dir")


def _digest(handle: Handle, algorithm: str, cache: dict[tuple[str, str], str]) -> str:
    key = algorithm, handle.path
    if key not in cache:
        try:
            cache[key] = _hash(handle, algorithm)
        except (OSError, NotExaminable):
            cache[key] = ""
    return cache[key]


def _hash(handle: Handle, algorithm: str) -> str:
    blob = open_blob(handle)
    hasher = hashlib.new(HASHES.get(algorithm, algorithm), usedforsecurity=False)
    if algorithm.startswith("git-blob"):
        hasher.update(f"blob {blob.size}\0".encode())
    with blob.open() as stream:
        for chunk in _chunks(iter(lambda: stream.read(CHUNK), b""), algorithm == "md5-dos2unix"):
            hasher.update(chunk)
    return hasher.hexdigest()


def _chunks(chunks: Iterator[bytes], dos2unix: bool) -> Iterator[bytes]:
    """The bytes as they are hashed: DVC 2 takes a file for text by its first bytes, and then mends each chunk alone."""
    is_text: bool | None = None
    for chunk in chunks:
        if is_text is None:
            sample = chunk[:TEXT_SAMPLE]
            is_text = b"\0" not in sample and sum(byte not in _TEXT for byte in sample) <= 0.3 * len(sample)
        yield chunk.replace(b"\r\n", b"\n") if dos2unix and is_text else chunk
