"""Models compiled for one device, which no static reader can follow: recognised, and told as not examined."""

from __future__ import annotations

from typing import Final

from scanner.errors import UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.model import Evidence
from scanner.sources.blob import Blob

NAME: Final = "compiled_engine"
VERSION: Final = "1"
KINDS: Final = {
    "tensorrt": "a TensorRT engine holds native code and names plugins",
    "cntk": "a CNTK model before 2.0",
}


def wants(blob: Blob) -> bool:
    """Whether the content begins as one of them does."""
    return sniff(blob.head, blob.size) in KINDS


def inspect(blob: Blob) -> Evidence:
    """Nothing. Raises NotExaminable(unsupported)."""
    raise NotExaminable(UNSUPPORTED, KINDS[sniff(blob.head, blob.size) or ""])
