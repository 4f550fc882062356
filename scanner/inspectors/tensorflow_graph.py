"""TensorFlow graphs: operators of a SavedModel, MetaGraph or frozen GraphDef, and the configurations Keras adds to one.

Field numbers: saved_model.proto, meta_graph.proto, graph.proto, function.proto, node_def.proto, attr_value.proto of
TensorFlow 2.21 and saved_metadata.proto of Keras 2. No graph is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.formats import sniff
from scanner.identity import relative_path
from scanner.inspectors import tensorflow_ops
from scanner.inspectors.keras_objects import keras_reasons, parse
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.protobuf import Value, fields, text
from scanner.sources.blob import Blob

NAME: Final = "tensorflow_graph"
VERSION: Final = "1"
NODES: Final = 2_000_000
DENIED: Final = frozenset(tensorflow_ops.DENIED.split())
FILES: Final = frozenset(tensorflow_ops.FILES.split())
KNOWN: Final = frozenset(tensorflow_ops.KNOWN.split())
TOLD_BY_ATTRIBUTE: Final = {"PrintV2": "output_stream"}
"""Operators that are harmless unless an attribute sends their output somewhere; those named ``Debug`` by their URLs."""
DEBUG_URLS: Final = "debug_urls"

_OPERATOR: Final = rb"\x12[\x01-\x7f][A-Za-z_>][\w>./-]*"
_NODE: Final = re.compile(rb"\n[\x00-\xff]{1,5}?\n[\x01-\x7f][\w.>/\\^-]+" + _OPERATOR)
_META_GRAPH: Final = re.compile(
    rb"\n[\x00-\xff]{1,5}?(?:\n[\x00-\x7f][^\x00-\x1f]*)?\x12[\x00-\xff]{1,5}?\n", re.DOTALL
)
_SAVED_MODEL: Final = b"\x08\x01\x12"
_KERAS_METADATA: Final = b"_tf_keras_"
_SUFFIXES: Final = (".pb", ".meta")
"""Names under which TensorFlow looks for its messages; their fields may come in any order."""
_FIELD_HEADS: Final = frozenset(b"\x08\x0a\x12\x1a\x22\x2a\x32")
_MODEL_NAME: Final = "saved_model.pb"


@dataclass(slots=True)
class _Found:
    """What the walk collects; ``operators`` are (name, where output or input is sent) pairs."""

    operators: set[tuple[str, str]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    assets: set[str] = field(default_factory=set)
    metadata: list[str] = field(default_factory=list)
    nodes: int = 0

    @property
    def is_graph(self) -> bool:
        """Whether one operator is TensorFlow's own; a descriptor of protobuf types has the same shape as a graph."""
        return any(name in KNOWN or name in DENIED or name in FILES for name, _ in self.operators)


def wants(blob: Blob) -> bool:
    """Whether the content begins as one of these messages does, whatever its name, or may be one by its name."""
    head = blob.head
    if sniff(head, blob.size) is not None:
        return False
    if blob.name.endswith(_SUFFIXES) and head and head[0] in _FIELD_HEADS:
        return True
    graph = head[:1] == b"\n" and (_NODE.match(head) or _META_GRAPH.match(head) or _KERAS_METADATA in head)
    return bool(graph) or head.startswith(_SAVED_MODEL)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one graph; empty evidence when the content turns out to be something else."""
    builder = EvidenceBuilder(NAME)
    data = view(blob)
    found = _walk(data)
    if not found.is_graph and not found.metadata and blob.name.endswith(_SUFFIXES):
        found = _walk_any_order(data, whole=blob.name == _MODEL_NAME)
    if not found.is_graph and not found.metadata:
        return builder.build()
    if found.is_graph:
        builder.state(blob.ref, "format", "savedmodel", blob.location)
    reasons = [*_reasons(found)]
    for metadata in found.metadata:
        reasons += keras_reasons(parse(metadata), "keras metadata")
    state_reasons(builder, blob, reasons, f"{found.nodes} operators that only compute")
    return builder.build()


def _walk(data: memoryview) -> _Found:
    """Read the content as each of the three messages; what is broken without a single operator is something else."""
    found = _Found()
    try:
        if bytes(data[:3]) == _SAVED_MODEL:
            _saved_model(found, data)
        elif _KERAS_METADATA in bytes(data[:4096]):
            for part in _parts(data, 1):
                found.metadata += [text(value) for number, value in fields(part) if number == 5]
        elif _NODE.match(bytes(data[:4096])):
            _graph(found, data)
        else:
            _meta_graph(found, data)
    except NotExaminable:
        if found.is_graph or found.metadata:
            raise
        return _Found()
    return found


def _walk_any_order(data: memoryview, *, whole: bool) -> _Found:
    """Read the content as each kind of message in turn, without asking how it begins.

    Raises NotExaminable when none holds an operator, none can be read to its end and the name says that it is a model.
    """
    broken: NotExaminable | None = None
    for read in (_saved_model, _meta_graph, _graph):
        found = _Found()
        try:
            read(found, data)
        except NotExaminable as error:
            if found.is_graph:
                raise
            broken = error
        if found.is_graph:
            return found
    if whole and broken is not None:
        raise broken
    return _Found()


def _saved_model(found: _Found, data: memoryview) -> None:
    for part in _parts(data, 2):
        _meta_graph(found, part)


def _parts(data: memoryview, number: int) -> Iterator[memoryview]:
    """The messages under one field number."""
    for found, value in fields(data):
        if found == number and isinstance(value, memoryview):
            yield value


def _meta_graph(found: _Found, data: memoryview) -> None:
    for number, value in fields(data):
        if number == 2 and isinstance(value, memoryview):
            _graph(found, value)
        elif number == 6 and isinstance(value, memoryview):
            found.assets |= {text(name) for inner, name in fields(value) if inner == 2}


def _graph(found: _Found, data: memoryview) -> None:
    for number, value in fields(data):
        if number == 1 and isinstance(value, memoryview):
            _node(found, value)
        elif number == 2 and isinstance(value, memoryview):
            for function in _parts(value, 1):
                _function(found, function)


def _function(found: _Found, data: memoryview) -> None:
    for number, value in fields(data):
        if number == 1 and isinstance(value, memoryview):
            found.functions |= {text(name) for inner, name in fields(value) if inner == 1}
        elif number == 3 and isinstance(value, memoryview):
            _node(found, value)


def _node(found: _Found, data: memoryview) -> None:
    operator = ""
    attributes: list[memoryview] = []
    for number, value in fields(data):
        if number == 2:
            operator = text(value)
        elif number == 5 and isinstance(value, memoryview):
            attributes.append(value)
    if not operator:
        return
    found.nodes += 1
    if found.nodes > NODES:
        raise NotExaminable(OVER_LIMIT, f"more than {NODES} operators")
    wanted = DEBUG_URLS if operator.startswith("Debug") else TOLD_BY_ATTRIBUTE.get(operator)
    target = _attribute(attributes, wanted) if wanted else ""
    found.operators.add((operator, target if "://" in target else ""))


def _attribute(attributes: list[memoryview], wanted: str) -> str:
    """The first text of an attribute, by itself (field 2) or in a list (fields 1 and 2)."""
    for entry in attributes:
        pair: dict[int, Value] = dict(fields(entry))
        if text(pair.get(1, 0)) == wanted and isinstance(pair.get(2), memoryview):
            for number, value in fields(memoryview(pair[2])):  # type: ignore[arg-type]
                inner = next(_parts(value, 2), None) if number == 1 and isinstance(value, memoryview) else value
                if number in (1, 2) and inner is not None:
                    return text(inner)
    return ""


def _reasons(found: _Found) -> Iterator[Reason]:
    for operator, target in sorted(found.operators):
        shown = escape(operator)
        if operator in DENIED:
            detail = f"operator {shown} runs Python, reads or writes any file, or calls another host"
            yield Reason("tensorflow-denied-operator", detail, "graph", "malicious")
        elif target:
            yield Reason("tensorflow-sends-output", f"{shown} sends to {target[:120]!a}", "graph", "malicious")
        elif operator in FILES:
            yield Reason("tensorflow-file-operator", f"operator {shown} reads or writes files", "graph", "unknown")
        elif operator not in KNOWN and operator not in found.functions:
            yield Reason("tensorflow-unlisted-operator", f"operator {shown}", "graph", "unknown")
    for name in sorted(found.assets):
        if relative_path(name) is None or ":" in name:
            yield Reason("tensorflow-asset-path", f"asset outside the folder: {name[:120]!a}", "graph", "malicious")
