"""ONNX: operators, domains and external data of a model, by a walk over its protobuf; no operator is run.

Field numbers: onnx.proto3 of ONNX 1.19 (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, FunctionProto).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors import mapped
from scanner.inspectors.metadata_text import text_reasons
from scanner.inspectors.onnx_tensors import External, Tensor, external_reasons, is_huge, read_tensor, tensor_reasons
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.protobuf import BYTES, VARINT, Value, fields, opening, text
from scanner.sources.blob import HEAD, Blob

NAME: Final = "onnx_header"
VERSION: Final = "3"
DEPTH: Final = 32
NODES: Final = 2_000_000
SAFE_DOMAINS: Final = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"}
)
MODEL_FIELDS: Final = {
    1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES, 14: BYTES, 20: BYTES, 25: BYTES, 26: BYTES
}  # fmt: skip
"""Field numbers of a ModelProto with their wire types."""
GRAPH: Final = 7
REASONS: Final = 1_000
SHAPE_INPUT: Final = {"ConstantOfShape": 0, "Expand": 1}
"""Operators that fill a shape, by the place of the shape among their inputs."""
PYTHON_OPERATORS: Final = frozenset({"PyOp", "PythonOp"})


@dataclass(slots=True)
class _Model:
    """What the walk collects. ``domains`` are those of used operators, ``externals`` places of external data."""

    domains: set[str] = field(default_factory=set)
    operators: set[tuple[str, str]] = field(default_factory=set)
    local: set[tuple[str, str]] = field(default_factory=set)
    externals: set[External] = field(default_factory=set)
    reasons: set[Reason] = field(default_factory=set)
    nodes: int = 0

    def names_operators(self) -> bool:
        """Whether every operator met so far has the name of one, and there are some: no other protobuf has that."""
        return bool(self.operators) and all(name.isidentifier() for _, name in self.operators)


def wants(blob: Blob) -> bool:
    """Whether the content begins as an ONNX ModelProto does: with its fields, in any order."""
    return blob.size >= 16 and _is_whole(blob.head, blob.size) is not None


def _is_whole(head: bytes, size: int) -> bool | None:
    """Whether the fields of a model that begins so end within its ``size`` bytes; None for something else."""
    graph = False
    for number, wire, begin, end in opening(head):
        if MODEL_FIELDS.get(number) != wire:
            return None
        graph |= number == GRAPH and _begins_as_graph(head[begin:])
        if end > size:
            return False if graph else None
    return True


def _begins_as_graph(head: bytes) -> bool:
    """Whether the bytes begin with an operator, as every graph with operators does."""
    number, wire, begin, end = next(opening(head), (0, 0, 0, 0))
    if (number, wire) != (1, BYTES) or end > len(head):
        return False
    try:
        parts = [*fields(memoryview(head)[begin:end])]
    except NotExaminable:
        return False
    known = all(number <= 9 and isinstance(value, memoryview) for number, value in parts)
    return known and any(number == 4 and text(value).isidentifier() for number, value in parts)


def inspect(blob: Blob) -> Evidence:
    """Format, operators and external data of one ONNX file; empty evidence when it turns out to be something else."""
    builder = EvidenceBuilder(NAME)
    found = _walk(mapped.view(blob))
    if found is None:
        return builder.build()
    builder.state(blob.ref, "format", "onnx", blob.location)
    for name in sorted({one.location for one in found.externals}):
        builder.state(blob.ref, "weight_index", [name], blob.location)
    reasons = [*_reasons(found), *external_reasons(blob, found.externals)]
    state_reasons(builder, blob, reasons, f"{found.nodes} operators of the standard domains")
    return builder.build()


def _walk(data: memoryview) -> _Model | None:
    model = _Model()
    graphs = opsets = 0
    try:
        for number, value in fields(data):
            if not isinstance(value, memoryview):
                continue
            if number == GRAPH:
                graphs += 1
                _graph(model, value, 0)
            elif number == 8:
                opsets += 1
            elif number == 14:
                _property(model, value)
            elif number == 25:
                _function(model, value)
            elif number == 20:
                for inner, part in fields(value):
                    if inner in (1, 2) and isinstance(part, memoryview):
                        _graph(model, part, 0)
    except NotExaminable:
        if (graphs and opsets) or model.names_operators() or _is_whole(bytes(data[:HEAD]), len(data)) is False:
            raise
        return None
    if not opsets and model.names_operators():
        raise NotExaminable(UNREADABLE, "broken ONNX model: ends before its operator sets")
    return model if graphs and opsets else None


def _property(model: _Model, data: memoryview) -> None:
    entry = {key: text(value) for key, value in fields(data)}
    if len(model.reasons) < REASONS:
        model.reasons.update(text_reasons(entry.get(2, ""), f"metadata {escape(entry.get(1, ''))}"))


def _graph(model: _Model, data: memoryview, depth: int) -> None:
    if depth > DEPTH:
        raise NotExaminable(OVER_LIMIT, f"graphs nested deeper than {DEPTH}")
    shapes: dict[str, tuple[int, ...]] = {}
    makers: list[str] = []
    for number, value in fields(data):
        if not isinstance(value, memoryview):
            continue
        if number == 1:
            makers += _node(model, value, depth)
        elif number == 5:
            tensor = _tensor(model, value)
            shapes[tensor.name] = tensor.numbers
        elif number == 15:
            _sparse(model, value)
    for name in makers:
        if is_huge(shapes.get(name, ())):
            model.reasons.add(
                Reason("onnx-tensor-shape", "makes a tensor larger than any model", f"tensor {escape(name)}", "unknown")
            )


def _node(model: _Model, data: memoryview, depth: int) -> list[str]:
    """Count one operator; the name of the shape that it would fill, if that is what it does."""
    model.nodes += 1
    if model.nodes > NODES:
        raise NotExaminable(OVER_LIMIT, f"more than {NODES} operators")
    operator = domain = ""
    inputs: list[Value] = []
    for number, value in fields(data):
        if number == 1:
            inputs.append(value)
        elif number == 4:
            operator = text(value)
        elif number == 7:
            domain = text(value)
        elif number == 5 and isinstance(value, memoryview):
            _attribute(model, value, depth)
    model.operators.add((domain, operator))
    place = SHAPE_INPUT.get(operator)
    return [] if place is None else [text(one) for one in inputs[place : place + 1]]


def _attribute(model: _Model, data: memoryview, depth: int) -> None:
    for number, value in fields(data):
        if not isinstance(value, memoryview):
            continue
        if number in (5, 10):
            _tensor(model, value)
        elif number in (22, 23):
            _sparse(model, value)
        elif number in (6, 11):
            _graph(model, value, depth + 1)


def _sparse(model: _Model, data: memoryview) -> None:
    for number, value in fields(data):
        if number in (1, 2) and isinstance(value, memoryview):
            _tensor(model, value)


def _tensor(model: _Model, data: memoryview) -> Tensor:
    tensor = read_tensor(data)
    if tensor.external is not None:
        model.externals.add(tensor.external)
    if len(model.reasons) < REASONS:
        model.reasons.update(tensor_reasons(tensor))
    return tensor


def _function(model: _Model, data: memoryview) -> None:
    name = domain = ""
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 10:
            domain = text(value)
        elif number == 7 and isinstance(value, memoryview):
            _node(model, value, 0)
        elif number == 11 and isinstance(value, memoryview):
            _attribute(model, value, 0)
    model.local.add((domain, name))


def _reasons(model: _Model) -> Iterator[Reason]:
    for domain, operator in sorted(model.operators - model.local):
        shown = f"{domain[:80]!r} {operator[:80]!r}"
        if operator in PYTHON_OPERATORS:
            yield Reason("onnx-python-operator", f"operator {shown} runs Python code", "graph", "malicious")
        elif domain not in SAFE_DOMAINS:
            yield Reason("onnx-custom-operator", f"operator {shown} needs code outside ONNX", "graph", "unknown")
    yield from model.reasons
