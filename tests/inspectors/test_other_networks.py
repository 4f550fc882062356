"""Core ML and Paddle by the real libraries; MXNet, Torch7 and Caffe by hand from their published forms."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UNSUPPORTED, NotExaminable
from scanner.formats import MODEL_FORMATS, sniff
from scanner.inspectors import caffe_network, compiled_engine, coreml_model, mxnet_symbol, paddle_program, torch7_file
from scanner.sources.blob import blob_of_bytes
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"
SAMPLES = Path(__file__).parent / "samples"


def field(number: int, value: bytes | int) -> bytes:
    """One field of protobuf."""

    def varint(value: int) -> bytes:
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*out, value])

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def codes(groups: dict[str, Any]) -> dict[str, str]:
    return {one["code"]: one["verdict"] for one in groups.get("findings", ())}


ABOUT = field(1, 4) + field(2, field(1, field(1, b"x")))
NESTED = ABOUT + field(500, field(1, field(500, field(10, b"Own"))))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ((MODELS / "relu.mlmodel").read_bytes(), {}),
        ((MODELS / "custom.mlmodel").read_bytes(), {"coreml-custom-code": "unknown"}),
        (ABOUT + field(555, field(1, b"OwnModel")), {"coreml-custom-code": "unknown"}),
        (ABOUT + field(202, field(1, NESTED)), {"coreml-custom-code": "unknown"}),
        (ABOUT + field(200, field(1, field(1, NESTED))), {"coreml-custom-code": "unknown"}),
        (ABOUT + field(556, field(1, field(1, field(1, b"../x")))), {"coreml-path": "malicious"}),
        (ABOUT + field(502, b"\x0a\x14@model_path/../../x\x00"), {"coreml-path": "malicious"}),
        (ABOUT + field(300, b"") + field(77, b"x"), {"coreml-unexpected-field": "unknown"}),
    ],
)
def test_core_ml(inspected: Inspect, data: bytes, found: dict[str, str]) -> None:
    groups = inspected(coreml_model, data)
    assert groups["format"] == "coreml"
    assert codes(groups) == found


@pytest.mark.parametrize("name", ["plain.onnx", "custom.onnx"])
def test_onnx_is_no_core_ml(inspected: Inspect, name: str) -> None:
    assert inspected(coreml_model, SAMPLES / name) == {}


def program(*operators: bytes) -> bytes:
    root = b"\x08\x00\x10" + b"\xff" * 9 + b"\x01"
    return field(1, root + b"".join(field(4, field(3, name)) for name in operators)) + field(4, b"\x08\x00")


@pytest.mark.parametrize(
    ("operators", "found"),
    [
        ((b"feed", b"matmul_v2", b"relu", b"fetch"), {}),
        ((b"py_func",), {"paddle-python-operator": "malicious"}),
        ((b"relu", b"load_combine"), {"paddle-outside-operator": "unknown"}),
        ((b"tensorrt_engine",), {"paddle-engine": "unknown"}),
    ],
)
def test_paddle(inspected: Inspect, operators: tuple[bytes, ...], found: dict[str, str]) -> None:
    groups = inspected(paddle_program, program(*operators))
    assert groups["format"] == "paddle"
    assert codes(groups) == found


@pytest.mark.parametrize(("name", "verdict"), [("tiny", "known-safe"), ("python", "malicious")])
def test_paddle_by_the_library(inspected: Inspect, name: str, verdict: str) -> None:
    assert inspected(paddle_program, MODELS / f"{name}.pdmodel", "model")["code_scan"]["verdict"] == verdict


def test_paddle_with_its_fields_in_another_order(inspected: Inspect) -> None:
    """The block that runs Python stands before the number that tells it is the first one, or behind the version."""
    root = b"\x08\x00\x10" + b"\xff" * 9 + b"\x01"
    operator = field(4, field(3, b"py_func"))
    long = b"".join(field(4, field(3, b"relu")) for _ in range(2000))
    for data in (
        field(1, operator + root),
        field(4, b"\x08\x00") + field(1, root + operator),
        field(1, b"\x10" + b"\xff" * 9 + b"\x01" + operator + b"\x08\x00"),
        field(1, operator + long + root),
    ):
        assert codes(inspected(paddle_program, data)) == {"paddle-python-operator": "malicious"}


@pytest.mark.parametrize("data", [b"\n\x02\x08\x00", b"\n\x04\x08\x01\x10\x00", b"\n\x06\x22\x04\x1a\x02ab", b"\nabc"])
def test_what_is_no_program_of_paddle(inspected: Inspect, data: bytes) -> None:
    assert inspected(paddle_program, data) == {}


def test_a_cut_program(inspected: Inspect) -> None:
    with pytest.raises(NotExaminable):
        inspected(paddle_program, program(b"relu" * 30)[:-40])


def symbol(*nodes: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(
        {"nodes": [{"op": "null", "name": "x"}, *nodes], "arg_nodes": [0], "heads": [[0, 0, 0]], **more}
    ).encode()


CUSTOM = {"op": "Custom", "name": "c", "attrs": {"op_type": "own"}}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (symbol({"op": "FullyConnected", "name": "f", "attrs": {"num_hidden": "3"}}), {}),
        (symbol(CUSTOM), {"mxnet-python-operator": "unknown"}),
        (symbol({"op": "_Native", "name": "n", "attrs": {"info": "0x7f00"}}), {"mxnet-address-operator": "malicious"}),
        (symbol({"op": "x", "name": "n", "param": {"lib": "/tmp/x.so"}}), {"mxnet-library": "malicious"}),
        (
            symbol({"op": "_foreach", "name": "f", "subgraphs": [json.loads(symbol(CUSTOM))]}),
            {"mxnet-python-operator": "unknown"},
        ),
    ],
)
def test_mxnet(inspected: Inspect, data: bytes, found: dict[str, str]) -> None:
    groups = inspected(mxnet_symbol, data, "net-symbol.json")
    assert groups["format"] == "mxnet"
    assert codes(groups) == found


@pytest.mark.parametrize(
    "data", [b'{"nodes": [], "arg_nodes": 1, "heads": []}', b'{"nodes" "arg_nodes" "heads"', b"[]"]
)
def test_other_json_gets_no_word(inspected: Inspect, data: bytes) -> None:
    assert inspected(mxnet_symbol, data) == {}


def i(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def text(value: bytes) -> bytes:
    return i(2, len(value)) + value


def torch(index: int, name: bytes, content: bytes) -> bytes:
    return i(4, index, 3) + b"V 1" + i(len(name)) + name + content


def table(index: int, *members: bytes) -> bytes:
    return i(3, index, len(members) // 2) + b"".join(members)


TENSOR = torch(
    2,
    b"torch.FloatTensor",
    i(1) + struct.pack("<3q", 2, 1, 1) + torch(3, b"torch.FloatStorage", struct.pack("<q2f", 2, 0.5, 1.5)),
)
LINEAR = torch(1, b"nn.Linear", table(4, text(b"weight"), TENSOR, text(b"again"), i(4, 2)))
CODE = i(6, 9, 4) + b"\x1bLJ\x02" + i(0)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (LINEAR, {}),
        (table(1, text(b"model"), torch(5, b"nn.Sequential", table(6)), i(1) + struct.pack("<d", 1), i(5, 1)), {}),
        (torch(1, b"nn.Lambda", table(4, text(b"f"), CODE)), {"torch7-function": "malicious"}),
        (
            torch(1, b"nn.Lambda", table(4, text(b"f"), i(8, 9, 4) + b"\x1bLJ\x02" + i(0))),
            {"torch7-function": "malicious"},
        ),
        (torch(1, b"own.Class", table(4)), {"torch7-class": "unknown"}),
        (LINEAR + b"more", {"torch7-trailing-bytes": "unknown"}),
    ],
)
def test_torch7(inspected: Inspect, data: bytes, found: dict[str, str]) -> None:
    groups = inspected(torch7_file, data)
    assert groups["format"] == "torch7"
    assert codes(groups) == found


def test_broken_torch7(inspected: Inspect) -> None:
    for data in (
        LINEAR[:-3],
        torch(1, b"nn.Linear", i(3, 2, 1 << 30)),
        torch(1, b"torch.OwnStorage", b"\0" * 8),
        b"4\n1\n3\nV 1\n",
    ):
        with pytest.raises(NotExaminable):
            inspected(torch7_file, data)
    assert inspected(torch7_file, i(3, 1, 1, 9, 9, 9)) == {}


PYTHON = 'layer {{ name: "p" type: "Python" python_param {{ module: "{}" layer: "{}" }} }}'


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('name: "net"\nlayer { name: "c" type: "Convolution" }\n', {}),
        (PYTHON.format("own_layers", "Loss"), {"caffe-python-layer": "unknown"}),
        (PYTHON.format("os", "system"), {"caffe-python-layer": "malicious"}),
        ('layer { type: "Python"', {}),
    ],
)
def test_caffe_text(inspected: Inspect, content: str, found: dict[str, str]) -> None:
    assert codes(inspected(caffe_network, content.encode(), "deploy.prototxt")) == found


def test_caffe_weights(inspected: Inspect) -> None:
    plain = field(1, b"net") + field(100, field(1, b"conv1") + field(2, b"Convolution") + field(7, b"\0" * 40))
    python = field(100, field(1, b"p") + field(2, b"Python") + field(130, field(1, b"os") + field(2, b"system")))
    assert inspected(caffe_network, plain)["code_scan"]["verdict"] == "known-safe"
    assert codes(inspected(caffe_network, plain + python)) == {"caffe-python-layer": "malicious"}


@pytest.mark.parametrize(("head", "format"), [(b"ptrt", "tensorrt"), (b"ftrt", "tensorrt"), (b"B\0C\0N\0", "cntk")])
def test_formats_that_are_only_recognised(inspected: Inspect, head: bytes, format: str) -> None:
    assert sniff(head + b"\0" * 60, 64) == format
    assert format in MODEL_FORMATS
    with pytest.raises(NotExaminable) as caught:
        inspected(compiled_engine, head + b"\0" * 60)
    assert caught.value.reason == UNSUPPORTED


MODULES = (caffe_network, coreml_model, mxnet_symbol, paddle_program, torch7_file)
WHOLE = (NESTED, program(b"relu", b"py_func"), symbol(CUSTOM), LINEAR, torch(1, b"nn.L", table(4, text(b"f"), CODE)))


@given(st.data())
def test_damage(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    blob = blob_of_bytes("m", bytes(content)[: data.draw(st.integers(0, len(content)))])
    for module in MODULES:
        if module.wants(blob):
            try:
                assert module.inspect(blob).by == module.NAME
            except NotExaminable as error:
                assert error.detail
