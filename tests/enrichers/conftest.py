"""A folder scanned and enriched the way a scan does it, without policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.registry import ENRICHERS
from scanner.examine import examine
from scanner.graph import Graph
from scanner.signing.trust import Trust
from scanner.sources.directory import Handle, walk

NOW = datetime(2026, 6, 1, tzinfo=UTC)

Scanned = Callable[..., Graph]


@pytest.fixture
def scanned() -> Scanned:
    """scanned(root, trust=None): the graph of everything below ``root``."""

    def scan(root: Path, trust: Trust | None = None) -> Graph:
        handles = [item for item in walk(root, "") if isinstance(item, Handle)]
        graph = Graph.fold(evidence for handle in handles for evidence in examine(handle))
        places = {handle.path: handle for handle in handles}
        context = Context(identity.release("demo"), "demo", NOW, places, trust, with_pip_audit=False)
        for enricher in ENRICHERS:
            graph.add(enricher.enrich(graph, context))
        return graph

    return scan
