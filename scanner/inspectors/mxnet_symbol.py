"""MXNet symbols (``-symbol.json``): operators of a graph that run Python or take addresses; none is run.

Form: nnvm::pass::SaveJSON of MXNet 1.9. An operator is looked up in the library by its name, so that a name on no list
brings no code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scanner.errors import NotExaminable
from scanner.inspectors.keras_objects import parse
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "mxnet_symbol"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
ADDRESSES: Final = frozenset({"_Native", "_NDArray"})
"""Operators whose attribute is the address of a function."""
PYTHON: Final = frozenset({"Custom", "_CustomFunction"})
DEPTH: Final = 16
MARKS: Final = (b'"nodes"', b'"arg_nodes"', b'"heads"')


def wants(blob: Blob) -> bool:
    """Whether the content is JSON with the lists of a symbol; of a large one the first list begins it."""
    known = blob.content if blob.content is not None else blob.head
    if known[:64].lstrip()[:1] != b"{" or MARKS[0] not in known:
        return False
    return all(mark in known for mark in MARKS) if blob.content is not None else b'"op"' in known


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one symbol; empty evidence for other JSON. Raises NotExaminable for a large one cut short."""
    builder = EvidenceBuilder(NAME)
    try:
        graph: Any = parse(blob.read(LIMIT))
    except NotExaminable:
        if b'"op": "null"' in blob.head:
            raise
        return builder.build()
    if not _is_graph(graph):
        return builder.build()
    builder.state(blob.ref, "format", "mxnet", blob.location)
    reasons = {*_reasons(graph, 0)}
    state_reasons(builder, blob, reasons, f"{len(graph['nodes'])} operators that only compute")
    return builder.build()


def _is_graph(value: Any) -> bool:
    if not isinstance(value, dict) or not all(
        isinstance(value.get(key), list) for key in ("nodes", "arg_nodes", "heads")
    ):
        return False
    return all(isinstance(one, dict) and isinstance(one.get("op"), str) for one in value["nodes"])


def _reasons(graph: Any, depth: int) -> Iterator[Reason]:
    for one in graph["nodes"]:
        operator = one["op"]
        held: dict[str, Any] = next(
            (one[key] for key in ("attrs", "param", "attr") if isinstance(one.get(key), dict)), {}
        )
        if operator in ADDRESSES:
            yield Reason("mxnet-address-operator", f"operator {operator}", "nodes", "malicious")
        elif operator in PYTHON:
            yield Reason("mxnet-python-operator", f"operator {escape(str(held.get('op_type')))}", "nodes", "unknown")
        if any(key in held for key in ("lib", "library", "lib_path")):
            yield Reason("mxnet-library", f"operator {escape(operator)} names a library", "nodes", "malicious")
        for inner in one.get("subgraphs") or []:
            if _is_graph(inner) and depth < DEPTH:
                yield from _reasons(inner, depth + 1)
