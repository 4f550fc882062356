"""CatBoost models by the real library, in both forms, and the same bent by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors import catboost_json, catboost_model
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"
PLAIN = (MODELS / "plain.cbm").read_bytes()


@pytest.mark.parametrize("kind", ["plain", "depthwise", "categorical"])
def test_models_of_the_library(inspected: Inspect, kind: str) -> None:
    for module, suffix in ((catboost_model, "cbm"), (catboost_json, "catboost.json")):
        groups = inspected(module, MODELS / f"{kind}.{suffix}", "model")
        assert (groups["format"], groups["code_scan"]["verdict"]) == ("catboost", "known-safe")


def test_processing_of_texts_is_not_read(inspected: Inspect) -> None:
    groups = inspected(catboost_model, MODELS / "text.cbm")
    assert [one["code"] for one in groups["findings"]] == ["catboost-unread-part"]


def replaced(old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new) and PLAIN.count(old) == 1
    return PLAIN.replace(old, new)


SPLITS = b"".join(number.to_bytes(4, "little") for number in (6, 0, 1, 4, 3, 2, 5))
SIZES = b"".join(number.to_bytes(4, "little") for number in (3, 2, 2, 2))


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("catboost-structure", replaced(b"FlabuffersModel_v1", b"FlabuffersModel_v9")),
        ("catboost-index", replaced(SPLITS, SPLITS[:-1] + b"\x7f")),
        ("catboost-index", replaced(SPLITS, SPLITS[:4] + b"\xff\xff\xff\xff" + SPLITS[8:])),
        ("catboost-structure", replaced(SIZES, SIZES[:4] + b"\x01\0\0\0" + SIZES[8:])),
        ("catboost-index", replaced(SIZES, SIZES[:-4] + b"\xff\xff\xff\x7f")),
        ("catboost-unread-bytes", PLAIN + b"behind the model"),
    ],
    ids=["form", "condition", "negative condition", "leaves", "tree beyond its conditions", "bytes behind"],
)
def test_what_contradicts_itself_is_told(inspected: Inspect, code: str, data: bytes) -> None:
    groups = inspected(catboost_model, data)
    assert code in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == "unknown"


def test_bytes_that_nothing_points_at(inspected: Inspect) -> None:
    size = int.from_bytes(PLAIN[4:8], "little")
    grown = PLAIN[:4] + (size + 256).to_bytes(4, "little") + PLAIN[8:] + b"hidden!!" * 32
    assert [one["code"] for one in inspected(catboost_model, grown)["findings"]] == ["catboost-unread-bytes"]


@pytest.mark.parametrize("size", [len(PLAIN) - 1, 5_000, 40])
def test_a_cut_model(inspected: Inspect, size: int) -> None:
    with pytest.raises(NotExaminable):
        inspected(catboost_model, PLAIN[:size])


def bent(change: Callable[[Any], None]) -> bytes:
    model = json.loads((MODELS / "plain.catboost.json").read_text())
    change(model)
    return json.dumps(model).encode()


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("catboost-unexpected-field", lambda m: m.update(loader="x.so")),
        ("catboost-unexpected-field", lambda m: m["oblivious_trees"][0].update(code="x")),
        ("catboost-unexpected-field", lambda m: m["oblivious_trees"][0]["splits"][0].update(call="x")),
        ("catboost-structure", lambda m: m["oblivious_trees"][0]["leaf_values"].append(1)),
        ("catboost-structure", lambda m: m["oblivious_trees"][0].update(leaf_values=["a"] * 4)),
        ("catboost-structure", lambda m: m["oblivious_trees"].append("tree")),
        ("catboost-index", lambda m: m["oblivious_trees"][0]["splits"][0].update(split_index=-5)),
    ],
)
def test_json_that_is_not_of_the_library(inspected: Inspect, code: str, change: Callable[[Any], None]) -> None:
    assert code in {one["code"] for one in inspected(catboost_json, bent(change), "m.json")["findings"]}


@pytest.mark.parametrize("text", [b'{"model_info": {}}', b'{"features_info": 1, "model_info": 2}', b'["model_info"]'])
def test_other_json_gets_no_word(inspected: Inspect, text: bytes) -> None:
    assert inspected(catboost_json, text, "m.json") == {}
