"""All bytes of a Blob as one view, without copying files into memory."""

from __future__ import annotations

import mmap
from typing import Final

from scanner.sources.blob import Blob

NESTED_LIMIT: Final = 1 << 30
"""The largest content that is held in memory because it has no file of its own."""


def view(blob: Blob) -> memoryview:
    """The bytes of the Blob. Raises NotExaminable when they are neither a file nor small enough."""
    if blob.content is not None or blob.local is None:
        return memoryview(blob.read(NESTED_LIMIT))
    with blob.open() as stream:
        # Never closed by hand: views of it may still be held by an exception that is on its way.
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
