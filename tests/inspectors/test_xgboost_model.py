"""XGBoost models by the real library, and the same bent by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import xgboost_binary, xgboost_model
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"


@pytest.mark.parametrize("kind", ["tree", "pruned", "linear", "dart", "categorical"])
@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_models_of_the_library(inspected: Inspect, kind: str, suffix: str) -> None:
    groups = inspected(xgboost_model, MODELS / f"{kind}.{suffix}", "model")
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("xgboost", "known-safe")


def test_the_snapshot_inside_a_pickled_booster(inspected: Inspect) -> None:
    assert inspected(xgboost_model, MODELS / "snapshot.ubj")["code_scan"]["verdict"] == "known-safe"


def bent(change: Callable[[Any], None], name: str = "tree.json") -> bytes:
    """A real model with one change."""
    model = json.loads((MODELS / name).read_text())
    change(model)
    return json.dumps(model).encode()


def booster(model: Any) -> Any:
    return model["learner"]["gradient_booster"]["model"]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("xgboost-unexpected-field", lambda m: m.update(plugin="/tmp/x.so")),
        ("xgboost-unexpected-field", lambda m: m["learner"].update(load_library="x")),
        ("xgboost-unexpected-field", lambda m: booster(m)["trees"][1].update(path="../x")),
        ("xgboost-unexpected-field", lambda m: m["learner"]["gradient_booster"].update(name="other")),
        ("xgboost-structure", lambda m: booster(m)["gbtree_model_param"].update(num_trees="3")),
        ("xgboost-structure", lambda m: booster(m)["trees"][0]["tree_param"].update(num_nodes="999999999999")),
        ("xgboost-structure", lambda m: booster(m)["trees"][0]["tree_param"].update(num_nodes="-1")),
        ("xgboost-structure", lambda m: booster(m)["trees"][0]["split_conditions"].append(1.0)),
        ("xgboost-structure", lambda m: booster(m)["trees"][0]["base_weights"].__setitem__(0, "x")),
        ("xgboost-structure", lambda m: booster(m).update(iteration_indptr=[0, 9, 2])),
        ("xgboost-structure", lambda m: booster(m).update(trees="none")),
        ("xgboost-structure", lambda m: m["learner"]["attributes"].update(a={"b": 1})),
        ("xgboost-structure", lambda m: m["learner"].update(objective=["x"])),
        ("xgboost-index", lambda m: booster(m)["trees"][0]["left_children"].__setitem__(0, 7)),
        ("xgboost-index", lambda m: booster(m)["trees"][0]["right_children"].__setitem__(0, -2)),
        ("xgboost-index", lambda m: booster(m)["trees"][0]["parents"].__setitem__(1, 99)),
        ("xgboost-index", lambda m: booster(m)["trees"][1]["split_indices"].__setitem__(0, 4)),
        ("xgboost-structure", lambda m: booster(m)["trees"][1].update(split_indices=["x"] * 7)),
        ("xgboost-structure", lambda m: booster(m)["trees"][1].pop("left_children")),
        ("xgboost-index", lambda m: booster(m)["trees"][1].update(categories_nodes=[70])),
        ("xgboost-index", lambda m: booster(m)["trees"][1].update(categories_segments=[0], categories_sizes=[5])),
    ],
)
def test_what_contradicts_itself_is_told(inspected: Inspect, code: str, change: Callable[[Any], None]) -> None:
    groups = inspected(xgboost_model, bent(change), "model.json")
    assert code in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == "unknown"


@pytest.mark.parametrize(
    "content",
    [
        (MODELS / "parameters.json").read_bytes(),
        b'{"learner": "a person", "gradient_booster": 1}',
        b'{"learner": {"gradient_booster": {}}}',
        b'{"learner" "gradient_booster"',
        b'["learner", "gradient_booster"]',
    ],
)
def test_other_json_gets_no_word(inspected: Inspect, content: bytes) -> None:
    if content.startswith(b'{"learner" '):
        with pytest.raises(NotExaminable):
            inspected(xgboost_model, content, "x.json")
    else:
        assert inspected(xgboost_model, content, "x.json") == {}


def test_bytes_behind_ubjson(inspected: Inspect) -> None:
    with pytest.raises(NotExaminable, match="behind the value"):
        inspected(xgboost_model, (MODELS / "tree.ubj").read_bytes() + b"x")


@pytest.mark.parametrize("kind", ["tree", "linear", "dart"])
def test_the_old_binary_form(inspected: Inspect, kind: str) -> None:
    groups = inspected(xgboost_binary, MODELS / f"{kind}.deprecated")
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("xgboost", "known-safe")


TREE = 4 + 136 + 8 + len("reg:squarederror") + 8 + len("gbtree") + 160
"""Where the first tree begins in a binary model of the default objective."""


@pytest.mark.parametrize(
    ("place", "code"),
    [(TREE + 148 + 4, "xgboost-index"), (TREE + 148 + 8, "xgboost-index"), (TREE + 148, "xgboost-index")],
    ids=["left child", "right child", "parent"],
)
def test_indices_of_the_old_binary_form(inspected: Inspect, place: int, code: str) -> None:
    data = bytearray((MODELS / "tree.deprecated").read_bytes())
    data[place : place + 4] = (1_000_000).to_bytes(4, "little")
    assert code in {one["code"] for one in inspected(xgboost_binary, bytes(data))["findings"]}


def test_lengths_of_the_old_binary_form(inspected: Inspect) -> None:
    data = (MODELS / "tree.deprecated").read_bytes()
    assert inspected(xgboost_binary, data + b"more")["findings"][0]["code"] == "xgboost-structure"
    huge = bytearray(data)
    huge[TREE + 4 : TREE + 8] = b"\xff\xff\xff\x7f"
    with pytest.raises(NotExaminable, match="beyond the end"):
        inspected(xgboost_binary, bytes(huge))
