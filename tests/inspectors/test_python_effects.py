"""Source as models bring it: what no model needs is malicious, what some need is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors.python_effects import Effect, effects


def judged(source: str) -> list[tuple[str, str]]:
    return [(one.code, one.verdict) for one in effects(source.encode())]


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("code-starts-process", "import os\nos.system('echo harmless')"),
        ("code-starts-process", "from os import system as s\ns('echo harmless')"),
        ("code-starts-process", "class Model:\n    import subprocess\n    subprocess.run(['echo'])"),
        ("code-starts-process", "__import__('os').system('echo harmless')"),
        ("code-starts-process", "import importlib\nimportlib.import_module('subprocess').run(['echo'])"),
        ("code-starts-process", "import os\ndef f(): os.popen('curl http://127.0.0.1:9 | sh')"),
        ("code-starts-process", "import subprocess as p\ndef f(): p.run(['bash', '-c', 'cat </dev/tcp/127.0.0.1/9'])"),
        ("code-evaluates-text", "import base64\nexec(base64.b64decode(b'cGFzcw=='))"),
        ("code-evaluates-text", "import zlib\ndef f(x):\n    text = zlib.decompress(x)\n    eval(text)"),
        ("code-evaluates-text", "from urllib.request import urlopen\nexec(urlopen('http://127.0.0.1:9').read())"),
        ("code-loads-native", "import marshal, base64\nexec2 = marshal.loads(base64.b64decode('x'))"),
        ("code-loads-pickle", "import pickle, base64\npickle.loads(base64.b64decode('x'))"),
    ],
)
def test_what_no_model_needs(code: str, source: str) -> None:
    assert (code, "malicious") in judged(source)


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("code-starts-process", "import os\ndef build():\n    os.system('gcc kernel.c')"),
        ("code-starts-process", "import os\nif __name__ == '__main__':\n    os.system('echo')"),
        ("code-evaluates-text", "def f(x): return eval(x)"),
        ("code-network", "import requests\ndef load(url): return requests.get(url)"),
        ("code-loads-native", "import ctypes\nlib = ctypes.CDLL('libx.so')"),
        ("code-loads-pickle", "import pickle\ndef f(s): return pickle.load(s)"),
        ("code-unreadable", "def f(:"),
        ("code-unreadable", "#" + "x" * (1 << 20)),
    ],
)
def test_what_some_models_need(code: str, source: str) -> None:
    assert judged(source) == [(code, "unknown")]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import os\nx = os.path.join('a', 'b')",
        "import torch\nclass Model(torch.nn.Module):\n    def forward(self, x):\n        return self.eval(x)",
        "exec('x = 1')",
        "import re\nre.compile('a')",
        "model.eval()",
        "text = 'os.system(1)'",
    ],
)
def test_ordinary_source(source: str) -> None:
    assert effects(source.encode()) == []


def test_places() -> None:
    assert effects(b"import os\n\nos.system('x')") == [
        Effect(3, "code-starts-process", "os.system while it is imported", "malicious")
    ]


def test_source_that_nests_too_deeply() -> None:
    with pytest.raises(NotExaminable):
        effects(b"x = " + b"-" * 200_000 + b"1")


@given(st.binary(max_size=100))
def test_noise(data: bytes) -> None:
    assert isinstance(effects(data), list)
