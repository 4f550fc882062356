"""ONNX: operators, domains and external data of a model, by a walk over its protobuf; no operator is run.

Field numbers: onnx.proto3 of ONNX 1.19 (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, FunctionProto).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.identity import relative_path
from scanner.inspectors.protobuf import fields, text
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "onnx_header"
VERSION: Final = "1"
DEPTH: Final = 32
NODES: Final = 2_000_000
SAFE_DOMAINS: Final = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"}
)
PYTHON_OPERATORS: Final = frozenset({"PyOp", "PythonOp"})


@dataclass(slots=True)
class _Model:
    """What the walk collects. ``domains`` are those of used operators, ``files`` external data locations."""

    domains: set[str] = field(default_factory=set)
    operators: set[tuple[str, str]] = field(default_factory=set)
    local: set[tuple[str, str]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    nodes: int = 0


def wants(blob: Blob) -> bool:
    """Whether the content begins as an ONNX ModelProto: ir_version, then producer, graph or opset fields."""
    head = memoryview(blob.head)
    if blob.size < 16 or head[0] != 0x08 or not 1 <= head[1] <= 32:
        return False
    return head[2] in (0x12, 0x1A, 0x22, 0x2A, 0x30, 0x3A, 0x42)


def inspect(blob: Blob) -> Evidence:
    """Format, operators and external data of one ONNX file; empty evidence when it turns out to be something else."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        if blob.local is not None and blob.content is None:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                view = memoryview(mapped)
                try:
                    found = _walk(view)
                finally:
                    view.release()
        else:
            found = _walk(memoryview(blob.read(1 << 30)))
    if found is None:
        return builder.build()
    builder.state(blob.ref, "format", "onnx", blob.location)
    for name in sorted(found.files):
        builder.state(blob.ref, "weight_index", [name], blob.location)
    reasons = list(_reasons(found))
    verdict = min((one.verdict for one in reasons), default="known-safe")
    state_verdict(builder, blob, "lading", verdict, reasons, f"{found.nodes} operators of the standard domains")
    return builder.build()


def _walk(data: memoryview) -> _Model | None:
    model = _Model()
    graphs = opsets = 0
    try:
        for number, value in fields(data):
            if number > 25 and not graphs:
                return None
            if not isinstance(value, memoryview):
                continue
            if number == 7:
                graphs += 1
                _graph(model, value, 0)
            elif number == 8:
                opsets += 1
            elif number == 25:
                _function(model, value)
            elif number == 20:
                for inner, part in fields(value):
                    if inner in (1, 2) and isinstance(part, memoryview):
                        _graph(model, part, 0)
    except NotExaminable:
        if graphs and opsets:
            raise
        return None
    return model if graphs == 1 and opsets else None


def _graph(model: _Model, data: memoryview, depth: int) -> None:
    if depth > DEPTH:
        raise NotExaminable(OVER_LIMIT, f"graphs nested deeper than {DEPTH}")
    for number, value in fields(data):
        if not isinstance(value, memoryview):
            continue
        if number == 1:
            _node(model, value, depth)
        elif number == 5:
            _tensor(model, value)
        elif number == 15:
            for inner, part in fields(value):
                if inner in (1, 2) and isinstance(part, memoryview):
                    _tensor(model, part)


def _node(model: _Model, data: memoryview, depth: int) -> None:
    model.nodes += 1
    if model.nodes > NODES:
        raise NotExaminable(OVER_LIMIT, f"more than {NODES} operators")
    operator = domain = ""
    for number, value in fields(data):
        if number == 4:
            operator = text(value)
        elif number == 7:
            domain = text(value)
        elif number == 5 and isinstance(value, memoryview):
            _attribute(model, value, depth)
    model.operators.add((domain, operator))


def _attribute(model: _Model, data: memoryview, depth: int) -> None:
    for number, value in fields(data):
        if not isinstance(value, memoryview):
            continue
        if number in (5, 10):
            _tensor(model, value)
        elif number in (6, 11):
            _graph(model, value, depth + 1)


def _tensor(model: _Model, data: memoryview) -> None:
    external = False
    location = ""
    for number, value in fields(data):
        if number == 14 and value == 1:
            external = True
        elif number == 13 and isinstance(value, memoryview):
            entry = {key: text(part) for key, part in fields(value)}
            if entry.get(1) == "location":
                location = entry.get(2, "")
    if external or location:
        model.files.add(location)


def _function(model: _Model, data: memoryview) -> None:
    name = domain = ""
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 10:
            domain = text(value)
        elif number == 7 and isinstance(value, memoryview):
            _node(model, value, 0)
    model.local.add((domain, name))


def _reasons(model: _Model) -> Iterator[Reason]:
    for domain, operator in sorted(model.operators - model.local):
        shown = f"{domain[:80]!r} {operator[:80]!r}"
        if operator in PYTHON_OPERATORS:
            yield Reason("onnx-python-operator", f"operator {shown} runs Python code", "graph", "malicious")
        elif domain not in SAFE_DOMAINS:
            yield Reason("onnx-custom-operator", f"operator {shown} needs code outside ONNX", "graph", "unknown")
    for name in sorted(model.files):
        if not name or relative_path(name) is None or ":" in name:
            yield Reason(
                "onnx-external-path", f"external data outside the folder: {name[:120]!r}", "graph", "malicious"
            )


