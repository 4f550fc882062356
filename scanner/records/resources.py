"""Resources that attestations and documents name (in-toto ResourceDescriptor and the like): what kind of artifact each is.

The kind of a content is told by its package URL or by the ending of its name; what nothing tells is a file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from scanner import identity
from scanner.model import ArtifactRef
from scanner.records.plain import Plain, mapping, text
from scanner.records.references import is_commit, without_credentials

_MODELS: Final = frozenset(
    {".onnx", ".safetensors", ".gguf", ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".skops"}
    | {".tflite", ".pb", ".mlmodel", ".xgb", ".cbm"}
)
_DATA: Final = frozenset({".csv", ".tsv", ".parquet", ".arrow", ".feather", ".avro", ".orc", ".jsonl", ".ndjson"})
_MEDIA: Final = re.compile(r"text/csv|application/(?:x-ndjson|jsonl|vnd\.apache\.(?:parquet|arrow\.file))")
_REGISTRY: Final = re.compile(
    r"(?:docker|oci)://|(?:[a-z0-9\-]+\.)+[a-z]{2,}(?::\d+)?/[a-z0-9][a-z0-9._\-/]*(?:[:@].*)?\Z"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One artifact that a record names: its reference, a name to show, its package URL if it is a package."""

    ref: ArtifactRef
    name: str
    purl: str | None = None


def kind_of_name(name: str) -> str:
    """``model``, ``dataset`` or ``file``, by the ending of a file's name."""
    ending = posixpath.splitext(name.lower())[1]
    return "model" if ending in _MODELS else "dataset" if ending in _DATA else "file"


def resource(fields: Mapping[str, Plain], *, image: bool) -> Resource | None:
    """The artifact of a descriptor (``uri``, ``name``, ``digest``, ``mediaType``); None when no sha256, commit or package URL does.

    ``image``: a digest under a name that no ending tells belongs to a container image.
    """
    digests = mapping(fields.get("digest"))
    uri = text(fields.get("uri")) or ""
    name = text(fields.get("name")) or text(fields.get("downloadLocation")) or uri
    shown = without_credentials(name) or "unnamed"
    commit = text(digests.get("gitCommit")) or (text(digests.get("sha1")) if _is_git(uri or name) else None)
    if commit is not None:
        return Resource(identity.commit(commit), shown) if is_commit(commit) else None
    purl = next(
        (found for one in (uri, name) if one.startswith("pkg:") and (found := identity.canonical_purl(one))), None
    )
    sha256 = identity.hex_digest("sha256", text(digests.get("sha256")) or "")
    kind = _kind(fields, name, purl, image)
    if kind == "package" and purl is not None:
        return Resource(identity.package(purl), shown, purl)
    if sha256 is not None:
        return Resource(identity.content(kind, sha256), shown)
    return None


def _is_git(uri: str) -> bool:
    return uri.startswith(("git+", "git://")) or uri.partition("@")[0].endswith(".git")


def _kind(fields: Mapping[str, Plain], name: str, purl: str | None, image: bool) -> str:
    if purl is not None:
        if purl.startswith(("pkg:docker/", "pkg:oci/")):
            return "image"
        return "model" if purl.startswith(("pkg:huggingface/", "pkg:mlflow/")) else "package"
    bare = unquote(without_credentials(name))
    kind = kind_of_name(bare)
    if kind != "file":
        return kind
    if _MEDIA.match(text(fields.get("mediaType")) or ""):
        return "dataset"
    leaf = bare.partition("@")[0].rpartition("/")[2].partition(":")[0]
    if (image or _REGISTRY.match(bare)) and not posixpath.splitext(leaf)[1]:
        return "image"
    return "file"
