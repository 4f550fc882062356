"""Git LFS pointer files: the digest of the content that should be in their place (git-lfs specification, version 1)."""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.errors import SOURCE_UNREACHABLE
from scanner.model import Evidence, EvidenceBuilder, Proof
from scanner.sources.blob import Blob
from scanner.sources.git_directory import POINTER_SIZE, pointer_of

NAME: Final = "lfs"
VERSION: Final = "1"
FOLDERS: Final = 64
"""How far above a pointer its repository is looked for."""


def wants(blob: Blob) -> bool:
    """A pointer file, told by its content."""
    return blob.size < POINTER_SIZE and pointer_of(blob.head) is not None


def collect(blob: Blob) -> Evidence:
    """The content the pointer stands for, and where it is not among what Git LFS keeps here, that it is missing."""
    builder = EvidenceBuilder(NAME)
    digest = pointer_of(blob.head)
    if digest is not None:
        content = identity.content("file", digest)
        builder.artifact(content, name=blob.path, resolved=False)
        builder.relate(blob.ref, "contains", content, Proof.DECLARED, blob.location, "Git LFS pointer")
        if not _is_kept(blob, digest):
            builder.missed(blob.location, SOURCE_UNREACHABLE, "Git LFS pointer: the content is not here")
    return builder.build()


def _is_kept(blob: Blob, digest: str) -> bool:
    """Whether the repository that the pointer lies in keeps the content; the walk then takes it for a file of the scan."""
    if blob.near is None:
        return False
    inner = blob.path.count("/")
    kept = f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}"
    return any(blob.near("../" * up + kept) is not None for up in range(min(inner, FOLDERS) + 1))
