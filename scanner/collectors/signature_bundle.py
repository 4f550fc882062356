"""Sigstore bundles beside what they sign: OpenSSF model signatures (``model.sig``) and ``*.sigstore.json``.

The bundle is only recognised and kept here; the enricher that sees the signed files verifies it.
"""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "signature_bundle"
VERSION: Final = "1"
LIMIT: Final = 4 << 20
MARK: Final = b"application/vnd.dev.sigstore.bundle"


def wants(blob: Blob) -> bool:
    """Whether the content begins as a Sigstore bundle, or its name says that it should be one."""
    named = blob.name.endswith((".sig", ".sigstore.json", ".sigstore"))
    return blob.size <= LIMIT and blob.head.lstrip()[:1] == b"{" and (MARK in blob.head or named)


def collect(blob: Blob) -> Evidence:
    """One signature artifact. Raises NotExaminable for text that is not UTF-8."""
    builder = EvidenceBuilder(NAME)
    signature = builder.artifact(
        identity.content("signature", blob.sha256), blob.location, name=blob.path, digests={"sha256": blob.sha256}
    )
    builder.state(signature, "bundle", blob.text(LIMIT), blob.location)
    return builder.build()
