"""The cache of the Hugging Face client: which revision of which repository its files are said to be.

``models--<org>--<name>/`` holds ``refs/<ref>`` (a commit id), ``blobs/<etag>`` and ``snapshots/<commit>/<file>``, links to the
blobs. An etag is the sha256 of a large file and the Git blob id of a small one. Names are never trusted: the bytes are
hashed again and a blob with a wrong name is told.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Proof
from scanner.records.references import is_commit
from scanner.sources.blob import Blob

NAME: Final = "huggingface_cache"
VERSION: Final = "1"
CHUNK: Final = 1 << 20
_PLACE: Final = re.compile(
    r"(?:.*[/!])?(?P<kind>model|dataset|space)s--(?P<repository>[A-Za-z0-9._\-]{1,200})/"
    r"(?:refs/(?P<ref>[^!]{1,200})|blobs/(?P<etag>[0-9a-f]{40}|[0-9a-f]{64})|snapshots/(?P<commit>[0-9a-f]{40})/(?P<file>[^!]+))\Z"
)
_ETAG: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WEIGHTS: Final = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".onnx", ".gguf", ".pkl", ".joblib")
_DATA: Final = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson")


def wants(blob: Blob) -> bool:
    """A file of the cache, told by its place."""
    return "s--" in blob.path and _PLACE.match(blob.path) is not None


def collect(blob: Blob) -> Evidence:
    """What the place of one file says. Raises NotExaminable for a reference that holds no commit id."""
    builder = EvidenceBuilder(NAME)
    place = _PLACE.match(blob.path)
    if place is None:
        raise NotExaminable(UNREADABLE, "no file of the cache")
    name = place["repository"].replace("--", "/")
    if place["etag"] is not None:
        differs = not _is_named_by_content(blob, place["etag"])
        builder.state(blob.ref, "published_digest", {"differs": differs}, blob.location)
    elif place["commit"] is not None:
        commit = _commit(builder, blob, place["commit"], place["kind"], name)
        _state_file(builder, blob, commit, place["file"])
        if place["kind"] != "space":
            _state_origin(builder, blob, commit, place["kind"], name)
    else:
        id = blob.text(4096).strip()
        if not is_commit(id):
            raise NotExaminable(UNREADABLE, "reference without a commit id")
        commit = _commit(builder, blob, id, place["kind"], name)
        builder.state(commit, "refs", [place["ref"]], blob.location)
    return builder.build()


def _is_named_by_content(blob: Blob, etag: str) -> bool:
    if len(etag) == 64:
        return blob.sha256 == etag
    hasher = hashlib.sha1(b"blob %d\0" % blob.size, usedforsecurity=False)
    with blob.open() as stream:
        while data := stream.read(CHUNK):
            hasher.update(data)
    return hasher.hexdigest() == etag


def _commit(builder: EvidenceBuilder, blob: Blob, id: str, kind: str, name: str) -> ArtifactRef:
    commit = builder.artifact(identity.commit(id), name=id[:12], resolved=False)
    prefix = "" if kind == "model" else f"{kind}s/"
    builder.state(commit, "repository", f"https://huggingface.co/{prefix}{name}", blob.location)
    return commit


def _state_file(builder: EvidenceBuilder, blob: Blob, commit: ArtifactRef, path: str) -> None:
    """The revision contains the content that the link promises; a copy without a link promises nothing."""
    etag = blob.local.name if blob.local is not None and blob.local.parent.name == "blobs" else ""
    if _ETAG.fullmatch(etag) is None:
        builder.relate(commit, "contains", blob.ref, Proof.DECLARED, blob.location, path[:500])
        return
    algorithm = "sha256" if len(etag) == 64 else "git-blob"
    file = builder.artifact(identity.content("file", etag, algorithm), name=path[:500], resolved=False)
    if algorithm != "sha256":
        builder.claims.append(Claim(file, None, blob.path))
    builder.relate(commit, "contains", file, Proof.MATCHED, blob.location, path[:500])


def _state_origin(builder: EvidenceBuilder, blob: Blob, commit: ArtifactRef, kind: str, name: str) -> None:
    """The model or dataset in the folder of a weight or data file is this revision of the repository."""
    if not blob.name.lower().endswith(_WEIGHTS if kind == "model" else _DATA):
        return
    folder = identity.at_path(kind, identity.beside(blob.path, ".") or ".")
    repository = builder.artifact(identity.named(kind, name), name=name, resolved=False)
    builder.relate(folder, "version_of", repository, Proof.DECLARED, blob.location)
    if kind == "model":
        builder.relate(folder, "built_from", commit, Proof.DECLARED, blob.location)
        builder.state(folder, "source", {"revision_pinned": True}, blob.location)
