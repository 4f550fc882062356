"""Harmful files that belong to no model: what a model contains is judged with the model, these would be judged by nobody."""

from __future__ import annotations

from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder
from scanner.records.plain import mapping

NAME: Final = "stray_code"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """``in_model`` of every file whose verdict is malicious."""
    builder = EvidenceBuilder(NAME)
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        if mapping(view.groups.get("code_scan")).get("verdict") == "malicious":
            builder.state(ref, "in_model", _is_in_model(graph, ref), view.stated_by["code_scan"][0].location)
    return builder.build()


def _is_in_model(graph: Graph, file: ArtifactRef) -> bool:
    """Whether a model contains the file, or a file that it is packed in."""
    met, todo = {file}, [file]
    while todo:
        for one in graph.incoming(todo.pop(), ("contains",)):
            if one.source.kind == "model":
                return True
            if one.source.kind == "file" and one.source not in met:
                met.add(one.source)
                todo.append(one.source)
    return False
