"""Walks from a few artifacts. Each asks only for what it passes; the network of the whole graph is not built for them."""

from __future__ import annotations

from collections.abc import Collection

from scanner.graph import Graph
from scanner.model import ArtifactRef


def reached(graph: Graph, start: ArtifactRef, types: Collection[str]) -> set[ArtifactRef]:
    """Artifacts reached from ``start`` over one or more relationships of these types."""
    found: set[ArtifactRef] = set()
    todo = [start]
    while todo:
        for one in graph.outgoing(todo.pop(), types):
            if one.target not in found:
                found.add(one.target)
                todo.append(one.target)
    return found


def are_linked(graph: Graph, one: ArtifactRef, other: ArtifactRef, types: Collection[str]) -> bool:
    """Whether one of the two is reached from the other."""
    return other in reached(graph, one, types) or one in reached(graph, other, types)
