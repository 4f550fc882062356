"""Families of model repositories in the layout of Hugging Face: what the files beside the weights ask a loader to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.corpus.family import Family, Item
from tests.corpus.stream_families import payload
from tests.corpus.tensor_families import TEMPLATES, tensor
from tests.corpus.wire import safetensors

HOSTILE: Final = "import os\n\nos.system('echo repository')\n\n\nclass Model:\n    pass\n"
QUIET: Final = "class Model:\n    pass\n"


def weights(title: str) -> dict[str, bytes]:
    """Weights that are themselves known-safe."""
    header = json.dumps({"__metadata__": {"format": "pt", "title": title}, "w": tensor(0, 4)})
    return {"model.safetensors": safetensors(header, bytes(4))}


def _config(**more: Any) -> bytes:
    return json.dumps({"architectures": ["BertModel"], "model_type": "bert", **more}).encode()


def _repository(title: str, files: dict[str, bytes | str], links: dict[str, str] | None = None) -> Item:
    content = {name: one.encode() if isinstance(one, str) else one for name, one in files.items()}
    return Item(title, {"config.json": _config(title=title), **weights(title), **content}, links or {})


def _remote_code() -> Iterator[Item]:
    local = {"AutoModel": "modeling_x.Model"}
    yield _repository("local", {"config.json": _config(auto_map=local, t=1), "modeling_x.py": HOSTILE})
    yield _repository("quiet", {"config.json": _config(auto_map=local, t=2), "modeling_x.py": QUIET})
    elsewhere = {"AutoModel": "someone/repo--modeling.Model"}
    yield _repository("elsewhere", {"config.json": _config(auto_map=elsewhere)})
    tokenizer = json.dumps({"auto_map": {"AutoTokenizer": ["tok.Tokenizer", None]}})
    yield _repository("tokenizer", {"tokenizer_config.json": tokenizer, "tok.py": HOSTILE})
    processor = json.dumps({"auto_map": {"AutoProcessor": "proc.Processor"}})
    yield _repository("processor", {"preprocessor_config.json": processor, "proc.py": HOSTILE})
    adapter = json.dumps({"peft_type": "LORA", "auto_mapping": {"base_model_class": "M", "parent_library": "evil.lib"}})
    yield _repository("adapter", {"adapter_config.json": adapter})
    yield _repository("custom-generate", {"custom_generate/generate.py": HOSTILE})
    yield _repository("handler", {"handler.py": HOSTILE})
    index = {"_class_name": "Pipeline", "unet": ["my_pipeline", "MyUNet"]}
    yield _repository("diffusers", {"model_index.json": json.dumps(index), "unet/my_pipeline.py": HOSTILE})
    modules = [{"idx": 0, "name": "0", "path": "", "type": "custom_module.Transformer"}]
    yield _repository("sentence-transformers", {"modules.json": json.dumps(modules), "custom_module.py": HOSTILE})
    mlmodel = "flavors:\n  python_function:\n    loader_module: my_loader\n    code: code\n"
    yield _repository("mlflow-loader", {"MLmodel": mlmodel, "code/my_loader.py": HOSTILE})
    wrapped = (
        "flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl\n"
    )
    yield _repository("mlflow-python-model", {"MLmodel": wrapped, "python_model.pkl": payload("mlflow-model")})


def _files_beside() -> Iterator[Item]:
    yield _repository("training-args", {"training_args.bin": payload("training-args")})
    yield _repository("optimizer", {"optimizer.pt": payload("optimizer")})
    yield _repository("rng-state", {"rng_state.pth": payload("rng-state")})
    yield _repository("scheduler", {"scheduler.pt": payload("scheduler")})
    yield _repository("bin-beside", {"pytorch_model.bin": payload("bin-beside")})
    yield _repository("template", {"chat_template.jinja": TEMPLATES["cycler"]})
    yield _repository("hidden-folder", {".cache/x/data.bin": payload("hidden-folder")})
    yield _repository("onnx-folder", {"onnx/model.onnx": payload("onnx-folder")})


def _layout_lies() -> Iterator[Item]:
    for kind in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        for title, path in {"parent": "../../secret.bin", "absolute": "/etc/passwd", "backslash": "..\\secret"}.items():
            index = json.dumps({"metadata": {"total_size": 4}, "weight_map": {"w": path}})
            yield _repository(f"{kind.split('.')[0]}-index-{title}", {kind: index})
    yield _repository("start-up-file", {"evil.pth": "import os; os.system('echo pth')\n"})
    yield _repository("link-outside", {}, {"weights.bin": "/etc/passwd"})
    yield _repository("link-parent", {}, {"weights.bin": "../../../../etc/passwd"})


FAMILIES = (
    Family("repository/remote-code", "lie", _remote_code),
    Family("repository/files-beside", "malicious", _files_beside),
    Family("repository/layout", "lie", _layout_lies),
)
