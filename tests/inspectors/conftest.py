"""Contents inspected the way the examination does it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scanner import identity
from scanner.graph import Graph
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.directory import Handle, open_blob

Inspect = Callable[..., dict[str, Any]]


def _named(blob: Blob) -> Blob:
    with blob.open() as stream:
        blob.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    blob.ref = identity.file(blob.sha256, blob.size, blob.path)
    return blob


@pytest.fixture
def inspected() -> Inspect:
    """inspected(module, bytes or file): the groups that the inspector states, empty when it does not want the content."""

    def inspect(module: ModuleType, content: bytes | Path, name: str = "content") -> dict[str, Any]:
        if isinstance(content, Path):
            blob = open_blob(Handle(name, str(content), str(content.parent), content.stat().st_size))
        else:
            blob = blob_of_bytes(name, content)
        blob = _named(blob)
        if not module.wants(blob):
            return {}
        graph = Graph.fold([module.inspect(blob)])
        return dict(graph.artifact(blob.ref).groups) if blob.ref in graph else {}

    return inspect
