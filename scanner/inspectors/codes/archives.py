"""Reason codes of archives whose records contradict each other, and of programs under the name of data."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes.terms import (
    CORRUPT_MODEL,
    EMBED_MALWARE,
    MALICIOUS,
    MASQUERADING,
    RENAME,
    REPACK,
    REVIEW,
    UNKNOWN,
    UNSAFE_ARTIFACT,
    ReasonCode,
)

ROWS: Final[dict[str, ReasonCode]] = {
    "executable-under-a-data-name": ReasonCode(
        UNKNOWN, "an ELF, PE, Mach-O or script whose name claims a model or data", 646, MASQUERADING, RENAME
    ),
    "zip-name-mismatch": ReasonCode(
        MALICIOUS, "local record and directory name different members", 436, EMBED_MALWARE, REPACK
    ),
    "zip-hidden-entry": ReasonCode(MALICIOUS, "a member that the directory does not list", 436, EMBED_MALWARE, REPACK),
    "zip-two-directories": ReasonCode(MALICIOUS, "more than one end record fits the file", 436, EMBED_MALWARE, REPACK),
    "zip-duplicate-name": ReasonCode(
        "malicious for members of models, else unknown", "several members share a name", 436, EMBED_MALWARE, REPACK
    ),
    "zip-flags-mismatch": ReasonCode(
        UNKNOWN, "the two records of a member differ in flags", 436, CORRUPT_MODEL, REPACK
    ),
    "zip-method-mismatch": ReasonCode(
        UNKNOWN, "the two records of a member differ in compression", 436, CORRUPT_MODEL, REPACK
    ),
    "zip-size-mismatch": ReasonCode(
        UNKNOWN, "the two records of a member differ in size or checksum", 436, CORRUPT_MODEL, REPACK
    ),
    "zip-no-local-record": ReasonCode(UNKNOWN, "the directory points at no member", 1286, CORRUPT_MODEL, REPACK),
    "zip-count-mismatch": ReasonCode(UNKNOWN, "the end record counts other members", 1286, CORRUPT_MODEL, REPACK),
    "zip-overlap": ReasonCode(UNKNOWN, "members share bytes", 1286, CORRUPT_MODEL, REPACK),
    "zip-gap": ReasonCode(UNKNOWN, "bytes that belong to no member", 1286, EMBED_MALWARE, REPACK),
    "zip-prefix": ReasonCode(UNKNOWN, "bytes before the archive", 1286, EMBED_MALWARE, REPACK),
    "zip-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the archive", 1286, EMBED_MALWARE, REPACK),
    "zip-comment-payload": ReasonCode(
        "unknown, or that of the pickle", "the comment is a file", 506, EMBED_MALWARE, REPACK
    ),
    "zip-unsafe-path": ReasonCode(
        UNKNOWN, "a name that is absolute, leaves the archive or holds NUL", 22, UNSAFE_ARTIFACT, REPACK
    ),
    "zip-wrong-checksum": ReasonCode(UNKNOWN, "a member is not what its checksum says", 354, CORRUPT_MODEL, REPACK),
    "zip-wrong-size": ReasonCode(UNKNOWN, "a member is longer or shorter than it claims", 130, CORRUPT_MODEL, REPACK),
    "executable-model": ReasonCode(UNKNOWN, "a program that carries its model", 829, EMBED_MALWARE, REVIEW),
    "zip-encrypted": ReasonCode(UNKNOWN, "a member of a model is encrypted", 1286, EMBED_MALWARE, REPACK),
    "zip-odd-flags": ReasonCode(UNKNOWN, "flags that make readers give up", 436, CORRUPT_MODEL, REPACK),
    "zip-symlink": ReasonCode(UNKNOWN, "a member of a model is a symbolic link", 59, UNSAFE_ARTIFACT, REPACK),
}
