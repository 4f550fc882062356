"""Makes the samples beside it with the real libraries: onnx 1.23.2, safetensors 0.8.0, skops 0.16.0, torch 2.13.0.

Run it in an environment of its own; the tests only read what it wrote.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import joblib
import numpy
import onnx
import safetensors.numpy
import skops.io
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent


def onnx_model(path: Path, domain: str = "", operator: str = "Relu", **attributes: Any) -> onnx.ModelProto:
    """One operator between an input and an output, with one constant."""
    node = helper.make_node(operator, ["x"], ["y"], domain=domain, **attributes)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("x", "y")]
    weights = numpy_helper.from_array(numpy.full(64, 0.5, "float32"), "w")
    graph = helper.make_graph([node], "g", values[:1], values[1:], [weights])
    opsets = [helper.make_opsetid("", 21), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="sample")
    onnx.save(model, str(path))
    return model


def main() -> None:
    onnx_model(HERE / "plain.onnx")
    onnx_model(HERE / "custom.onnx", "com.example", "Special")
    onnx_model(HERE / "python.onnx", "ai.onnx.contrib", "PyOp")
    inner = helper.make_graph(
        [helper.make_node("PyOp", [], ["z"], domain="x")],
        "inner",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])],
    )
    onnx_model(HERE / "nested.onnx", operator="If", then_branch=inner, else_branch=inner)
    model = onnx_model(HERE / "plain.onnx")
    onnx.save(
        model, str(HERE / "external.onnx"), save_as_external_data=True, location="external.weights", size_threshold=0
    )
    outside = model.graph.initializer[0]
    outside.external_data[0].value = "../../../etc/passwd"
    (HERE / "outside.onnx").write_bytes(model.SerializeToString())

    tensors = {"a": numpy.zeros((3, 4), "float32"), "b": numpy.ones(5, "int8")}
    safetensors.numpy.save_file(tensors, str(HERE / "plain.safetensors"), metadata={"format": "pt"})

    fitted = LogisticRegression(random_state=0).fit([[0.0], [1.0]], [0, 1])
    skops.io.dump(fitted, HERE / "plain.skops")
    skops.io.dump(
        {"call": numpy.testing.runstring if hasattr(numpy.testing, "runstring") else print}, HERE / "function.skops"
    )
    joblib.dump(fitted, HERE / "model.joblib")
    (HERE / "model.joblib.gz").write_bytes(gzip.compress((HERE / "model.joblib").read_bytes(), mtime=0))

    network = torch.nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.fill_(0.5)
        network.bias.fill_(0.0)
    torch.save(network.state_dict(), HERE / "weights.pt")
    torch.save(network, HERE / "module.pt")


if __name__ == "__main__":
    main()
