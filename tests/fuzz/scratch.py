"""Where readers that take a path find what is fuzzed: one temporary folder for each process."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path


@cache
def _folder(process: int) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=f"lading-fuzz-{process}-")


def folder() -> Path:
    """The folder of this process; a fork gets its own."""
    return Path(_folder(os.getpid()).name)


def written(data: bytes, name: str) -> Path:
    """A file of this content."""
    path = folder() / name
    path.write_bytes(data)
    return path
