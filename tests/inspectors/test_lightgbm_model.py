"""LightGBM models by the real library, and the same bent by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import lightgbm_model
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"
TEXT = (MODELS / "categorical.lightgbm.txt").read_text()


@pytest.mark.parametrize("kind", ["categorical", "linear", "several"])
def test_models_of_the_library(inspected: Inspect, kind: str) -> None:
    groups = inspected(lightgbm_model, MODELS / f"{kind}.lightgbm.txt", "model")
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("lightgbm", "known-safe")


def test_the_same_with_the_line_ends_of_windows_is_cut_elsewhere(inspected: Inspect) -> None:
    groups = inspected(lightgbm_model, TEXT.replace("\n", "\r\n").encode())
    assert {one["code"] for one in groups["findings"]} == {"lightgbm-structure"}


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("lightgbm-unexpected-line", "num_class=1", "num_class=1\nplugin=x.so"),
        ("lightgbm-unexpected-line", "num_cat=0", "num_cat=0\nhook=x"),
        ("lightgbm-unexpected-line", "num_cat=0", "num_cat=0\nnum_cat=0"),
        ("lightgbm-unexpected-line", "[boosting: gbdt]", "import os"),
        ("lightgbm-unexpected-line", "pandas_categorical:", "something else\npandas_categorical:"),
        ("lightgbm-structure", "pandas_categorical:[", "pandas_categorical:("),
        ("lightgbm-structure", "leaf_count=33 9 9 9", "leaf_count=33 9 9"),
        ("lightgbm-structure", "num_leaves=4", "num_leaves=-4"),
        ("lightgbm-structure", "num_leaves=4", "num_leaves=400000000000000"),
        ("lightgbm-structure", "Tree=1", "Tree=7"),
        ("lightgbm-structure", "tree_sizes=", "tree_sizes=1 "),
        ("lightgbm-index", "left_child=-1 2 -2", "left_child=-1 3 -2"),
        ("lightgbm-index", "right_child=1 -3 -4", "right_child=1 -3 -5"),
        ("lightgbm-index", "split_feature=0 0 0", "split_feature=0 0 2"),
        ("lightgbm-index", "num_cat=0", "num_cat=1\ncat_boundaries=0 9\ncat_threshold=1"),
        ("lightgbm-outside-parameter", "[machines: ]", "[machines: 127.0.0.1:9]"),
        ("lightgbm-outside-parameter", "[forcedbins_filename: ]", "[forcedbins_filename: /etc/passwd]"),
    ],
)
def test_what_contradicts_itself_is_told(inspected: Inspect, code: str, before: str, after: str) -> None:
    assert before in TEXT
    groups = inspected(lightgbm_model, TEXT.replace(before, after, 1).encode())
    assert code in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == "unknown"


def test_a_file_that_ends_within_its_trees(inspected: Inspect) -> None:
    with pytest.raises(NotExaminable, match="do not end"):
        inspected(lightgbm_model, TEXT[: TEXT.index("end of trees")].encode())


def test_a_line_without_end(inspected: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightgbm_model, "LINE_LIMIT", 1 << 17)
    with pytest.raises(NotExaminable, match="line longer"):
        inspected(lightgbm_model, b"tree\nversion=v4\nfeature_names=" + b"a " * 400_000)


@pytest.mark.parametrize("text", [b"tree\n", b"tree\nversion 4\n", b"a tree\nversion=v4\n", b"tree version=v4"])
def test_other_texts_get_no_word(inspected: Inspect, text: bytes) -> None:
    assert inspected(lightgbm_model, text) == {}
