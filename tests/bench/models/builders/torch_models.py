"""Modules, state dictionaries, optimisers and scripts of torch."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("torch",)


def build(folder: Path) -> None:
    """Save each module whole, as its state, in the legacy format, and scripted where it can be."""
    import torch
    from torch import nn

    modules = {
        "linear": nn.Linear(4, 2),
        "dense": nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 2)),
        "convolution": nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2)),
        "recurrent": nn.LSTM(3, 4),
        "attention": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        "embedding": nn.Embedding(10, 4),
    }
    for name, module in modules.items():
        torch.save(module, folder / f"{name}.pt")
        torch.save(module.state_dict(), folder / f"{name}-state.pth")
        torch.save(module.state_dict(), folder / f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
        optimiser = torch.optim.AdamW(module.parameters())
        torch.save(
            {"model": module.state_dict(), "optimizer": optimiser.state_dict(), "epoch": 1}, folder / f"{name}.ckpt"
        )
        torch.jit.script(module).save(folder / f"{name}-script.pt")
