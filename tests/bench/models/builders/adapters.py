"""Adapters of peft for a tiny language model."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("peft", "transformers", "torch")


def build(folder: Path) -> None:
    """One folder a kind of adapter, in safetensors and in the pickled form."""
    import peft
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    kinds = {
        "lora": peft.LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True, task_type="CAUSAL_LM"),
        "dora": peft.LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True, use_dora=True),
        "prompt": peft.PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM"),
        "prefix": peft.PrefixTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM"),
        "ia3": peft.IA3Config(target_modules=["c_attn"], feedforward_modules=[], fan_in_fan_out=True),
    }
    for name, config in kinds.items():
        model = GPT2LMHeadModel(GPT2Config(vocab_size=64, n_embd=16, n_layer=1, n_head=2))
        adapted = peft.get_peft_model(model, config)
        adapted.save_pretrained(folder / name)
        torch.save(peft.get_peft_model_state_dict(adapted), folder / name / "adapter_model.bin")
