"""The shape of a transparency log entry in a bundle, tested before any library reads it.

The libraries forgive spaces in numbers and junk in base64, so that two readers could disagree about one entry.
Source: sigstore protobuf-specs ``sigstore_rekor.proto`` (JSON mapping).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scanner.signing.result import Code, Rejected

MAX_PROOF_HASHES = 64

_Shape = re.Pattern[str] | dict[str, Any] | list[Any]
_TEXT = re.compile(r"[^\0]+")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_ENTRY: _Shape = {
    "logIndex": _DECIMAL,
    "logId": {"keyId": _BASE64},
    "kindVersion": {"kind": _TEXT, "version": _TEXT},
    "integratedTime": _DECIMAL,
    "inclusionPromise": {"signedEntryTimestamp": _BASE64},
    "inclusionProof": {
        "logIndex": _DECIMAL,
        "rootHash": _BASE64,
        "treeSize": _DECIMAL,
        "hashes": [_BASE64],
        "checkpoint": {"envelope": _TEXT},
    },
    "canonicalizedBody": _BASE64,
}


def expect_log_entry(entry: Mapping[str, Any]) -> None:
    """Raise :class:`Rejected` (``malformed``) unless every member is known and strictly written; null is absent."""
    if not _fits(entry, _ENTRY):
        raise Rejected(Code.MALFORMED, "a log entry of the bundle is not strictly written")


def _fits(value: object, shape: _Shape) -> bool:
    if value is None:
        return True
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    if isinstance(shape, list):
        return isinstance(value, list) and len(value) <= MAX_PROOF_HASHES and all(_fits(one, shape[0]) for one in value)
    return isinstance(value, dict) and all(name in shape and _fits(value[name], shape[name]) for name in value)
