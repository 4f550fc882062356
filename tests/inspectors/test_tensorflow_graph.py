"""Graphs that TensorFlow wrote pass when they only compute; operators with an effect are found in every kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import onnx_header, tensorflow_graph
from scanner.inspectors.tensorflow_graph import DENIED, FILES, KNOWN

DATA = Path(__file__).parent / "data"


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def part(number: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def node(operator: str, *attributes: bytes) -> bytes:
    return part(1, part(1, "n") + part(2, operator) + b"".join(part(5, one) for one in attributes))


def text_attribute(name: str, value: str) -> bytes:
    return part(1, name) + part(2, part(2, value))


def list_attribute(name: str, value: str) -> bytes:
    return part(1, name) + part(2, part(1, part(2, value)))


def function(name: str, *nodes: bytes) -> bytes:
    body = b"".join(part(3, one[2:]) for one in nodes)
    return part(2, part(1, part(1, part(1, name)) + body))


def saved_model(graph: bytes, *rest: bytes) -> bytes:
    return b"\x08\x01" + part(2, part(1, part(5, "2.21")) + part(2, graph) + b"".join(rest))


def judged(groups: dict[str, Any]) -> tuple[str, list[str]]:
    return groups["code_scan"]["verdict"], [one["code"] for one in groups.get("findings", [])]


@pytest.mark.parametrize("name", ["scale.pb", "frozen.pb", "graph.meta"])
def test_graphs_that_compute(inspected: Any, name: str) -> None:
    found = inspected(tensorflow_graph, DATA / name)
    assert found["format"] == "savedmodel"
    assert judged(found) == ("known-safe", [])
    assert inspected(onnx_header, DATA / name) == {}


def test_real_model_that_writes_a_file(inspected: Any) -> None:
    found = inspected(tensorflow_graph, DATA / "writer.pb")
    assert judged(found) == ("malicious", ["tensorflow-denied-operator"])
    assert "WriteFile" in found["findings"][0]["detail"]


@pytest.mark.parametrize("operator", ["ReadFile", "PyFunc", "EagerPyFunc", "MatchingFiles", "ImmutableConst"])
def test_denied_operators(inspected: Any, operator: str) -> None:
    nodes = node("Relu") + node(operator)
    meta = part(1, part(2, part(1, part(1, "Relu")))) + part(2, nodes)
    inside = node("Relu") + function("f", node(operator))
    for content in (nodes, meta, saved_model(nodes), saved_model(inside)):
        assert judged(inspected(tensorflow_graph, content, "weights.bin")) == (
            "malicious",
            ["tensorflow-denied-operator"],
        )


def test_fields_may_come_in_any_order_under_a_name_of_tensorflow(inspected: Any) -> None:
    denied = part(2, node("WriteFile"))
    version = part(1, part(5, "2.21"))
    for content, name in (
        (part(2, denied + version) + b"\x08\x01", "saved_model.pb"),
        (version + denied, "model.ckpt.meta"),
        (denied + version, "graph.meta"),
        (function("f", node("WriteFile")) + node("Relu"), "frozen.pb"),
    ):
        assert judged(inspected(tensorflow_graph, content, name))[0] == "malicious"
        assert inspected(tensorflow_graph, part(2, version) + b"\x08\x01", name) == {}


def test_a_saved_model_that_is_cut(inspected: Any) -> None:
    with pytest.raises(NotExaminable):
        inspected(tensorflow_graph, saved_model(node("Relu"))[:-4], "saved_model.pb")
    assert inspected(tensorflow_graph, saved_model(node("Relu"))[:-4], "table.bin") == {}


@pytest.mark.parametrize(
    ("attribute", "operator", "expected"),
    [
        (text_attribute("output_stream", "file:///tmp/x"), "PrintV2", "malicious"),
        (text_attribute("output_stream", "stderr"), "PrintV2", "known-safe"),
        (list_attribute("debug_urls", "grpc://127.0.0.1:9"), "DebugIdentityV2", "malicious"),
        (text_attribute("tensor_name", "x"), "DebugIdentityV2", "known-safe"),
    ],
)
def test_operators_told_by_an_attribute(inspected: Any, attribute: bytes, operator: str, expected: str) -> None:
    found = inspected(tensorflow_graph, node("Relu") + node(operator, attribute))
    assert found["code_scan"]["verdict"] == expected


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (node("TFRecordDatasetV2"), ("unknown", ["tensorflow-file-operator"])),
        (node("Relu") + node("MyOwnOp"), ("unknown", ["tensorflow-unlisted-operator"])),
        (node("f") + function("f", node("Relu")), ("known-safe", [])),
        (node("SaveV2") + node("RestoreV2") + node("MergeV2Checkpoints"), ("known-safe", [])),
    ],
)
def test_other_operators(inspected: Any, graph: bytes, expected: tuple[str, list[str]]) -> None:
    assert judged(inspected(tensorflow_graph, saved_model(graph))) == expected


def test_assets_outside_the_folder(inspected: Any) -> None:
    graph = node("Relu")
    assert (
        judged(inspected(tensorflow_graph, saved_model(graph, part(6, part(2, "vocabulary.txt")))))[0] == "known-safe"
    )
    found = inspected(tensorflow_graph, saved_model(graph, part(6, part(2, "../../etc/passwd"))))
    assert judged(found) == ("malicious", ["tensorflow-asset-path"])


def test_keras_metadata(inspected: Any) -> None:
    saved = part(3, "root.layer-0") + part(4, "_tf_keras_layer")
    hostile = part(1, saved + part(5, '{"class_name": "Lambda", "config": {}}'))
    found = inspected(tensorflow_graph, hostile, "keras_metadata.pb")
    assert judged(found) == ("malicious", ["keras-lambda"])
    plain = part(1, saved + part(5, '{"class_name": "Dense", "config": {}}'))
    assert judged(inspected(tensorflow_graph, plain)) == ("known-safe", [])


def test_lists_do_not_overlap() -> None:
    assert not DENIED & KNOWN
    assert not FILES & KNOWN
    assert not DENIED & FILES
    assert {"Relu", "MatMul", "StatefulPartitionedCall", "VarHandleOp"} <= KNOWN


@pytest.mark.parametrize(
    "content", [b"\x08\x01\x12\x05hello", b"\n\x05hello", b"\n\n# Title\x12 text", b"\x08\x01\x12"]
)
def test_something_else(inspected: Any, content: bytes) -> None:
    assert inspected(tensorflow_graph, content) == {}


def test_broken_behind_the_first_operator(inspected: Any) -> None:
    with pytest.raises(NotExaminable):
        inspected(tensorflow_graph, node("Relu") + b"\n\xff\xff\xff\xff\x7f")
