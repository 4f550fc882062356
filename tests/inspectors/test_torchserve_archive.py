"""Archives by torch-model-archiver, and the same members as tar."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import NotExaminable
from scanner.inspection import inspect_paths
from scanner.inspectors import torchserve_archive
from scanner.inspectors.python_text import SOURCE_LIMIT
from tests.inspectors.conftest import Inspect
from tests.test_examine import graph_of

DATA = Path(__file__).parent / "data"
MANIFEST = {"MAR-INF/MANIFEST.json": "{}"}


def zipped(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


def tarred(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return stream.getvalue()


def packed(members: dict[str, str]) -> bytes:
    return gzip.compress(tarred(members), mtime=0)


def codes(groups: dict[str, Any]) -> set[str]:
    return {one["code"] for one in groups.get("findings", ())}


def test_real_archives(inspected: Inspect) -> None:
    assert inspected(torchserve_archive, DATA / "plain.mar") == {}
    groups = inspected(torchserve_archive, DATA / "own.mar")
    assert (groups["code_scan"]["verdict"], codes(groups)) == ("unknown", {"mar-handler-code"})


@pytest.mark.parametrize("pack", [zipped, tarred, packed])
@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"handler.py": "import os\nos.system('true')\n"}, {"mar-handler-code", "code-starts-process"}),
        ({"requirements.txt": "--extra-index-url https://127.0.0.1:9/\nx"}, {"mar-requirements"}),
        ({"requirements.txt": "-i http://127.0.0.1:9/\nx"}, {"mar-requirements"}),
        ({"my_requirements.txt": "x\ny @ https://127.0.0.1:9/y.whl"}, {"mar-requirements"}),
        ({"requirements.txt": "git+https://127.0.0.1:9/y"}, {"mar-requirements"}),
        ({"requirements.txt": "numpy==2.0  # from https://127.0.0.1:9/\n"}, set()),
    ],
)
def test_what_torchserve_would_run(inspected: Inspect, pack: Any, members: dict[str, str], expected: set[str]) -> None:
    assert codes(inspected(torchserve_archive, pack(members | MANIFEST))) == expected
    assert inspected(torchserve_archive, pack(members)) == {}


def test_a_second_member_of_the_same_name_hides_nothing(inspected: Inspect) -> None:
    first = tarred({"handler.py": "import os\nos.system('true')\n"} | MANIFEST)
    content = first.rstrip(b"\0") + bytes(-len(first.rstrip(b"\0")) % 512) + tarred({"handler.py": "x = 1\n"})
    assert "code-starts-process" in codes(inspected(torchserve_archive, content))


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_too_much_code_is_told(inspected: Inspect, pack: Any) -> None:
    members = MANIFEST | {"handler.py": "#" * (SOURCE_LIMIT + 1)}
    with pytest.raises(NotExaminable, match="too much code"):
        inspected(torchserve_archive, pack(members))


def test_a_cut_archive_is_told(inspected: Inspect) -> None:
    with pytest.raises(NotExaminable, match="cannot be read"):
        inspected(torchserve_archive, packed(MANIFEST | {"handler.py": "x = 1\n" * 500})[:-60])


def test_the_names_of_the_members_tell_the_format(tmp_path: Path) -> None:
    archives = {
        "served.tar.gz": packed(MANIFEST | {"handler.py": "def handle(d, c):\n    return d\n"}),
        "plain.tar.gz": packed({"handler.py": "x = 1\n"}),
        "speech.nemo": tarred({"model_config.yaml": "sample_rate: 16000\n", "model_weights.ckpt": "x"}),
        "config.tar": tarred({"model_config.yaml": "sample_rate: 16000\n"}),
    }
    for name, content in archives.items():
        (tmp_path / name).write_bytes(content)
    graph = graph_of(tmp_path)
    told = {name: graph.artifact(graph.at(name)[0]).groups["format"] for name in archives}
    assert told == {"served.tar.gz": "mar", "plain.tar.gz": "tar+gzip", "speech.nemo": "nemo", "config.tar": "tar"}


def test_a_nemo_archive_is_as_bad_as_its_members(tmp_path: Path) -> None:
    hostile = {"model_config.yaml": "x:\n  _target_: os.system\n", "model_weights.ckpt": "weights"}
    (tmp_path / "hostile.nemo").write_bytes(tarred(hostile))
    said = {one.path: (one.format, one.verdict) for one in inspect_paths([tmp_path], 1)}
    assert said["hostile.nemo"] == ("nemo", "malicious")
