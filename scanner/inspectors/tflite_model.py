"""TensorFlow Lite: operators, tensors and buffers of a model, read from its FlatBuffer; no operator is run.

Schema: tensorflow/lite/schema/schema.fbs (version 3) of TensorFlow 2.21.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import sniff
from scanner.identity import relative_path
from scanner.inspectors import tensorflow_ops
from scanner.inspectors.mapped import view
from scanner.inspectors.payload import payload_reasons
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.flatbuffer import Buffer, Table
from scanner.sources.blob import Blob

NAME: Final = "tflite_model"
VERSION: Final = "1"
OPERATORS: Final = 500_000
CUSTOM: Final = 32
BUILTINS: Final = 210
"""Operators of TensorFlow Lite itself have smaller numbers."""
OWN_CUSTOM: Final = frozenset({"TFLite_Detection_PostProcess", "Mfcc", "AudioSpectrogram", "NumericVerify"})
"""Custom operators that come with TensorFlow Lite and only compute."""
FLEX: Final = "Flex"
"""Beginning of the names of TensorFlow's own operators, which the Flex delegate runs."""
DENIED: Final = frozenset(tensorflow_ops.DENIED.split())
KNOWN: Final = frozenset(tensorflow_ops.KNOWN.split())
UNREAD: Final = 1024
"""Shorter runs of unread bytes are lists in the options of operators, whose two hundred kinds are not told apart."""
ZIP: Final = b"PK\x03\x04"
"""Files that a model is described by (labels, vocabularies) follow it as an archive, which is examined by itself."""
DIMENSION_LISTS: Final = {1: 4, 2: 2, 3: 1}
"""Width of the numbers in a list of a sparse dimension, by the type of the list."""


def wants(blob: Blob) -> bool:
    """Whether the content has the mark of TensorFlow Lite."""
    return sniff(blob.head, blob.size) == "tflite"


def inspect(blob: Blob) -> Evidence:
    """Verdict of one model. Raises NotExaminable for one that is cut or broken."""
    builder = EvidenceBuilder(NAME)
    reasons = [*_reasons(view(blob))]
    state_reasons(builder, blob, reasons, "operators of TensorFlow Lite that only compute")
    return builder.build()


def _reasons(data: memoryview) -> Iterator[Reason]:
    buffer = Buffer(data)
    root = buffer.root()
    operators, graphs, buffers = root.tables(1), root.tables(2), root.tables(4)
    if not graphs:
        raise NotExaminable(UNREADABLE, "broken TensorFlow Lite model: no graph")
    root.text(3)
    for code in operators:
        yield from _operator(code)
    for place, graph in enumerate(graphs):
        yield from _graph(graph, f"graph {place}", len(operators), len(buffers))
    yield from _buffers(buffer, buffers)
    for entry in root.tables(6):
        entry.text(0)
        if entry.number(1, 4) >= len(buffers):
            yield _breach("metadata names a buffer that is not there", "metadata")
    for group in root.tables(8):
        yield from _external(group.text(0))
    for signature in root.tables(7):
        signature.text(2)
        for one in (*signature.tables(0), *signature.tables(1)):
            one.text(0)
    root.vector(5, 4)
    for start, part in buffer.unread():
        yield from _unread(part, start)


def _operator(code: Table) -> Iterator[Reason]:
    number = max(code.number(0, 1), code.number(3, 4))
    name = code.text(1)
    at = "operators"
    if number != CUSTOM:
        if number >= BUILTINS:
            yield Reason("tflite-custom-operator", f"operator number {number}", at, "unknown")
    elif name.startswith(FLEX):
        operator = name.removeprefix(FLEX)
        if operator in DENIED:
            yield Reason("tflite-denied-operator", escape(operator), at, "malicious")
        elif operator not in KNOWN:
            yield Reason("tflite-flex-operator", escape(operator), at, "unknown")
    elif name not in OWN_CUSTOM:
        yield Reason("tflite-custom-operator", escape(name), at, "unknown")


def _graph(graph: Table, at: str, operators: int, buffers: int) -> Iterator[Reason]:
    tensors, steps = graph.tables(0), graph.tables(3)
    graph.text(4)
    if len(steps) > OPERATORS:
        raise NotExaminable(OVER_LIMIT, f"more than {OPERATORS} operators")
    if not all(_within(graph.vector(field, 4), len(tensors)) for field in (1, 2)):
        yield _breach("an input or output of a graph that is no tensor", at)
    for tensor in tensors:
        if tensor.number(2, 4) >= max(buffers, 1):
            yield _breach("a tensor names a buffer that is not there", at)
        _read_tensor(tensor)
    for step in steps:
        if step.number(0, 4) >= operators:
            yield _breach("a step names an operator that is not there", at)
        if not all(_within(step.vector(field, 4), len(tensors)) for field in (1, 2, 8)):
            yield _breach("a step reads or writes a tensor that is not there", at)
        step.vector(5, 1)
        step.vector(7, 1)


def _breach(detail: str, at: str) -> Reason:
    return Reason("tflite-structure", detail, at, "unknown")


def _within(numbers: memoryview, count: int) -> bool:
    """Whether every index is below ``count``; -1 stands for an input that is left out."""
    return all(-1 <= one < count for one in numbers.cast("i"))


def _read_tensor(tensor: Table) -> None:
    """Read what belongs to one tensor, so that it is accounted for: shape, name, scales, list of its sparse places."""
    tensor.text(3)
    for field in (0, 7):
        tensor.vector(field, 4)
    if (scales := tensor.table(4)) is not None:
        for field, width in ((0, 4), (1, 4), (2, 4), (3, 8)):
            scales.vector(field, width)
    if (sparse := tensor.table(6)) is not None:
        for field in (0, 1):
            sparse.vector(field, 4)
        for dimension in sparse.tables(2):
            for kind in (2, 4):
                numbers = dimension.table(kind + 1)
                if numbers is not None:
                    numbers.vector(0, DIMENSION_LISTS.get(dimension.number(kind, 1), 1))


def _buffers(buffer: Buffer, buffers: list[Table]) -> Iterator[Reason]:
    """Buffers lie in the FlatBuffer, or behind it where that would become too large."""
    for place, entry in enumerate(buffers):
        content, at = entry.vector(0, 1), entry.place_of(0)
        offset, size = entry.number(1, 8), entry.number(2, 8)
        if offset > 1:
            content, at = buffer.take(offset, size), offset
        yield from payload_reasons(content, at, f"buffer {place}")


def _external(name: str) -> Iterator[Reason]:
    if name and (relative_path(name) is None or ":" in name):
        yield Reason("tflite-external-path", f"buffers outside the folder: {escape(name)}", "model", "malicious")


def _unread(part: memoryview, start: int) -> Iterator[Reason]:
    padding = len(part[:UNREAD]) - len(bytes(part[:UNREAD]).lstrip(b"\0"))
    payload = payload_reasons(part[padding:], start + padding, "unread bytes")
    yield from payload
    if not payload and len(part) >= UNREAD and ZIP not in bytes(part[: UNREAD + 64]):
        yield Reason("tflite-unread-bytes", f"{len(part)} bytes that belong to nothing", f"byte {start}", "unknown")
