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
class Fetches:
    def __setstate__(self, state):
        keep = self.keep
        keep(state)
    def keep(self, state): self.state = state
class FetchesWhatTheStateSet:
    def __setstate__(self, state):
        callback = getattr(self, "callback", None)
        callback(state)
class FetchesAndForgets:
    def __setstate__(self, state):
        keep = self.keep
        keep = state
        keep(state)
    def keep(self, state): self.state = state
class FetchesBadly:
    def __setstate__(self, state):
        call = state.popen
        call(state)
class Maps:
    def __setstate__(self, state):
        xp = state[0]
        self.arrays = list(map(xp.asarray, state))
class MapsBadly:
    def __setstate__(self, state):
        first = state[0]
        self.arrays = list(map(first.popen, state))
class RebuiltBadly:
    def __reduce__(self): return rebuild_badly, (1,)
def rebuild(a): return Plain(a)
def rebuild_badly(a): return eval(a)
"""
EXPECTED = {
    "Plain": "call", "Child": "call", "Filled": "call", "Point": "call", "ActiveInit": "new", "Rebuilt": "call",
    "RebuiltBadly": "call", "rebuild": "call", "Fetches": "call", "Maps": "call",
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


HOMES = """
import os
from thing.helper import set_module
@set_module("thing")
class Moved: pass
@set_module("thing.api")
class MovedDeep:
    def __init__(self, path): self.text = open(path).read()
class Says:
    __module__ = "thing.api"
@set_module("os")
class Claims: pass
@set_module("thing.api")
class Evaluates:
    def __setstate__(self, state): eval(state)
@set_module(os.environ["HOME"])
class Computed: pass
"""


def test_a_class_is_listed_under_the_module_that_it_gives_itself(tmp_path: Path) -> None:
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thing/__init__.py", "")
        archive.writestr("thing/core.py", HOMES)
    entries = merged([listed(path)])
    assert {key: how for key, how in entries.items() if key[0] != "thing.core"} == {
        ("thing", "Moved"): "call",
        ("thing.api", "MovedDeep"): "new",
        ("thing.api", "Says"): "call",
    }
    assert ("thing.api", "Evaluates") in {(one.module, one.name) for one in listed(path) if isinstance(one, Refused)}


def test_nothing_denied_is_listed_whatever_found_it() -> None:
    assert merged([[Listed("os", "Thing", "call"), Listed("thing", "eval", "new"), Listed("thing", "A", "new")]]) == {
        ("thing", "A"): "new"
    }


def test_the_strictest_version_holds() -> None:
    old = [Listed("m", "A", "call"), Refused("m", "B", "eval"), Listed("m", "C", "call")]
    new = [Listed("m", "A", "new"), Listed("m", "B", "call"), Refused("m", "C", "base", is_source_missing=True)]
    assert merged([old, new]) == {("m", "A"): "new", ("m", "C"): "call"}


def test_a_file_with_another_name_is_no_wheel(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the name of a wheel"):
        read_wheel(tmp_path / "thing.zip")
