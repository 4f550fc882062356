"""XGBoost models as JSON or UBJSON: a model is numbers, so that every field and every index is accounted for.

Schema: doc/model.schema of XGBoost and ``SaveModel`` of its learner, boosters and trees (1.0 to 3.2). The library follows
the indices of a tree without looking, so that one beyond the tree reads memory that is none of the model's.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from scanner.errors import NotExaminable
from scanner.inspectors.keras_objects import parse
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records import ubjson
from scanner.sources.blob import Blob

NAME: Final = "xgboost_model"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
SNAPSHOT: Final = frozenset({"Config", "Model"})
LEARNER: Final = frozenset(
    {"attributes", "feature_names", "feature_types", "gradient_booster", "learner_model_param", "objective"}
)
BOOSTERS: Final = {
    "gbtree": frozenset({"name", "model"}),
    "gblinear": frozenset({"name", "model"}),
    "dart": frozenset({"name", "gbtree", "weight_drop"}),
}
MODELS: Final = frozenset({"model", "gbtree"})
TREES: Final = frozenset({"gbtree_model_param", "trees", "tree_info", "iteration_indptr", "cats"})
LINEAR: Final = frozenset({"weights", "boosted_rounds", "param"})
PER_LEAF: Final = frozenset({"base_weights", "leaf_weights"})
"""Arrays of a tree with one number for each output of each place in it."""
PER_PLACE: Final = frozenset(
    {
        "default_left", "left_children", "right_children", "parents", "loss_changes", "split_conditions", "split_indices",
        "split_type", "sum_hessian", "leaf_child_counts",
    }
)  # fmt: skip
CATEGORIES: Final = frozenset({"categories", "categories_nodes", "categories_segments", "categories_sizes"})
TREE: Final = PER_LEAF | PER_PLACE | CATEGORIES | {"id", "tree_param"}
NO_PARENT: Final = frozenset({-1, (1 << 31) - 1})

_JSON_MARKS: Final = (b'"learner"', b'"gradient_booster"')
_UBJSON_MARKS: Final = (b"{L\0\0\0\0\0\0\0\x07learner{", b"{L\0\0\0\0\0\0\0\x06Config{L\0\0\0\0\0\0\0\x07learner{")

Place = tuple[str, str]
"""A reason code, and what was seen."""


def wants(blob: Blob) -> bool:
    """Whether the content begins as XGBoost writes UBJSON, or is JSON with keys that only its models use."""
    if blob.head.startswith(_UBJSON_MARKS):
        return True
    known = blob.content if blob.content is not None else blob.head
    # A large model may list its attributes and features before its booster.
    begins = known[:64].lstrip()[:1] == b"{" and _JSON_MARKS[0] in known
    return begins and (blob.content is None or _JSON_MARKS[1] in known)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model; empty evidence for other JSON. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    binary = blob.head.startswith(_UBJSON_MARKS)
    try:
        model: Any = ubjson.loads(view(blob)) if binary else parse(blob.read(LIMIT))
    except NotExaminable:
        if binary or all(mark in blob.head for mark in _JSON_MARKS):
            raise
        return builder.build()
    if not binary and not _is_model(model) and not (isinstance(model, dict) and _is_model(model.get("Model"))):
        return builder.build()
    builder.state(blob.ref, "format", "xgboost", blob.location)
    reasons = [Reason(code, escape(detail), "whole file", "unknown") for code, detail in _file(model)]
    state_reasons(builder, blob, reasons, "data only: every field and index accounted for")
    return builder.build()


def _is_model(value: Any) -> bool:
    """Whether a learner has a model; training parameters alone have the same keys at the top."""
    learner = value.get("learner") if isinstance(value, dict) else None
    booster = learner.get("gradient_booster") if isinstance(learner, dict) else None
    return isinstance(booster, dict) and not MODELS.isdisjoint(booster)


def _file(value: Any) -> Iterator[Place]:
    """A model, or the snapshot that a pickled booster holds: the model and its training parameters."""
    if isinstance(value, dict) and "Model" in value:
        yield from _fields(value, SNAPSHOT, "snapshot")
        if not _is_settings(value.get("Config")):
            yield "xgboost-structure", "training parameters are no mapping of numbers and texts"
        value = value["Model"]
    model = _mapping(value)
    learner = _mapping(model.get("learner"))
    yield from _fields(model, frozenset({"learner", "version"}), "model")
    yield from _fields(learner, LEARNER, "learner")
    for key in ("attributes", "learner_model_param"):
        if not _is_texts(_mapping(learner.get(key, {})).values()) or not isinstance(learner.get(key, {}), dict):
            yield "xgboost-structure", f"{key} is no mapping of texts"
    for key in ("feature_names", "feature_types"):
        if not isinstance(learner.get(key, []), list) or not _is_texts(learner.get(key, [])):
            yield "xgboost-structure", f"{key} is no list of texts"
    if not _is_settings(learner.get("objective")):
        yield "xgboost-structure", "the objective is no mapping of numbers and texts"
    features = _count(_mapping(learner.get("learner_model_param")).get("num_feature"))
    yield from _booster(_mapping(learner.get("gradient_booster")), features)


def _booster(booster: Mapping[str, Any], features: int | None) -> Iterator[Place]:
    kind = booster.get("name")
    if not isinstance(kind, str) or kind not in BOOSTERS:
        yield "xgboost-unexpected-field", f"booster {kind!s:.80}"
        return
    yield from _fields(booster, BOOSTERS[kind], "booster")
    if kind == "dart":
        yield from _array(booster.get("weight_drop"), None, "weight_drop")
        booster = _mapping(booster.get("gbtree"))
        yield from _fields(booster, BOOSTERS["gbtree"], "booster")
    model = _mapping(booster.get("model"))
    if kind == "gblinear":
        yield from _fields(model, LINEAR, "linear model")
        yield from _array(model.get("weights"), None, "weights")
        return
    yield from _fields(model, TREES, "tree model")
    trees = model.get("trees")
    if not isinstance(trees, list):
        yield "xgboost-structure", "no list of trees"
        return
    if _count(_mapping(model.get("gbtree_model_param")).get("num_trees")) != len(trees):
        yield "xgboost-structure", "number of trees"
    yield from _array(model.get("tree_info"), len(trees), "tree_info")
    rounds = model.get("iteration_indptr", [])
    if not _is_rising(rounds, len(trees)):
        yield "xgboost-structure", "iteration_indptr points beyond the trees"
    for tree in trees:
        yield from _tree(_mapping(tree), features)


def _tree(tree: Mapping[str, Any], features: int | None) -> Iterator[Place]:
    yield from _fields(tree, TREE, "tree")
    parameters = _mapping(tree.get("tree_param"))
    count = _count(parameters.get("num_nodes"))
    outputs = max(1, _count(parameters.get("size_leaf_vector")) or 0)
    if count is None or not _is_texts(parameters.values()):
        yield "xgboost-structure", "a tree without a number of places"
        return
    for key in sorted(PER_PLACE & tree.keys()):
        yield from _array(tree[key], count, key)
    for key in sorted(PER_LEAF & tree.keys()):
        yield from _array(tree[key], None if outputs > 1 else count, key)
    for key in ("left_children", "right_children", "parents"):
        if not _within(tree.get(key), -1, count, NO_PARENT if key == "parents" else frozenset()):
            yield "xgboost-index", f"{key} points beyond the tree"
    splits, left = _integers(tree.get("split_indices")), _integers(tree.get("left_children"))
    if len(splits) != count or len(left) != count:
        yield "xgboost-structure", "children or split_indices are no integers, one for each place"
    # A place without children splits nothing; a pruned one keeps a number that names no feature.
    used = {split for split, child in zip(splits, left, strict=False) if child != -1}
    if features is not None and not all(0 <= split < max(features, 1) for split in used):
        yield "xgboost-index", "split_indices names a feature that the model has not"
    held = tree.get("categories", [])
    if CATEGORIES & tree.keys():
        size = len(held) if isinstance(held, list | array) else -1
        starts, sizes = tree.get("categories_segments", []), tree.get("categories_sizes", [])
        ends = [a + b for a, b in zip(_integers(starts), _integers(sizes), strict=False)]
        fits = len(_integers(starts)) == len(_integers(sizes)) and _within([*ends, *_integers(starts)], 0, size + 1)
        if not fits or not _within(tree.get("categories_nodes", []), 0, count):
            yield "xgboost-index", "categories point beyond the tree"


def _fields(value: Mapping[str, Any], allowed: frozenset[str], where: str) -> Iterator[Place]:
    for key in sorted(value.keys() - allowed):
        yield "xgboost-unexpected-field", f"{key:.80} in the {where}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _array(value: Any, count: int | None, name: str) -> Iterator[Place]:
    numbers = isinstance(value, array) or (
        isinstance(value, list) and all(isinstance(one, int | float) for one in value)
    )
    if not numbers or (count is not None and len(value) != count):
        yield "xgboost-structure", f"{name} has another length than it should, or holds something else than numbers"


def _integers(value: Any) -> Sequence[int]:
    if isinstance(value, array):
        return value if value.typecode not in "fd" else []
    return value if isinstance(value, list) and all(type(one) is int for one in value) else []


def _within(value: Any, low: int, high: int, others: frozenset[int] = frozenset()) -> bool:
    """Whether all integers of an array lie in ``low <= x < high`` or are one of ``others``."""
    numbers = _integers(value)
    if not numbers:
        return isinstance(value, list | array) and not len(value)
    return all(low <= one < high or one in others for one in set(numbers))


def _is_rising(value: Any, last: int) -> bool:
    numbers = _integers(value)
    if not numbers:
        return isinstance(value, list | array) and not len(value)
    return numbers[0] == 0 and numbers[-1] == last and all(a <= b for a, b in pairwise(numbers))


def _is_texts(values: Any) -> bool:
    return all(isinstance(one, str) for one in values)


def _is_settings(value: Any) -> bool:
    """Whether a value is a mapping, and everything in it numbers and texts."""
    todo = [value] if isinstance(value, dict) else [object()]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
        elif not isinstance(one, str | int | float | array) and one is not None:
            return False
    return True


def _count(value: Any) -> int | None:
    """A number that XGBoost writes as text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19 else None
