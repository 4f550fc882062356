"""Git LFS pointer files: the digest of the content that should be in their place (git-lfs specification, version 1)."""

from __future__ import annotations

import re
from typing import Final

from scanner import identity
from scanner.errors import SOURCE_UNREACHABLE
from scanner.model import Evidence, EvidenceBuilder, Proof
from scanner.sources.blob import Blob

NAME: Final = "lfs"
VERSION: Final = "1"
_LIMIT: Final = 1024
_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize [0-9]{1,18}\n?\Z"
)


def wants(blob: Blob) -> bool:
    """A pointer file, told by its content."""
    return blob.size < _LIMIT and bool(_POINTER.match(blob.head))


def collect(blob: Blob) -> Evidence:
    """The content the pointer stands for, and that it is not here."""
    builder = EvidenceBuilder(NAME)
    match = _POINTER.match(blob.head)
    if match is not None:
        content = identity.content("file", match[1].decode("ascii"))
        builder.artifact(content, name=blob.path, resolved=False)
        builder.relate(blob.ref, "contains", content, Proof.DECLARED, blob.location, "Git LFS pointer")
        builder.missed(blob.location, SOURCE_UNREACHABLE, "Git LFS pointer: the content is not here")
    return builder.build()
