"""Core ML models (``.mlmodel``): custom layers and models, and files elsewhere, by a walk over the protobuf.

Field numbers: Model.proto, NeuralNetwork.proto and MIL.proto of coremltools 9. Core ML has no operators that read or write
files; code comes in by a class of the application that the model names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.identity import relative_path
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.protobuf import Message, fields
from scanner.sources.blob import Blob

NAME: Final = "coreml_model"
VERSION: Final = "1"
DEPTH: Final = 16
NETWORKS: Final = frozenset({303, 403, 500})
PIPELINES: Final = frozenset({200, 201})
PIPELINE, PROGRAM, CUSTOM, LINKED = 202, 502, 555, 556
TYPES: Final = frozenset(
    {*NETWORKS, *PIPELINES, PIPELINE, PROGRAM, CUSTOM, LINKED, 300, 301, 302, 304, 400, 401, 402, 404, 556, 560, 600, 601,
     602, 603, 604, 606, 607, 609, 610, 611, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000}
)  # fmt: skip
"""Fields of a Model that hold the model itself."""
ABOUT: Final = frozenset({1, 2, 10})
"""Fields of a Model that tell about it: version, description, whether it can be trained further."""
CUSTOM_LAYER: Final = 500

_BEGINNING: Final = re.compile(rb"\x08[\x01-\x1f][\x12\x50]")
_OUTSIDE: Final = re.compile(rb"@model_path/[\x20-\x7e]{0,400}?\.\./[\x20-\x7e]{0,80}")


def wants(blob: Blob) -> bool:
    """Whether the content begins as a Model does: a small version, then its description."""
    return blob.size >= 8 and _BEGINNING.match(blob.head) is not None


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model; empty evidence when it turns out to be something else. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    data = view(blob)
    if not _is_model(data):
        return builder.build()
    builder.state(blob.ref, "format", "coreml", blob.location)
    reasons = {*_model(data, 0)}
    state_reasons(builder, blob, reasons, "layers of Core ML only")
    return builder.build()


def _is_model(data: memoryview) -> bool:
    """Whether the fields are those of a Model up to and including the one that holds it."""
    try:
        for number, _ in fields(data):
            if number not in ABOUT:
                return number in TYPES
    except NotExaminable:
        return False
    return False


def _model(data: memoryview, depth: int) -> Iterator[Reason]:
    if depth > DEPTH:
        raise NotExaminable(OVER_LIMIT, f"models nested deeper than {DEPTH}")
    for number, value in fields(data):
        if not isinstance(value, memoryview):
            continue
        if number in NETWORKS:
            yield from _network(value)
        elif number in PIPELINES:
            for inner, part in fields(value):
                if inner == 1 and isinstance(part, memoryview):
                    yield from _pipeline(part, depth)
        elif number == PIPELINE:
            yield from _pipeline(value, depth)
        elif number == CUSTOM:
            yield Reason("coreml-custom-code", f"class {escape(Message(value).text(1))}", "model", "unknown")
        elif number == LINKED:
            yield from _linked(Message(value))
        elif number == PROGRAM:
            for match in _OUTSIDE.finditer(value):
                yield Reason("coreml-path", escape(match[0].decode()), "program", "malicious")
        elif number not in ABOUT | TYPES:
            yield Reason("coreml-unexpected-field", f"field {number}", "model", "unknown")


def _pipeline(data: memoryview, depth: int) -> Iterator[Reason]:
    for number, value in fields(data):
        if number == 1 and isinstance(value, memoryview):
            yield from _model(value, depth + 1)


def _network(data: memoryview) -> Iterator[Reason]:
    for number, value in fields(data):
        if number != 1 or not isinstance(value, memoryview):
            continue
        for inner, part in fields(value):
            if inner == CUSTOM_LAYER and isinstance(part, memoryview):
                yield Reason(
                    "coreml-custom-code", f"layer of class {escape(Message(part).text(10))}", "layers", "unknown"
                )


def _linked(linked: Message) -> Iterator[Reason]:
    file = linked.message(1)
    for name in (file.message(1).text(1), file.message(2).text(1)):
        if name and (relative_path(name) is None or ":" in name):
            yield Reason("coreml-path", escape(name), "model", "malicious")
