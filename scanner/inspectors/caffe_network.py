"""Caffe networks: layers that import Python, in the text form (``.prototxt``) and in trained weights (``.caffemodel``).

Field numbers: NetParameter, LayerParameter and PythonParameter in caffe.proto of Caffe 1.0. Nothing is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.errors import NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.references import verdict_of
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records import text_proto
from scanner.records.protobuf import Message, fields
from scanner.sources.blob import Blob

NAME: Final = "caffe_network"
VERSION: Final = "1"
LIMIT: Final = 16 << 20
LAYER, PYTHON = 100, 130
_WEIGHTS: Final = re.compile(
    rb"\n[\x01-\x7f][\x20-\x7e]{1,127}(?:\x1a[^\n]{1,60}|\x20.)*\xa2\x06[\x80-\xff]{0,4}[\x00-\x7f]\n", re.DOTALL
)
"""A name, what goes in, then the first layer, which begins with its name."""


def wants(blob: Blob) -> bool:
    """Whether the name is that of the text form, or the content begins as trained weights do."""
    if blob.name.endswith(".prototxt"):
        return blob.size <= LIMIT
    return blob.head[:1] == b"\n" and _WEIGHTS.match(blob.head) is not None


def inspect(blob: Blob) -> Evidence:
    """Verdict of a network; empty evidence for a text without Python layers. Raises NotExaminable for cut weights."""
    builder = EvidenceBuilder(NAME)
    if blob.name.endswith(".prototxt"):
        reasons = {*_text(blob.text(LIMIT))}
        if reasons:
            state_reasons(builder, blob, reasons)
        return builder.build()
    builder.state(blob.ref, "format", "caffe", blob.location)
    reasons = {*_weights(view(blob))}
    state_reasons(builder, blob, reasons, "layers of Caffe only")
    return builder.build()


def _text(content: str) -> Iterator[Reason]:
    if "Python" not in content and "PYTHON" not in content:
        return
    try:
        network = text_proto.loads(content)
    except NotExaminable:
        return
    for layer in (*network.get("layer", ()), *network.get("layers", ())):
        for python in layer.get("python_param", ()) if not isinstance(layer, str) else ():
            if not isinstance(python, str):
                module, name = (next(iter(text_proto.strings(python, key)), "") for key in ("module", "layer"))
                yield _python(module, name)


def _weights(data: memoryview) -> Iterator[Reason]:
    for number, layer in fields(data):
        if number == LAYER and isinstance(layer, memoryview):
            for inner, python in fields(layer):
                if inner == PYTHON and isinstance(python, memoryview):
                    parameter = Message(python)
                    yield _python(parameter.text(1), parameter.text(2))


def _python(module: str, name: str) -> Reason:
    verdict = "malicious" if verdict_of(module, name) == "malicious" else "unknown"
    return Reason("caffe-python-layer", escape(f"{module}.{name}"), "layers", verdict)
