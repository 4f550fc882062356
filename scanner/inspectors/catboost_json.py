"""CatBoost models as JSON: only the fields that CatBoost writes, and in the trees nothing but numbers.

Form: catboost/libs/model/model_export/json_model_helpers.cpp of CatBoost 1.2. ``model_info`` holds texts of its maker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scanner.errors import NotExaminable
from scanner.inspectors.keras_objects import parse
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "catboost_json"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
TREES: Final = ("oblivious_trees", "trees")
FIELDS: Final = frozenset({*TREES, "features_info", "model_info", "scale_and_bias", "ctr_data"})
TREE: Final = frozenset({"leaf_values", "leaf_weights", "splits", "split", "left", "right", "value", "weight"})
SPLIT: Final = frozenset(
    {
        "border",
        "float_feature_index",
        "split_index",
        "split_type",
        "cat_feature_index",
        "value",
        "ctr_target_border_idx",
    }
)
INDICES: Final = frozenset({"float_feature_index", "split_index", "cat_feature_index", "ctr_target_border_idx"})

_MARKS: Final = (b'"features_info"', b'"model_info"')


def wants(blob: Blob) -> bool:
    """Whether the content is a JSON object with the names that CatBoost gives its parts."""
    known = blob.content if blob.content is not None else blob.head
    return known[:64].lstrip()[:1] == b"{" and any(mark in known for mark in _MARKS)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model; empty evidence for other JSON. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    try:
        model: Any = parse(blob.read(LIMIT))
    except NotExaminable:
        if b'"float_features"' in blob.head or b'"categorical_features"' in blob.head:
            raise
        return builder.build()
    if not isinstance(model, dict) or "features_info" not in model or not any(key in model for key in TREES):
        return builder.build()
    builder.state(blob.ref, "format", "catboost", blob.location)
    reasons = [Reason(code, escape(detail), "whole file", "unknown") for code, detail in _file(model)]
    state_reasons(builder, blob, reasons, "data only: every field accounted for")
    return builder.build()


def _file(model: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in sorted(model.keys() - FIELDS):
        yield "catboost-unexpected-field", f"{key:.80} in the model"
    if not isinstance(model["features_info"], dict) or not isinstance(model.get("model_info", {}), dict):
        yield "catboost-structure", "features or information are no mapping"
    for key in TREES:
        trees = model.get(key, [])
        if not isinstance(trees, list):
            yield "catboost-structure", f"{key} is no list"
            continue
        for tree in trees:
            yield from _tree(tree)


def _tree(tree: Any) -> Iterator[tuple[str, str]]:
    todo = [tree]
    while todo:
        one = todo.pop()
        if not isinstance(one, dict):
            yield "catboost-structure", "a tree that is no mapping"
            continue
        for key in sorted(one.keys() - TREE):
            yield "catboost-unexpected-field", f"{key:.80} in a tree"
        splits, values, weights = one.get("splits") or [], one.get("leaf_values", []), one.get("leaf_weights", [])
        if not isinstance(splits, list) or not _is_numbers(values) or not _is_numbers(weights):
            yield "catboost-structure", "a tree holds something else than numbers"
        elif len(splits) > 31 or len(values) % (1 << len(splits)):
            yield "catboost-structure", "number of leaves"
        else:
            for split in (*splits, *([one["split"]] if "split" in one else [])):
                yield from _split(split)
        todo += [one[side] for side in ("left", "right") if side in one]


def _split(split: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(split, dict):
        yield "catboost-structure", "a condition that is no mapping"
        return
    for key in sorted(split.keys() - SPLIT):
        yield "catboost-unexpected-field", f"{key:.80} in a condition"
    if any(type(split[key]) is not int or split[key] < 0 for key in INDICES & split.keys()):
        yield "catboost-index", "a condition with an index that is no natural number"


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, int | float) for one in value)
