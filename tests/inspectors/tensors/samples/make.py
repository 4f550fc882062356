"""Builds the samples: the same weights saved in every way that is read, and weights that are told apart.

Made with torch 2.13.0, safetensors 0.8.0, onnx 1.23.2 and numpy 2.4.6: ``python make.py`` in this folder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

HERE = Path(__file__).parent


def onnx_model(tensors: list[TensorProto], name: str, **how: object) -> None:
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "0.weight", "0.bias"], ["y"], transB=1)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 16])],
        initializer=tensors,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), HERE / name, **how)


def main() -> None:
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.Linear(16, 4))
    state = model.state_dict()
    arrays = {name: value.numpy() for name, value in state.items()}

    torch.save(state, HERE / "state.pt")
    torch.save({"state_dict": state}, HERE / "wrapped.pt")
    torch.save(model, HERE / "module.pt")
    save_file(dict(state), HERE / "plain.safetensors")
    save_file(dict(state), HERE / "metadata.safetensors", metadata={"format": "pt", "note": "the same weights"})
    np.savez(HERE / "stored.npz", **arrays)
    np.savez_compressed(HERE / "deflated.npz", **arrays)
    onnx_model([numpy_helper.from_array(value, name) for name, value in arrays.items()], "raw.onnx")
    onnx_model(
        [
            helper.make_tensor(name, helper.np_dtype_to_tensor_dtype(one.dtype), one.shape, one.flatten().tolist())
            for name, one in arrays.items()
        ],
        "typed.onnx",
    )
    onnx_model(
        [numpy_helper.from_array(value, name) for name, value in arrays.items()],
        "external.onnx",
        save_as_external_data=True,
        location="external.data",
        size_threshold=0,
    )

    line = torch.arange(64, dtype=torch.float32)
    torch.save({"a": line[:32].view(4, 8), "b": line[32:], "tied": line[:32].view(4, 8)}, HERE / "views.pt")
    views = {"a": line[:32].view(4, 8).clone(), "b": line[32:].clone(), "tied": line[:32].view(4, 8).clone()}
    save_file(views, HERE / "views.safetensors")
    types = [
        torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8, torch.int16, torch.int64, torch.bool,
        torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32,
    ]  # fmt: skip
    every = {str(type).removeprefix("torch."): torch.arange(64).to(type) for type in types}
    torch.save(every, HERE / "types.pt")
    save_file(every, HERE / "types.safetensors")

    torch.save({"w": torch.arange(64.0).view(8, 8).t()}, HERE / "transposed.pt")
    torch.save({"w": torch.eye(8).to_sparse()}, HERE / "sparse.pt")
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 8)).sum().backward()
    optimizer.step()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, HERE / "checkpoint.pt")


if __name__ == "__main__":
    main()
