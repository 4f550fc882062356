"""Objects of manifests and bases that a kustomization of the scan renders: part of what it makes, no deployments of their own."""

from __future__ import annotations

from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder
from scanner.records.plain import texts

NAME: Final = "kustomize_bases"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Take out the deployments that others say they were rendered from; those say so in ``rendered_from``."""
    builder = EvidenceBuilder(NAME)
    origins = {
        ArtifactRef("deployment", key)
        for ref in graph.refs("deployment")
        for key in texts(graph.artifact(ref).groups.get("rendered_from"))
        if key != ref.key
    }
    builder.replaced = sorted(ref for ref in origins if ref in graph)
    return builder.build()
