"""Folders of sentence-transformers: a tiny encoder with pooling, a dense layer and normalisation."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("sentence_transformers", "transformers", "torch")


def build(folder: Path) -> None:
    """One folder with transformer modules, one with static embeddings."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel

    from tests.bench.models.builders.transformers_models import SMALL, tokenizer

    torch.manual_seed(0)
    words = tokenizer()
    base = folder / "base"
    BertModel(BertConfig(**SMALL)).save_pretrained(base)
    words.save_pretrained(base)
    encoder = models.Transformer(str(base))
    pooling = models.Pooling(SMALL["hidden_size"])
    dense = models.Dense(SMALL["hidden_size"], 4, activation_function=torch.nn.Tanh())
    modules = [encoder, pooling, dense, models.Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "encoder"))
    static = models.StaticEmbedding(words.backend_tokenizer, embedding_dim=4)
    SentenceTransformer(modules=[static], device="cpu").save(str(folder / "static"))
