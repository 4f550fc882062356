"""Python text in torch archives is judged by the operators and calls it names."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import torchscript_code, zip_structure

DATA = Path(__file__).parent / "data"


def scripted(code: str) -> bytes:
    return archive(
        {"m/data.pkl": "", "m/code/__torch__/m.py": f"def forward(self, x: Tensor) -> Tensor:\n    {code}\n"}
    )


def package(code: str) -> bytes:
    return archive({"m/.data/extern_modules": "torch\n", "m/mine.py": code})


def archive(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, text in members.items():
            opened.writestr(name, text)
    return stream.getvalue()


def judged(groups: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["code"], one["detail"]) for one in groups.get("findings", [])]


def test_real_script(inspected: Any) -> None:
    assert inspected(torchscript_code, DATA / "scripted.pt") == {}


def test_real_package(inspected: Any) -> None:
    found = inspected(torchscript_code, DATA / "package.pt")
    assert found["remote_code"] == {"present": True}
    assert found["code_scan"]["verdict"] == "unknown"
    assert judged(found) == [("torch-package-code", "Python that the loader runs")]


@pytest.mark.parametrize(
    ("code", "expected", "verdict"),
    [
        ("return torch.from_file('x', True, 10)", ("torchscript-file-access", "torch.from_file"), "malicious"),
        ("torch.save(x, '/x')", ("torchscript-file-access", "torch.save"), "malicious"),
        ("return ops.aten.from_file('x')", ("torchscript-file-access", "ops.aten.from_file"), "malicious"),
        ("return ops.mine.run(x)", ("torchscript-custom-operator", "ops.mine.run"), "unknown"),
        ("return os.getenv('x')", ("torchscript-unlisted-call", "os.getenv"), "unknown"),
        ("return (", ("torchscript-syntax", "code that cannot be parsed"), "unknown"),
    ],
)
def test_operators_of_scripts(inspected: Any, code: str, expected: tuple[str, str], verdict: str) -> None:
    found = inspected(torchscript_code, scripted(code))
    assert judged(found) == [expected]
    assert found["code_scan"]["verdict"] == verdict


@pytest.mark.parametrize("code", ["return ops.torchvision.nms(x)", "return ops.prim.data(x)", "return torch.add(x, x)"])
def test_usual_operators(inspected: Any, code: str) -> None:
    assert inspected(torchscript_code, scripted(code)) == {}


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("import os\nos.system('true')", "os.system"),
        ("import os as o\no.system('true')", "os.system"),
        ("from os import system as s\ns('true')", "os.system"),
        ("import subprocess\nsubprocess.run(['true'])", "subprocess.run"),
        ("eval('1')", "eval"),
        ("__import__('os')", "__import__"),
    ],
)
def test_processes_of_packages(inspected: Any, code: str, detail: str) -> None:
    found = inspected(torchscript_code, package(code))
    assert ("torch-package-process", detail) in judged(found)
    assert found["code_scan"]["verdict"] == "malicious"


@pytest.mark.parametrize(
    "code", ["x.eval()", "model.compile()", "import re\nre.compile('x')", "import os\nos.path.join('a')"]
)
def test_harmless_calls_of_packages(inspected: Any, code: str) -> None:
    assert judged(inspected(torchscript_code, package(code))) == [("torch-package-code", "Python that the loader runs")]


def test_other_archives_with_code(inspected: Any) -> None:
    assert inspected(torchscript_code, archive({"repository/code/run.py": "import os\nos.system('make')"})) == {}


def test_too_much_code(inspected: Any) -> None:
    with pytest.raises(NotExaminable):
        inspected(torchscript_code, scripted("#" * (1 << 20)))


def test_code_that_nests_too_deeply(inspected: Any) -> None:
    for code in ("x" + ".a" * 200_000 + "()", "return " + "-" * 100_000 + "1"):
        try:
            found = inspected(torchscript_code, scripted(code))
        except NotExaminable:
            continue
        assert judged(found) in ([], [("torchscript-syntax", "code that cannot be parsed")])


def test_real_export(inspected: Any) -> None:
    found = inspected(torchscript_code, DATA / "exported.pt2")
    assert found["code_scan"] == {"verdict": "known-safe", "reason": "operators of torch only"}
    assert inspected(zip_structure, DATA / "exported.pt2") == {}


def exported(target: str, **more: str) -> bytes:
    node = {"target": target, "inputs": [], "outputs": []}
    graph = {"graph_module": {"graph": {"nodes": [{"inputs": [{"arg": {"as_graph": {"nodes": [node]}}}]}]}}}
    return archive({"m/archive_format": "pt2", "m/models/model.json": json.dumps(graph), **more})


@pytest.mark.parametrize(
    ("target", "expected", "verdict"),
    [
        ("torch.ops.aten.linear.default", [], "known-safe"),
        ("torch.ops.higher_order.cond", [], "known-safe"),
        ("_operator.add", [], "known-safe"),
        ("torch.sym_max", [], "known-safe"),
        ("torch.os.system", [("pt2-denied-target", "torch.os.system")], "malicious"),
        ("torch.ops.mine.run.default", [("pt2-custom-operator", "torch.ops.mine.run.default")], "unknown"),
        ("torch.ops.load_library", [("pt2-custom-operator", "torch.ops.load_library")], "unknown"),
        ("_operator.attrgetter.x", [("pt2-custom-operator", "_operator.attrgetter.x")], "unknown"),
        ("os.system", [("pt2-custom-operator", "os.system")], "unknown"),
    ],
)
def test_targets_of_an_export(inspected: Any, target: str, expected: list[tuple[str, str]], verdict: str) -> None:
    found = inspected(torchscript_code, exported(target))
    assert (judged(found), found["code_scan"]["verdict"]) == (expected, verdict)


def test_native_code_of_an_export(inspected: Any) -> None:
    found = inspected(torchscript_code, exported("_operator.add", **{"m/data/aotinductor/model/a.so": "x"}))
    assert judged(found) == [("pt2-native-code", "compiled code")]


@pytest.mark.parametrize("graph", ["{", "[" * 100_000])
def test_a_broken_graph_is_told(inspected: Any, graph: str) -> None:
    with pytest.raises(NotExaminable, match="a graph of torch is not JSON"):
        inspected(torchscript_code, archive({"m/archive_format": "pt2", "m/models/model.json": graph}))
