"""Folders of transformers: randomly initialised models of several architectures with a tokenizer of a few words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

NEEDS = ("transformers", "tokenizers", "torch")

CHAT = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] | trim }}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SMALL = {"vocab_size": 64, "num_hidden_layers": 1, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}


def tokenizer() -> Any:
    """A tokenizer of words, trained on two sentences."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.BPE(unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=64, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    words.train_from_iterator(["a small text", "another small text"], trainer)
    made = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", eos_token="[SEP]", cls_token="[CLS]"
    )
    made.chat_template = CHAT
    return made


def _models() -> dict[str, Any]:
    import transformers as library

    return {
        "bert": library.BertForSequenceClassification(library.BertConfig(**SMALL)),
        "gpt2": library.GPT2LMHeadModel(library.GPT2Config(vocab_size=64, n_embd=16, n_layer=1, n_head=2)),
        "t5": library.T5ForConditionalGeneration(
            library.T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
        ),
        "vit": library.ViTForImageClassification(
            library.ViTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                              image_size=32, patch_size=16)
        ),
        "llama": library.LlamaForCausalLM(library.LlamaConfig(**SMALL)),
        "roberta": library.RobertaForMaskedLM(library.RobertaConfig(**SMALL)),
        "clip": library.CLIPModel(
            library.CLIPConfig(text_config=SMALL | {"projection_dim": 8},
                               vision_config=SMALL | {"image_size": 32, "patch_size": 16, "projection_dim": 8})
        ),
    }  # fmt: skip


def build(folder: Path) -> None:
    """One folder a model: safetensors in one file and in parts, the pickled form, and a trainer's checkpoint."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    torch.manual_seed(0)
    words = tokenizer()
    for name, model in _models().items():
        target = folder / name
        model.save_pretrained(target)
        words.save_pretrained(target)
        (target / "README.md").write_text(f"---\nlicense: apache-2.0\ntags:\n- {name}\n---\n# A tiny {name}\n")
        torch.save(model.state_dict(), target / "pytorch_model.bin")
    model = _models()["gpt2"]
    model.save_pretrained(folder / "gpt2-parts", max_shard_size="10KB")
    half = _models()["bert"].to(torch.bfloat16)
    half.save_pretrained(folder / "bert-half")
    _trained(folder / "trained", model, words)


def _trained(target: Path, model: Any, words: Any) -> None:
    """What a training run leaves beside the weights."""
    import torch
    from transformers import TrainingArguments

    model.save_pretrained(target)
    words.save_pretrained(target)
    torch.save(TrainingArguments(str(target), report_to=[]), target / "training_args.bin")
    optimiser = torch.optim.AdamW(model.parameters())
    model(input_ids=torch.ones(1, 3, dtype=torch.int64)).logits.sum().backward()
    optimiser.step()
    torch.save(optimiser.state_dict(), target / "optimizer.pt")
    torch.save(torch.optim.lr_scheduler.ConstantLR(optimiser).state_dict(), target / "scheduler.pt")
    torch.save({"python": (3, (1, 2), None), "cpu": torch.get_rng_state()}, target / "rng_state.pth")
