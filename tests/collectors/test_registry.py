"""The folder of collectors and the registry hold the same modules, and each keeps the contract."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest

from scanner import collectors
from scanner.collectors.registry import COLLECTORS
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes


def test_every_module_of_the_folder_is_registered() -> None:
    folder = Path(collectors.__path__[0])
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "registry"}
    assert {module.__name__.rpartition(".")[2] for module in COLLECTORS.values()} == modules
    assert list(COLLECTORS) == sorted(COLLECTORS)


@pytest.mark.parametrize("module", COLLECTORS.values(), ids=COLLECTORS)
def test_a_collector_keeps_the_contract(module: ModuleType) -> None:
    assert module.__name__.rpartition(".")[2] == module.NAME
    assert str(module.VERSION).isdigit()
    assert inspect.get_annotations(module.wants, eval_str=True) == {"blob": Blob, "return": bool}
    assert inspect.get_annotations(module.collect, eval_str=True) == {"blob": Blob, "return": Evidence}


@pytest.mark.parametrize("module", COLLECTORS.values(), ids=COLLECTORS)
@pytest.mark.parametrize("data", [b"", b"\x00" * 5000, b"\xff\xfe" * 3000, b"\n" * 5000, b"{" * 5000], ids=range(5))
@pytest.mark.parametrize("path", ["", "a", "a.csv", "!", "x!y!z.json", "HEAD", "\udcff.yaml"])
def test_no_collector_wants_to_fail_on_odd_blobs(path: str, data: bytes, module: ModuleType) -> None:
    assert module.wants(blob_of_bytes(path, data)) in (True, False)
