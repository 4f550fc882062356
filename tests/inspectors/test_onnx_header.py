"""ONNX models by the onnx library, and ones bent by hand."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import onnx_header
from scanner.sources.blob import blob_of_bytes
from tests.inspectors.conftest import Inspect

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize(
    ("sample", "verdict", "code"),
    [
        ("plain.onnx", "known-safe", None),
        ("external.onnx", "known-safe", None),
        ("custom.onnx", "unknown", "onnx-custom-operator"),
        ("python.onnx", "malicious", "onnx-python-operator"),
        ("nested.onnx", "malicious", "onnx-python-operator"),
        ("outside.onnx", "malicious", "onnx-external-path"),
    ],
)
def test_real_models(inspected: Inspect, sample: str, verdict: str, code: str | None) -> None:
    groups = inspected(onnx_header, SAMPLES / sample)
    assert groups["format"] == "onnx"
    assert groups["code_scan"]["verdict"] == verdict
    assert [one["code"] for one in groups.get("findings", ())] == ([code] if code else [])


def test_external_data_are_part_of_the_model(inspected: Inspect) -> None:
    assert inspected(onnx_header, SAMPLES / "external.onnx")["weight_index"] == ["external.weights"]


def field(number: int, value: bytes | int) -> bytes:
    """One field with a length or value below 16,384."""

    def varint(value: int) -> bytes:
        return bytes([value & 0x7F | 0x80, value >> 7])

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def node(operator: bytes, domain: bytes = b"", *more: bytes) -> bytes:
    return field(1, field(4, operator) + field(7, domain) + b"".join(more))


OPSET = field(8, field(2, 21))


def external(path: bytes) -> bytes:
    return field(13, field(1, b"location") + field(2, path)) + field(14, 1)


@pytest.mark.parametrize(
    "data",
    [
        field(1, 8) + field(7, node(b"PyOp", b"x")) + OPSET,
        field(7, node(b"PyOp", b"x")) + OPSET + field(1, 8),
        OPSET + field(3, b"1.0") + field(7, node(b"Relu")) + field(7, node(b"PyOp", b"x")),
        field(1, 8) + OPSET + field(7, node(b"Relu")) + field(20, field(2, node(b"PyOp", b"x"))),
        field(1, 8) + OPSET + field(7, node(b"Relu")) + field(25, field(7, field(4, b"PyOp") + field(7, b"x"))),
        field(1, 8) + OPSET + field(7, node(b"Scan", b"", field(5, field(6, node(b"PyOp", b"x"))))),
        field(1, 8) + OPSET + field(7, field(5, external(b"../weights"))),
        field(1, 8) + OPSET + field(7, field(5, external(b"/etc/passwd"))),
        field(1, 8) + OPSET + field(7, field(5, external(b"C:\\x"))),
        field(1, 8) + OPSET + field(7, field(15, field(1, external(b"a/../../x")))),
        field(1, 8) + OPSET + field(7, node(b"Constant", b"", field(5, field(22, field(2, external(b"../x")))))),
        field(1, 8) + OPSET + field(7, field(5, field(14, 1))),
    ],
    ids=[
        "ordinary order", "graph first", "two graphs merge", "training graph", "function", "subgraph", "path upwards",
        "absolute path", "drive", "sparse initializer", "sparse attribute", "external without a path",
    ],
)  # fmt: skip
def test_danger_in_every_part_of_a_model(inspected: Inspect, data: bytes) -> None:
    assert inspected(onnx_header, data)["code_scan"]["verdict"] == "malicious"


def test_a_function_of_the_model_itself_is_no_custom_operator(inspected: Inspect) -> None:
    function = field(25, field(1, b"Own") + field(10, b"local") + field(7, field(4, b"Relu")))
    groups = inspected(onnx_header, field(1, 8) + OPSET + field(7, node(b"Own", b"local")) + function)
    assert groups["code_scan"]["verdict"] == "known-safe"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x08",
        b"\x08\x08" + b"\0" * 30,
        b"import numpy as np\n" * 9,
        b"B" * 400,
        b"::::::::" * 9,
        b"\x08\x08\x12\x02ab" * 9,
    ],
)
def test_what_is_no_model_gets_no_word(inspected: Inspect, data: bytes) -> None:
    assert inspected(onnx_header, data) == {}


@pytest.mark.parametrize("size", [0, 2 << 20], ids=["small", "mapped from disk"])
def test_a_cut_model_is_told(tmp_path: Path, inspected: Inspect, size: int) -> None:
    data = field(1, 8) + OPSET + field(7, node(b"Relu")) + field(7, b"\x0a\xff\x7f") + field(2, b"x" * 64)
    path = tmp_path / "m"
    path.write_bytes(data + field(6, b"d" * 8000) * (size // 8000))
    with pytest.raises(NotExaminable, match="length beyond the end"):
        inspected(onnx_header, path)


@pytest.mark.parametrize("end", [-1, -20, -len(OPSET)], ids=["last byte", "in the graph", "before the operator sets"])
def test_a_model_that_is_cut_before_its_operator_sets(inspected: Inspect, end: int) -> None:
    data = field(1, 8) + field(7, node(b"Relu") + node(b"Add") + field(2, b"g" * 40)) + OPSET
    with pytest.raises(NotExaminable, match="broken"):
        inspected(onnx_header, data[:end])


def test_graphs_nested_too_deep(inspected: Inspect) -> None:
    graph = node(b"Relu")
    for _ in range(onnx_header.DEPTH + 1):
        graph = node(b"If", b"", field(5, field(6, graph)))
    with pytest.raises(NotExaminable, match="nested deeper"):
        inspected(onnx_header, field(1, 8) + OPSET + field(7, graph))


@given(st.binary(max_size=300))
def test_noise_is_refused_or_told(data: bytes) -> None:
    blob = blob_of_bytes("noise", b"\x08\x08" + data)
    if onnx_header.wants(blob):
        try:
            assert onnx_header.inspect(blob).by == "onnx_header"
        except NotExaminable as error:
            assert error.detail


@given(st.data())
def test_a_real_model_bent_anywhere_is_never_an_exception(data: st.DataObject) -> None:
    content = bytearray((SAMPLES / "custom.onnx").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    blob = blob_of_bytes("bent", bytes(content))
    if onnx_header.wants(blob):
        try:
            onnx_header.inspect(blob)
        except NotExaminable as error:
            assert error.detail


def model(graph: bytes, more: bytes = b"") -> bytes:
    return field(1, 8) + OPSET + field(7, graph) + more


def numbers(*values: int) -> bytes:
    """A repeated int64, packed."""
    packed = b""
    for value in values:
        value &= (1 << 64) - 1
        while value >= 0x80:
            packed += bytes([value & 0x7F | 0x80])
            value >>= 7
        packed += bytes([value])
    return packed


def judged(groups: dict[str, Any]) -> list[tuple[str, str]]:
    assert groups["code_scan"]["verdict"] == ("unknown" if "findings" in groups else "known-safe")
    return [(one["code"], one["at"]) for one in groups.get("findings", ())]


def initializer(name: bytes, *parts: bytes) -> bytes:
    return field(5, field(8, name) + b"".join(parts))


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b"", None),
        (b"\x80\x04", None),
        (b"\x7fELF\2\1\1", "payload-program"),
        (b"PK\x03\x04", "payload-archive"),
        (b"cos\nsystem\n(S'true'\ntR.", "payload-pickle"),
        (b"\x80\x04cos\nsystem\n(Vx\ntR.", "payload-pickle"),
    ],
)
def test_the_first_bytes_of_initializers(inspected: Inspect, start: bytes, code: str | None) -> None:
    raw = start.ljust(64, b"\0")
    for graph in (
        initializer(b"w", field(9, raw)),
        field(15, field(1, field(8, b"w") + field(9, raw))),
        field(1, field(4, b"Constant") + field(5, field(5, field(8, b"w") + field(9, raw)))),
    ):
        assert judged(inspected(onnx_header, model(graph))) == ([(code, "tensor w")] if code else [])


FILL = field(1, field(1, b"s") + field(4, b"ConstantOfShape"))
EXPAND = field(1, field(1, b"x") + field(1, b"s") + field(4, b"Expand"))


@pytest.mark.parametrize("fill", [FILL, EXPAND])
@pytest.mark.parametrize(
    ("values", "huge"),
    [((1 << 20, 1 << 20), True), ((1 << 62, 1 << 62, 1 << 62), True), ((1, 0, 1 << 40), False), ((3, 224, 224), False)],
)
def test_a_shape_that_no_memory_holds(inspected: Inspect, fill: bytes, values: tuple[int, ...], huge: bool) -> None:
    packed = initializer(b"s", field(2, 7), field(7, numbers(*values)))
    raw = initializer(b"s", field(2, 7), field(9, struct.pack(f"<{len(values)}q", *values)))
    for graph in (fill + packed, raw + fill):
        assert judged(inspected(onnx_header, model(graph))) == ([("onnx-tensor-shape", "tensor s")] if huge else [])


@pytest.mark.parametrize("shape", [(1 << 30, 1 << 30), (-1, 4)])
def test_a_shape_that_no_data_fits(inspected: Inspect, shape: tuple[int, ...]) -> None:
    graph = initializer(b"w", field(1, numbers(*shape)), field(9, bytes(8)))
    assert judged(inspected(onnx_header, model(graph))) == [("onnx-tensor-shape", "tensor w")]


def test_properties_of_a_model(inspected: Inspect) -> None:
    found = inspected(onnx_header, model(b"", field(14, field(1, b"k") + field(2, b"javascript:alert(1)"))))
    assert judged(found) == [("metadata-script", "metadata k")]


def outside(path: bytes, offset: int, length: int) -> bytes:
    entries = {b"location": path, b"offset": b"%d" % offset, b"length": b"%d" % length}
    return b"".join(field(13, field(1, key) + field(2, value)) for key, value in entries.items()) + field(14, 1)


@pytest.mark.parametrize(
    ("name", "offset", "length", "code"),
    [
        (b"weights", 0, 64, None),
        (b"weights", 32, 33, "onnx-external-range"),
        (b"weights", 10**18, 1, "onnx-external-range"),
        (b"absent", 0, 64, "onnx-external-missing"),
        (b"inside", 0, 64, None),
        (b"outside", 0, 1, "onnx-external-link"),
    ],
)
def test_where_external_data_lies(
    tmp_path: Path, inspected: Inspect, name: bytes, offset: int, length: int, code: str | None
) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "weights").write_bytes(bytes(64))
    (folder / "inside").symlink_to("weights")
    (folder / "outside").symlink_to("/etc/passwd")
    (folder / "m.onnx").write_bytes(model(initializer(b"w", outside(name, offset, length))))
    found = inspected(onnx_header, folder / "m.onnx")
    assert judged(found) == ([(code, name.decode())] if code else [])


def test_graphs_in_graphs_end(inspected: Inspect) -> None:
    graph = node(b"Relu")
    for _ in range(40):
        graph = field(1, field(4, b"If") + field(5, field(6, graph)))
    with pytest.raises(NotExaminable, match="nested deeper"):
        inspected(onnx_header, model(graph))
