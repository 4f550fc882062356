from __future__ import annotations

import pytest

from scanner.inspectors.pickle.codes import CODE_OF_EFFECT, CODES
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.effects_data import DENIED
from scanner.inspectors.pickle.report import WORST_FIRST

EFFECTS = {
    ("os", "system"): "run",
    ("os.path", "join"): None,
    ("importlib.util", "anything"): "run",
    ("pandas.io.parsers.readers", "read_csv"): "network",
    ("pandas", "read_pickle"): "nested-load",
    ("pandasx", "read_csv"): None,
    ("numpy", "fromfile"): "file",
    ("numpy", "fromfiles"): None,
    ("anything.at.all", "system"): "run",
    ("vendored.six.moves.subprocess", "Thing"): "run",
    ("logging", "os.system"): "traversal",
    ("collections", "_sys.modules"): "traversal",
    ("x", "__init__.__globals__"): "traversal",
    ("x.__class__", "y"): "traversal",
    ("__main__", "Model"): None,
    ("__torch__.net", "Net"): None,
    ("sklearn._loss._loss", "__pyx_unpickle_CyLoss"): None,
    ("builtins", "str.format"): "indirection",
    ("mymodule", "Config.load"): None,
    ("pathlib", "Path"): None,
    ("pathlib", "Path.open"): "file",
    ("", ""): None,
}


@pytest.mark.parametrize("pair", EFFECTS)
def test_effects(pair: tuple[str, str]) -> None:
    assert effect_of(*pair) == EFFECTS[pair]


def test_every_effect_has_a_code_and_every_code_a_known_level() -> None:
    assert set(DENIED) <= set(CODE_OF_EFFECT)
    assert set(CODE_OF_EFFECT.values()) <= set(CODES)
    assert {code.level for code in CODES.values()} == set(WORST_FIRST) - {"known-safe"}


def test_the_data_has_one_colon_a_line_and_wildcards_only_at_the_end() -> None:
    for text in DENIED.values():
        for line in text.strip().splitlines():
            modules, names = line.split(":")
            assert modules.split() and names.split(), line
            assert all("*" not in word[:-1] for word in (modules + names).split()), line
