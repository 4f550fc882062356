"""Findings on a store, said of the models and data that records place in it.

A threat detection service speaks of a bucket, a deployment of an address below it. Both are names, so that the finding of
the bucket is repeated for what has such an address; nothing is joined.
"""

from __future__ import annotations

from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder

NAME: Final = "storage_findings"
VERSION: Final = "1"
GROUP: Final = "runtime_findings"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Findings of buckets, repeated for every model and dataset that is named by an address inside one."""
    builder = EvidenceBuilder(NAME)
    buckets = {_address(ref): ref for ref in graph.refs("dataset") if GROUP in graph.artifact(ref).groups}
    if not buckets:
        return builder.build()
    for ref in graph.known_refs():
        address = _address(ref)
        if ref.kind not in ("model", "dataset") or "://" not in address:
            continue
        scheme, _, rest = address.partition("://")
        bucket = buckets.get(f"{scheme}://{rest.partition('/')[0]}")
        if bucket is not None and bucket != ref:
            view = graph.artifact(bucket)
            for said in view.stated_by[GROUP]:
                builder.state(ref, GROUP, view.groups[GROUP], said.location)
    return builder.build()


def _address(ref: ArtifactRef) -> str:
    return ref.key.removeprefix("name:")
