from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from scanner.inspectors.pickle.listing.classes import Listed, Refused, list_library
from scanner.inspectors.pickle.listing.files import merged
from scanner.inspectors.pickle.listing.source import Library, World
from scanner.inspectors.pickle.listing.wheels import read_wheel

SOURCE = """
import os, sys, subprocess as sp
from collections import OrderedDict, namedtuple
from .helper import run
class Plain:
    def __init__(self, a): self.a = a
class Child(Plain): pass
class Filled(OrderedDict): pass
Point = namedtuple("Point", "x y")
class Evaluates:
    def __setstate__(self, state): eval(state["text"])
class Hidden(Plain):
    def __setstate__(self, state): self.go(state)
    def go(self, state): run(state)
class Setter:
    @property
    def p(self): return 1
    @p.setter
    def p(self, value): os.system(value)
class CallsState:
    def __setstate__(self, state): self.callback(state)
class Loads:
    def __getattr__(self, name): return __import__(name)
class Dies:
    def __del__(self): sp.call(self.command)
class ActiveInit:
    def __init__(self, path): self.text = open(path).read()
class Foreign(sys.intern): pass
class Inherits(Evaluates): pass
class Nested:
    def __setstate__(self, state):
        def inner(): os.remove(state)
        inner()
class Rebuilt:
    def __reduce__(self): return rebuild, (1,)
class RebuiltBadly:
    def __reduce__(self): return rebuild_badly, (1,)
def rebuild(a): return Plain(a)
def rebuild_badly(a): return eval(a)
"""
EXPECTED = {
    "Plain": "call", "Child": "call", "Filled": "call", "Point": "call", "ActiveInit": "new", "Rebuilt": "call",
    "RebuiltBadly": "call", "rebuild": "call",
}  # fmt: skip


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thing/__init__.py", "from .core import Plain, Evaluates, os\n")
        archive.writestr("thing/core.py", SOURCE)
        archive.writestr("thing/helper.py", "import os\ndef run(x): return os.popen(x)\n")
        archive.writestr("thing/testing/tool.py", "class Tool: pass\n")
        archive.writestr("thing/broken.py", "class (:\n")
    return path


def listed(path: Path) -> list[Listed | Refused]:
    library = Library(read_wheel(path))
    return list(list_library(World([library]), library))


def test_only_what_reaches_nothing_denied_is_listed(wheel: Path) -> None:
    found = {one.name: one.how for one in listed(wheel) if isinstance(one, Listed) and one.module == "thing.core"}
    assert found == EXPECTED


def test_exports_lead_to_listed_classes_only(wheel: Path) -> None:
    assert [one.name for one in listed(wheel) if isinstance(one, Listed) and one.module == "thing"] == ["Plain"]


def test_hidden_parts_are_not_listed(wheel: Path) -> None:
    assert [one for one in listed(wheel) if "testing" in one.module and isinstance(one, Listed)] == []


def test_the_strictest_version_holds() -> None:
    old = [Listed("m", "A", "call"), Refused("m", "B", "eval"), Listed("m", "C", "call")]
    new = [Listed("m", "A", "new"), Listed("m", "B", "call"), Refused("m", "C", "base", is_source_missing=True)]
    assert merged([old, new]) == {("m", "A"): "new", ("m", "C"): "call"}


def test_a_file_with_another_name_is_no_wheel(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the name of a wheel"):
        read_wheel(tmp_path / "thing.zip")
