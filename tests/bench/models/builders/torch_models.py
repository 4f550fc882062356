"""Modules, state dictionaries, optimisers, training checkpoints, TorchScript and exported programs of torch."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

NEEDS = ("torch",)


def _modules() -> dict[str, tuple[Any, Any]]:
    """Name to a module and an input that it takes."""
    import torch
    from torch import nn

    return {
        "linear": (nn.Linear(4, 2), torch.ones(3, 4)),
        "dense": (nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 2)), torch.ones(3, 4)),
        "convolution": (nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2)), torch.ones(1, 1, 8, 8)),
        "recurrent": (nn.LSTM(3, 4), torch.ones(2, 1, 3)),
        "gated": (nn.GRU(3, 4, num_layers=2, bidirectional=True), torch.ones(2, 1, 3)),
        "attention": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), torch.ones(1, 3, 8)),
        "embedding": (nn.Embedding(10, 4), torch.ones(2, 3, dtype=torch.int64)),
        "normalised": (nn.Sequential(nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 4, bias=False)), torch.ones(2, 4)),
    }


def build(folder: Path) -> None:
    """Train each module for two steps and save it in every way."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    modules = _modules()
    for name, (module, example) in modules.items():
        optimiser = torch.optim.AdamW(module.parameters())
        schedule = torch.optim.lr_scheduler.StepLR(optimiser, 1)
        for _ in range(2):
            answer = module(example)
            (answer[0] if isinstance(answer, tuple) else answer).sum().backward()
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
        state = module.state_dict()
        torch.save(module, folder / f"{name}.pt")
        torch.save(module, folder / f"{name}-legacy.pt", _use_new_zipfile_serialization=False)
        torch.save(state, folder / f"{name}-state.pth")
        torch.save(state, folder / f"{name}-state-legacy.pth", _use_new_zipfile_serialization=False)
        torch.save(optimiser.state_dict(), folder / f"{name}-optimizer.bin")
        torch.save(optimiser, folder / f"{name}-optimizer.pt")
        checkpoint = {"model": state, "optimizer": optimiser.state_dict(), "schedule": schedule.state_dict()}
        checkpoint |= {"random": torch.get_rng_state(), "config": {"width": 8, "name": name}, "epoch": 1}
        torch.save(checkpoint, folder / f"{name}.ckpt")
        (folder / f"{name}-state.pkl").write_bytes(pickle.dumps(state, 4))
        module.eval()
        torch.jit.script(module).save(folder / f"{name}-script.pt")
        torch.jit.trace(module, example, check_trace=False).save(folder / f"{name}-trace.pt")
    for name, value in _tensors().items():
        torch.save(value, folder / f"tensor-{name}.pt")
    dense, example = modules["dense"]
    quantised = torch.ao.quantization.quantize_dynamic(dense, {nn.Linear}, torch.qint8)
    torch.save(quantised.state_dict(), folder / "quantised-state.pth")
    torch.save(quantised, folder / "quantised.pt")
    torch.jit.trace(quantised, example).save(folder / "quantised-trace.pt")
    for name in ("linear", "dense", "convolution", "normalised"):
        module, example = modules[name]
        torch.export.save(torch.export.export(module, (example,)), folder / f"{name}.pt2")


def _tensors() -> dict[str, Any]:
    import torch

    kinds = (
        "float64", "float32", "float16", "bfloat16", "complex64", "int64", "int32", "int16", "int8", "uint8", "bool",
    )  # fmt: skip
    values: dict[str, Any] = {kind: torch.zeros(3, dtype=getattr(torch, kind)) for kind in kinds}
    values["float8"] = torch.zeros(4).to(torch.float8_e4m3fn)
    values["sparse"] = torch.eye(3).to_sparse()
    values["compressed"] = torch.eye(3).to_sparse_csr()
    values["quantised"] = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    values["channels"] = torch.quantize_per_channel(torch.ones(2, 3), torch.ones(2), torch.zeros(2), 0, torch.qint8)
    values["view"] = torch.arange(12).reshape(3, 4).t()[1:]
    values["shared"] = {"a": (one := torch.ones(2)), "b": one}
    values["meta"] = torch.empty(3, device="meta")
    values["parameter"] = torch.nn.Parameter(torch.ones(2))
    values["sizes"] = [torch.Size([1, 2]), torch.device("cpu"), torch.float16]
    values["dataset"] = torch.utils.data.TensorDataset(torch.ones(3, 2))
    values["packed"] = torch.nn.utils.rnn.pack_sequence([torch.ones(3), torch.ones(2)])
    return values
