"""torch: weights, optimizers, schedulers and whole modules, zipped, legacy and scripted; nothing when torch is absent."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("torch",)
LISTED = True


def build(folder: Path) -> None:
    """Files as ``torch.save`` writes them."""
    import torch
    from torch import nn, optim

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    modules = {
        "mlp": nn.Sequential(nn.Linear(4, 8), nn.SELU(), nn.Dropout(0.1), nn.Linear(8, 2)),
        "conv": nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        "gru": nn.GRU(3, 4, 2, bidirectional=True),
        "lstm": nn.LSTM(3, 4),
        "encoder": nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1),
        "decoder": nn.TransformerDecoderLayer(8, 2, 16, activation="gelu"),
        "attention": nn.MultiheadAttention(8, 2),
        "embedding": nn.ModuleDict({"e": nn.Embedding(9, 3), "b": nn.EmbeddingBag(9, 3)}),
        "norms": nn.ModuleList([nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.InstanceNorm1d(4), nn.RMSNorm(4)]),
        "upsample": nn.Sequential(
            nn.ConvTranspose2d(2, 2, 2), nn.PixelShuffle(1), nn.Upsample(scale_factor=2), nn.PReLU()
        ),
        "parameters": nn.ParameterDict({"a": nn.Parameter(torch.ones(2))}),
        "losses": nn.ModuleList([nn.CrossEntropyLoss(), nn.HuberLoss(), nn.CTCLoss(), nn.TripletMarginLoss()]),
        "weight_norm": nn.utils.parametrizations.weight_norm(nn.Linear(3, 3)),
    }
    net = modules["mlp"]
    optimizers = {
        "sgd": optim.SGD(net.parameters(), 0.1, momentum=0.9), "adamw": optim.AdamW(net.parameters()),
        "rmsprop": optim.RMSprop(net.parameters()), "adagrad": optim.Adagrad(net.parameters()),
        "lbfgs": optim.LBFGS(net.parameters()), "radam": optim.RAdam(net.parameters()),
    }  # fmt: skip
    for one in optimizers.values():
        net.zero_grad()
        net(torch.ones(2, 4)).sum().backward()
        if not isinstance(one, optim.LBFGS):
            one.step()
    values: dict[str, object] = {f"module_{name}": module for name, module in modules.items() if name != "weight_norm"}
    values |= {f"state_{name}": module.state_dict() for name, module in modules.items()}
    values |= {f"optimizer_{name}": one.state_dict() for name, one in optimizers.items()}
    values |= {f"whole_{name}": one for name, one in optimizers.items()}
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizers["sgd"], 5)
    values |= {
        "checkpoint": {"model": net.state_dict(), "optimizer": optimizers["adamw"].state_dict(), "epoch": 3, "args": {"lr": 1}},
        "scheduler": scheduler.state_dict(),
        "dtypes": [torch.zeros(2, dtype=kind) for kind in (torch.bfloat16, torch.int8, torch.bool, torch.complex64)],
        "sparse": torch.eye(3).to_sparse(), "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "generator": torch.Generator().get_state(), "size": [torch.Size([1, 2]), torch.device("cpu"), torch.float16],
        "packed": nn.utils.rnn.pack_sequence([torch.ones(3), torch.ones(2)]),
        "distribution": torch.distributions.Normal(torch.zeros(2), torch.ones(2)),
        "data": torch.utils.data.TensorDataset(torch.ones(3, 2)),
    }  # fmt: skip
    for number, (name, value) in enumerate(sorted(values.items())):
        legacy = number % 3 == 2
        suffix = ("pt", "bin", "pth", "ckpt")[number % 4]
        torch.save(value, folder / f"{name}.{suffix}", _use_new_zipfile_serialization=not legacy)
    torch.jit.save(torch.jit.script(modules["mlp"]), folder / "scripted.pt")
    torch.jit.save(torch.jit.trace(modules["conv"].eval(), torch.ones(1, 1, 5, 5)), folder / "traced.pt")
