"""TensorFlow Lite models by the real converter, and ones put together by hand."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import tflite_model
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"


@pytest.mark.parametrize(
    ("sample", "verdict", "codes"),
    [
        ("dense", "known-safe", []),
        ("quantised", "known-safe", []),
        ("flex", "known-safe", []),
        ("reads", "malicious", ["tflite-denied-operator"]),
    ],
)
def test_models_of_the_converter(inspected: Inspect, sample: str, verdict: str, codes: list[str]) -> None:
    groups = inspected(tflite_model, MODELS / f"{sample}.tflite", "model")
    assert groups["code_scan"]["verdict"] == verdict
    assert [one["code"] for one in groups.get("findings", ())] == codes


class Writer:
    """A FlatBuffer written front to back: every table points forward."""

    def __init__(self) -> None:
        self.data = bytearray(b"\0\0\0\0TFL3")

    def table(self, fields: dict[int, tuple[str, object]]) -> int:
        """A table of fields (kind, value); kinds are formats of struct, ``bytes``, ``numbers`` and ``tables``."""
        last = max(fields, default=-1)
        start = len(self.data)
        places = {field: 4 + 8 * place for place, field in enumerate(fields)}
        size = 4 + 8 * len(fields)
        slots = [places.get(field, 0) for field in range(last + 1)]
        self.data += struct.pack(f"<HH{len(slots)}H", 4 + 2 * len(slots), size, *slots)
        position = len(self.data)
        self.data += struct.pack("<i", position - start) + b"\0" * (8 * len(fields))
        for field, (kind, value) in fields.items():
            place = position + places[field]
            if kind in ("bytes", "numbers", "tables"):
                self.point(place, self.put(kind, value))
            else:
                struct.pack_into("<" + kind, self.data, place, value)
        return position

    def point(self, place: int, target: int) -> None:
        struct.pack_into("<I", self.data, place, target - place)

    def put(self, kind: str, value: object) -> int:
        start = len(self.data)
        if isinstance(value, bytes):
            self.data += struct.pack("<I", len(value)) + value
            return start
        assert isinstance(value, list)
        if kind == "numbers":
            self.data += struct.pack(f"<I{len(value)}i", len(value), *value)
            return start
        self.data += struct.pack("<I", len(value)) + b"\0\0\0\0" * len(value)
        for number, fields in enumerate(value):
            self.point(start + 4 + 4 * number, self.table(fields))
        return start

    def file(self, root: dict[int, tuple[str, object]]) -> bytes:
        self.point(0, self.table(root))
        return bytes(self.data)


def model(
    operator: dict[int, tuple[str, object]] | None = None,
    tensor: dict[int, tuple[str, object]] | None = None,
    step: dict[int, tuple[str, object]] | None = None,
    buffer: bytes = b"",
    more: dict[int, tuple[str, object]] | None = None,
) -> bytes:
    """A model with one operator, tensor, step and buffer."""
    graph = {0: ("tables", [tensor or {}]), 3: ("tables", [step or {}])}
    return Writer().file(
        {
            1: ("tables", [operator or {}]),
            2: ("tables", [graph]),
            4: ("tables", [{0: ("bytes", buffer)}]),
            **(more or {}),
        }
    )


def custom(name: bytes) -> dict[int, tuple[str, object]]:
    return {0: ("B", 32), 1: ("bytes", name), 3: ("i", 32)}


PROGRAM = b"\x7fELF\x02\x01\x01" + b"\0" * 60


@pytest.mark.parametrize(
    ("code", "verdict", "data"),
    [
        ("tflite-custom-operator", "unknown", model(custom(b"OwnOperator"))),
        ("tflite-custom-operator", "unknown", model({3: ("i", 900)})),
        ("tflite-flex-operator", "unknown", model(custom(b"FlexNobodyKnows"))),
        ("tflite-denied-operator", "malicious", model(custom(b"FlexWriteFile"))),
        ("tflite-denied-operator", "malicious", model(custom(b"FlexPyFunc"))),
        ("tflite-structure", "unknown", model(tensor={2: ("I", 5)})),
        ("tflite-structure", "unknown", model(step={0: ("I", 5)})),
        ("tflite-structure", "unknown", model(step={1: ("numbers", [0, -1, 1])})),
        ("tflite-external-path", "malicious", model(more={8: ("tables", [{0: ("bytes", b"../../weights")}])})),
        ("tflite-external-path", "malicious", model(more={8: ("tables", [{0: ("bytes", b"/etc/passwd")}])})),
        ("payload-program", "unknown", model(buffer=PROGRAM)),
        ("payload-pickle", "unknown", model(buffer=pickle.dumps(["a" * 40], 4))),
        ("payload-program", "unknown", model() + b"\0" * 64 + PROGRAM),
        ("tflite-unread-bytes", "unknown", model() + b"behind the model" * 100),
    ],
)
def test_what_is_told(inspected: Inspect, code: str, verdict: str, data: bytes) -> None:
    groups = inspected(tflite_model, data)
    assert code in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == verdict


@pytest.mark.parametrize(
    "data",
    [
        model(),
        model(custom(b"TFLite_Detection_PostProcess")),
        model(step={1: ("numbers", [0, -1]), 2: ("numbers", [0])}),
        model(buffer=b"\x80\x04" + b"\1" * 400),
        model(more={8: ("tables", [{0: ("bytes", b"weights.bin")}])}),
        model() + b"\0" * 100 + b"PK\x03\x04" + b"labels" * 400,
    ],
    ids=["empty", "own custom operator", "indices", "numbers like a pickle", "buffers beside it", "files behind it"],
)
def test_what_is_ordinary(inspected: Inspect, data: bytes) -> None:
    assert inspected(tflite_model, data)["code_scan"]["verdict"] == "known-safe"


def test_a_pickle_in_a_buffer_is_judged(inspected: Inspect) -> None:
    payload = b"\x80\x04cos\nsystem\n(X\x0c\0\0\0echo harmlesstR."
    groups = inspected(tflite_model, model(buffer=payload))
    assert groups["code_scan"]["verdict"] == "malicious"


def test_a_buffer_beyond_the_end(inspected: Inspect) -> None:
    graph: dict[int, tuple[str, object]] = {}
    buffer = {1: ("Q", 4096), 2: ("Q", 1 << 40)}
    data = Writer().file({2: ("tables", [graph]), 4: ("tables", [buffer])})
    with pytest.raises(NotExaminable, match="beyond the end"):
        inspected(tflite_model, data)


def test_a_model_without_a_graph(inspected: Inspect) -> None:
    with pytest.raises(NotExaminable, match="no graph"):
        inspected(tflite_model, Writer().file({}))
