"""Folders as Hugging Face, diffusers, sentence-transformers, MLflow and spaCy lay them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import git_config, repository_code, repository_references
from tests.inspectors.conftest import Inspect


def written(folder: Path, files: dict[str, Any]) -> Path:
    """The first of the files, all of them written below the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder / next(iter(files))


def told(inspected: Inspect, folder: Path, files: dict[str, Any]) -> dict[str, str]:
    """Code to place of every reason given for the first of the files; the verdict under ``verdict``."""
    path = written(folder, files)
    groups = inspected(repository_references, path, path.name)
    found = {one["code"]: one["at"] for one in groups.get("findings", ())}
    return {**found, "verdict": groups["code_scan"]["verdict"]} if groups else {}


AUTO = {"model_type": "own", "auto_map": {"AutoModel": "modeling_own.Own"}}


def test_code_of_the_repository_is_followed(tmp_path: Path, inspected: Inspect) -> None:
    found = told(
        inspected,
        tmp_path,
        {
            "config.json": AUTO,
            "modeling_own.py": "import torch\nfrom .helper_own import f\n",
            "helper_own.py": "import os\nfrom .modeling_own import Own\nos.system('echo harmless')\n",
        },
    )
    assert found == {
        "repository-code": "auto_map AutoModel",
        "code-starts-process": "helper_own.py line 3",
        "verdict": "malicious",
    }


@pytest.mark.parametrize(
    ("code", "verdict", "name", "content"),
    [
        ("repository-code-missing", "unknown", "config.json", AUTO),
        ("repository-code-elsewhere", "unknown", "config.json", {"auto_map": {"AutoModel": "other/repo--m.Own"}}),
        ("repository-code-elsewhere", "unknown", "tokenizer_config.json", {"auto_map": {"T": [None, "a/b--m.T"]}}),
        ("repository-code-missing", "unknown", "config.json", {"custom_pipelines": {"p": {"impl": "pipe.Pipe"}}}),
        (
            "repository-denied-reference",
            "malicious",
            "adapter_config.json",
            {"auto_mapping": {"base_model_class": "system", "parent_library": "os"}},
        ),
        ("repository-denied-reference", "malicious", "model_index.json", {"unet": ["subprocess", "Popen"]}),
        ("repository-unlisted-reference", "unknown", "model_index.json", {"unet": ["own_library", "Net"]}),
        ("repository-denied-reference", "malicious", "modules.json", [{"type": "os.system"}]),
        ("repository-unlisted-reference", "unknown", "modules.json", [{"type": "own.Pooling"}]),
        ("repository-path", "malicious", "model.safetensors.index.json", {"weight_map": {"a": "../x.safetensors"}}),
        ("repository-path", "malicious", "pytorch_model.bin.index.json", {"weight_map": {"a": "/tmp/x.bin"}}),
        ("repository-path", "malicious", "model.index.json", {"weight_map": {"a": "C:\\x.bin"}}),
        ("repository-path", "malicious", "Manifest.json", {"itemInfoEntries": {"a": {"path": "../../x"}}}),
        (
            "repository-unlisted-reference",
            "unknown",
            "MLmodel",
            "flavors:\n  python_function:\n    loader_module: own.loader\n",
        ),
        (
            "repository-denied-reference",
            "malicious",
            "MLmodel",
            "flavors:\n  python_function:\n    loader_module: subprocess\n",
        ),
        ("repository-code", "unknown", "MLmodel", "flavors:\n  python_function:\n    code: code\n"),
        (
            "repository-unlisted-reference",
            "unknown",
            "config.cfg",
            '[nlp]\nlang = "en"\n[components.x.model]\n@architectures = "own.Net.v1"\n',
        ),
    ],
)
def test_what_is_told(tmp_path: Path, inspected: Inspect, code: str, verdict: str, name: str, content: Any) -> None:
    found = told(inspected, tmp_path, {name: content})
    assert code in found
    assert found["verdict"] == verdict


def test_a_pipeline_of_the_repository(tmp_path: Path, inspected: Inspect) -> None:
    files = {
        "model_index.json": {"_class_name": ["pipeline", "Own"], "unet": ["net", "Net"], "vae": ["diffusers", "V"]},
        "pipeline.py": "x = 1\n",
        "unet/net.py": "def f(x): return eval(x)\n",
    }
    assert told(inspected, tmp_path, files) == {
        "repository-code": "unet",
        "code-evaluates-text": "unet/net.py line 1",
        "verdict": "unknown",
    }


def test_python_that_mlflow_runs(tmp_path: Path, inspected: Inspect) -> None:
    files = {"MLmodel": "flavors:\n  python_function:\n    model_code_path: model.py\n", "model.py": "exec(input())"}
    assert told(inspected, tmp_path, files)["code-evaluates-text"] == "model.py line 1"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"model_type": "bert", "architectures": ["BertModel"]}),
        ("config.json", {"auto_map": {}}),
        ("adapter_config.json", {"auto_mapping": None, "base_model_name_or_path": "x"}),
        (
            "adapter_config.json",
            {
                "auto_mapping": {
                    "base_model_class": "GPT2LMHeadModel",
                    "parent_library": "transformers.models.gpt2.modeling_gpt2",
                }
            },
        ),
        (
            "model_index.json",
            {
                "_class_name": "StableDiffusionPipeline",
                "_diffusers_version": "0.30.0",
                "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
                "unet": ["diffusers", "UNet2DConditionModel"],
                "text_encoder": ["transformers", "CLIPTextModel"],
                "feature_extractor": [None, None],
            },
        ),
        ("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]),
        ("model.safetensors.index.json", {"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}),
        ("MLmodel", "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n"),
        ("config.cfg", '[nlp]\n[x]\n@architectures = "spacy.Tok2Vec.v2"\n@optimizers = "Adam.v1"\n'),
        ("config.cfg", '[other]\n@architectures = "own.Net.v1"\n'),
    ],
)
def test_what_is_ordinary(tmp_path: Path, inspected: Inspect, name: str, content: Any) -> None:
    assert told(inspected, tmp_path, {name: content}) == {}


def test_names_cannot_leave_the_folder(tmp_path: Path, inspected: Inspect) -> None:
    (tmp_path / "out.py").write_text("import os\nos.system('x')")
    files = {"in/config.json": {"auto_map": {"A": "../out.Own", "B": "..out.Own", "C": "/out.Own"}}}
    assert set(told(inspected, tmp_path, files)) == {"repository-code", "verdict"}


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("m/handler.py", "class EndpointHandler:\n    def __init__(self, path=''):\n        self.x = 1\n", "unknown"),
        ("m/handler.py", "import os\nos.system('echo')\nclass EndpointHandler:\n    pass\n", "malicious"),
        ("custom_generate/generate.py", "def generate(model): ...", "unknown"),
        ("squad/squad.py", "import datasets\nclass S(datasets.GeneratorBasedBuilder): ...", "unknown"),
        ("m/start.pth", "import os; os.system('echo')\n", "malicious"),
        ("m/start.pth", "/somewhere\nimport sys\n", "unknown"),
        (
            "lib/site-packages/x.pth",
            "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', 'print(1)'])\n",
            "malicious",
        ),
    ],
)
def test_code_that_runs_by_its_name(inspected: Inspect, name: str, text: str, verdict: str) -> None:
    assert inspected(repository_code, text.encode(), name)["code_scan"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m/handler.py", "def handler(event): ..."),
        ("attr/attr.py", "import os"),
        ("m/generate.py", "import os\nos.system('x')"),
        ("setup.py", "import os\nos.system('x')"),
        (
            "lib/site-packages/distutils-precedence.pth",
            "import os; var = 'X'; __import__('_distutils_hack').add_shim()",
        ),
        ("lib/site-packages/paths.pth", "/a/b\n/c\n"),
        ("weights.pth", "\x80\x02import x"),
    ],
)
def test_ordinary_files(inspected: Inspect, name: str, text: str) -> None:
    assert inspected(repository_code, text.encode("latin-1"), name) == {}


def test_a_setup_script_beside_a_model(tmp_path: Path, inspected: Inspect) -> None:
    path = written(tmp_path, {"setup.py": "import os\nos.system('echo')", "config.json": {"model_type": "x"}})
    assert inspected(repository_code, path, "setup.py")["code_scan"]["verdict"] == "malicious"


HEADER = "[core]\n\tbare = false\n"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("[core]\n\tfsmonitor = ./run.sh\n", "unknown"),
        ('[core]\n\tfsmonitor = "curl http://127.0.0.1:9 | sh"\n', "malicious"),
        ('[filter "x"]\n\tsmudge = python3 run.py\n', "unknown"),
        ("[core] hooksPath = /tmp/x\n", "unknown"),
        ("[core]\n\tsshCommand = ssh -o \\\nProxyCommand=x\n", "unknown"),
        ("[alias]\n\tst = !sh -c 'wget 127.0.0.1:9'\n", "malicious"),
        ("[include]\n\tpath = ../evil\n", "unknown"),
    ],
)
def test_settings_that_git_runs(tmp_path: Path, inspected: Inspect, text: str, verdict: str) -> None:
    head = written(tmp_path, {"HEAD": "ref: refs/heads/main\n", "config": HEADER + text})
    groups = inspected(git_config, head, ".git/HEAD")
    assert groups["code_scan"]["verdict"] == verdict
    assert groups["findings"][0]["at"].startswith("config line ")


LFS = '[filter "lfs"]\n\tclean = git-lfs clean -- %f\n\tsmudge = git-lfs smudge -- %f\n\tprocess = git-lfs filter-process\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        LFS,
        "[core]\n\tfsmonitor = true\n",
        "[alias]\n\tst = status\n",
        "[credential]\n\thelper = store\n",
        "; x\n[]\n=",
    ],
)
def test_an_ordinary_configuration(tmp_path: Path, inspected: Inspect, text: str) -> None:
    head = written(tmp_path, {"HEAD": "ref: refs/heads/main\n", "config": HEADER + text})
    assert inspected(git_config, head, ".git/HEAD") == {}


@pytest.mark.parametrize("name", ["model_index.json", "modules.json", "config.json", "model.index.json", "MLmodel"])
def test_damage(inspected: Inspect, name: str) -> None:
    text = json.dumps(
        {"auto_map": {"a": "b.c"}, "weight_map": {"x": "../y"}, "type": "z", "flavors": {"a": {"code": "x"}}}
    )
    for end in range(len(text)):
        try:
            inspected(repository_references, text[:end].encode(), name)
        except NotExaminable as error:
            assert error.detail
