"""OpenSSF Model Signing v1.0: what a signed manifest says about the files of a model or dataset.

Source: ossf/model-signing-spec, v1.0. Two things are stricter than the reference verifier: shards must tile each file
exactly, and files that the signer told verifiers to ignore are reported instead of accepted. The root digest binds
contents and their order but not names, so it identifies nothing; names are bound by the signature over the manifest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.signing.files import SignedFile
from scanner.signing.result import Code, Rejected
from scanner.signing.statement import STATEMENT_V1, Statement
from scanner.signing.strict_json import obj, objects, text

PREDICATE_TYPE = "https://model_signing/signature/v1.0"
PREDICATE_TYPE_BETA = "https://model_signing/Digests/v0.1"
DEFAULT_IGNORED = (".git", ".gitattributes", ".github", ".gitignore")
MAX_RESOURCES = 500_000

_DIGEST_LENGTH = {"sha256": 64, "blake2b": 128, "blake3": 64}
_ALIASES = {"blake2": "blake2b"}
_WEAK = frozenset({"md5", "sha1"})
_HEX = re.compile(r"[0-9a-f]+")
_OFFSET = re.compile(r"0|[1-9][0-9]{0,17}")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Part:
    """The signed digest of bytes start..end of a file; ``end`` is None for a whole file."""

    start: int
    end: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked manifest: for each path its parts in order. A model of one file is signed under the path ``.``."""

    subject_name: str | None
    algorithm: str
    by_shards: bool
    ignored: tuple[str, ...]
    parts: Mapping[str, tuple[Part, ...]]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Coverage:
    """How the files on disk compare with a manifest; every list holds relative paths in sorted order."""

    covers: dict[str, str] = field(default_factory=dict)
    modified: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unsigned_files: list[str] = field(default_factory=list)
    ignored_present: list[str] = field(default_factory=list)
    uncovered_empty: list[str] = field(default_factory=list)
    symlinks: list[str] = field(default_factory=list)

    def objection(self) -> Rejected | None:
        """Why these files are not simply the signed ones, or None when every file is covered and unchanged."""
        if self.modified or self.missing or self.unsigned_files or self.symlinks:
            return Rejected(Code.TAMPERED, "files were changed, removed, added or replaced by links after signing")
        if self.ignored_present or self.uncovered_empty:
            return Rejected(Code.IGNORED_FILES, "files are present that the signature does not cover")
        return None


def parse_manifest(statement: Statement) -> Manifest:
    """Check a model signature's statement; raises :class:`Rejected` with the code of the first rule it breaks."""
    if statement.predicate_type == PREDICATE_TYPE_BETA:
        raise Rejected(Code.UNSUPPORTED, "signed by a model-signing release before 1.0; ask for a new signature")
    if statement.predicate_type != PREDICATE_TYPE:
        raise Rejected(Code.PREDICATE_TYPE, "the statement is not a model signature v1.0")
    if statement.version != STATEMENT_V1:
        raise Rejected(Code.STATEMENT_TYPE, "a model signature must be an in-toto statement v1")
    if len(statement.subjects) != 1:
        raise Rejected(Code.MALFORMED, "a model signature must have exactly one subject")
    serialization = obj(statement.predicate, "serialization", "the predicate")
    algorithm, shard_size = _method(serialization)
    resources = objects(statement.predicate, "resources", "the predicate")
    if not 1 <= len(resources) <= MAX_RESOURCES:
        raise Rejected(Code.MALFORMED, f"a model signature must list 1 to {MAX_RESOURCES} resources")
    ignored, warnings = _ignored(serialization)
    parts = _parts(resources, algorithm, shard_size)
    subject = statement.subjects[0]
    if subject.digests.get("sha256") != _root_digest(resources):
        raise Rejected(Code.ROOT_DIGEST, "the subject's digest is not the digest of the listed resources")
    return Manifest(subject.name, algorithm, shard_size is not None, ignored, parts, warnings)


def _method(serialization: Mapping[str, Any]) -> tuple[str, int | None]:
    """The digest algorithm and, for method ``shards``, the shard size in bytes."""
    hash_type = text(serialization, "hash_type", "serialization")
    algorithm = _ALIASES.get(hash_type, hash_type)
    if algorithm in _WEAK:
        raise Rejected(Code.WEAK_HASH, "the resources are named by a weak hash")
    if algorithm not in _DIGEST_LENGTH:
        raise Rejected(Code.UNSUPPORTED, "the resources are named by an unknown hash")
    if not isinstance(serialization.get("allow_symlinks"), bool):
        raise Rejected(Code.MALFORMED, "serialization lacks allow_symlinks")
    method = text(serialization, "method", "serialization")
    if method == "files":
        return algorithm, None
    if method != "shards":
        raise Rejected(Code.UNSUPPORTED, "the serialization method is neither files nor shards")
    size = serialization.get("shard_size")
    # model-signing 1.1.1 writes the size as a float
    if isinstance(size, bool) or not isinstance(size, int | float) or size != size // 1 or not 1 <= size < 2**53:
        raise Rejected(Code.MALFORMED, "shard_size is not a whole number of bytes")
    return algorithm, int(size)


def _ignored(serialization: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths the signer asked verifiers to ignore, and a warning when some of them mean nothing."""
    declared = serialization.get("ignore_paths", [])
    if not isinstance(declared, list) or not all(isinstance(path, str) for path in declared):
        raise Rejected(Code.MALFORMED, "ignore_paths is not a list of strings")
    usable = {path.rstrip("/") for path in declared if is_clean_path(path.rstrip("/"))}
    warning = ("some ignore_paths are not clean relative paths and ignore nothing",)
    unusable = any(not is_clean_path(path.rstrip("/")) for path in declared)
    return tuple(sorted(usable.union(DEFAULT_IGNORED))), warning if unusable else ()


def is_clean_path(path: str) -> bool:
    """Whether a path is relative, in normal form, and means the same on every system."""
    if not path or "\0" in path or "\\" in path or _DRIVE.match(path):
        return False
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return all(segment not in ("", ".", "..") for segment in path.split("/"))


def _parts(
    resources: Sequence[Mapping[str, Any]], algorithm: str, shard_size: int | None
) -> dict[str, tuple[Part, ...]]:
    parts: dict[str, list[Part]] = {}
    names, order = [], []
    for resource in resources:
        name = text(resource, "name", "the resource")
        _expect_algorithm(resource, algorithm, shard_size)
        digest = text(resource, "digest", "the resource")
        if len(digest) != _DIGEST_LENGTH[algorithm] or not _HEX.fullmatch(digest):
            raise Rejected(Code.MALFORMED, "a resource's digest is not lower-case hex of the right length")
        path, start, end = (name, 0, None) if shard_size is None else _shard_name(name)
        if not is_clean_path(path) and path != ".":
            raise Rejected(Code.BAD_PATH, "a resource's name is not a clean relative path")
        parts.setdefault(path, []).append(Part(start, end, digest))
        names.append(name)
        order.append((path.split("/"), start))
    # the specification sorts by name, the reference implementation by path segments and numeric offsets
    if len(set(names)) != len(names) or (order != sorted(order) and names != sorted(names)):
        raise Rejected(Code.MALFORMED, "the resources are not sorted or not unique")
    if "." in parts and len(parts) > 1:
        raise Rejected(Code.BAD_PATH, "the path . names a model of one file and stands alone")
    result = {path: tuple(sorted(found, key=lambda part: part.start)) for path, found in parts.items()}
    if shard_size is not None and not all(_tiles(found, shard_size) for found in result.values()):
        raise Rejected(Code.MALFORMED, "the shards of a file leave a gap or overlap")
    return result


def _expect_algorithm(resource: Mapping[str, Any], algorithm: str, shard_size: int | None) -> None:
    named = text(resource, "algorithm", "the resource")
    if shard_size is not None:
        # model-signing 1.1.1 appends the shard size to the name
        named = named.removesuffix(f"-sharded-{shard_size}")
    if _ALIASES.get(named, named) != algorithm:
        raise Rejected(Code.MALFORMED, "a resource's algorithm is not the one of the serialization")


def _shard_name(name: str) -> tuple[str, int, int]:
    path, _, span = name.rpartition(":")
    path, _, first = path.rpartition(":")
    if not path or not _OFFSET.fullmatch(first) or not _OFFSET.fullmatch(span):
        raise Rejected(Code.BAD_PATH, "a shard's name is not path:start:end")
    return path, int(first), int(span)


def _tiles(parts: Sequence[Part], shard_size: int) -> bool:
    position = 0
    for index, part in enumerate(parts):
        length = (part.end or 0) - part.start
        is_last = index == len(parts) - 1
        if part.start != position or not (0 < length <= shard_size if is_last else length == shard_size):
            return False
        position += length
    return True


def _root_digest(resources: Sequence[Mapping[str, Any]]) -> str:
    hasher = hashlib.sha256()
    for resource in resources:
        hasher.update(bytes.fromhex(resource["digest"]))
    return hasher.hexdigest()


def compare(manifest: Manifest, files: Mapping[str, SignedFile], bundle_sha256: str) -> Coverage:
    """Compare the files with the manifest.

    ``bundle_sha256`` is the digest of the signature itself: a file with exactly these bytes is the signature and needs
    no cover. Symbolic links are never accepted, whatever ``allow_symlinks`` says. May raise NotExaminable.
    """
    files = {path: found for path, found in files.items() if found.is_symlink or found.sha256 != bundle_sha256}
    parts = manifest.parts
    if "." in parts and len(files) == 1:
        parts = {next(iter(files)): parts["."]}
    coverage = Coverage()
    for path in sorted(parts.keys() | files.keys()):
        found = files.get(path)
        if found is None:
            coverage.missing.append(path)
        elif found.is_symlink:
            coverage.symlinks.append(path)
        elif path not in parts:
            _uncovered(coverage, path, found, manifest)
        elif _is_unchanged(parts[path], found, manifest.algorithm):
            coverage.covers[path] = found.sha256
        else:
            coverage.modified.append(path)
    return coverage


def _uncovered(coverage: Coverage, path: str, found: SignedFile, manifest: Manifest) -> None:
    if any(path == ignored or path.startswith(f"{ignored}/") for ignored in manifest.ignored):
        coverage.ignored_present.append(path)
    elif manifest.by_shards and found.size == 0:
        coverage.uncovered_empty.append(path)
    else:
        coverage.unsigned_files.append(path)


def _is_unchanged(parts: Sequence[Part], found: SignedFile, algorithm: str) -> bool:
    whole = parts[0]
    if whole.end is None:
        return whole.digest == (found.sha256 if algorithm == "sha256" else found.digest(algorithm))
    if parts[-1].end != found.size:
        return False
    return all(part.digest == found.digest(f"{algorithm}:{part.start}:{part.end}") for part in parts)
