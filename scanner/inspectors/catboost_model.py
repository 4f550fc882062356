"""CatBoost models (``.cbm``): a FlatBuffer of trees and features, and the parts that follow it.

Schema: catboost/libs/model/flatbuffers/model.fbs, features.fbs and ctr_data.fbs of CatBoost 1.2.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from scanner.errors import UNREADABLE, NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.flatbuffer import Buffer, Table
from scanner.sources.blob import Blob

NAME: Final = "catboost_model"
VERSION: Final = "1"
MAGIC: Final = b"CBM1"
FORMAT: Final = "FlabuffersModel_v1"
COUNTERS: Final = "static_provider_v1"

TREES, INFO, PARTS = 1, 2, 3
"""Fields of ``TModelCore``."""
DIMENSION, SPLITS, SIZES, STARTS, LEAVES, WEIGHTS, STEPS, LEAF_OF_STEP, BIAS, BINS = 0, 1, 2, 3, 8, 9, 10, 11, 16, 17
"""Fields of ``TModelTrees`` that are numbers; the others are kinds of features."""
CAT, FLOAT, ONE_HOT, CTR, TEXT, ESTIMATED, EMBEDDING = 4, 5, 6, 7, 12, 13, 18


def wants(blob: Blob) -> bool:
    """Whether the content begins as the binary form does."""
    return blob.head.startswith(MAGIC) and blob.size > 8


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model. Raises NotExaminable for one that is cut or broken."""
    builder = EvidenceBuilder(NAME)
    builder.state(blob.ref, "format", "catboost", blob.location)
    reasons = [Reason(code, escape(detail), at, "unknown") for code, detail, at in _file(view(blob))]
    state_reasons(builder, blob, reasons, "data only: every table and index accounted for")
    return builder.build()


def _file(data: memoryview) -> Iterator[tuple[str, str, str]]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise NotExaminable(UNREADABLE, "broken CatBoost model: shorter than its core")
    core = Buffer(data[8:end])
    root = core.root()
    if root.text(0) != FORMAT:
        yield "catboost-structure", f"form {root.text(0):.80}", "core"
    for entry in root.tables(INFO):
        entry.text(0)
        entry.text(1)
    trees = root.table(TREES)
    if trees is None:
        raise NotExaminable(UNREADABLE, "broken CatBoost model: no trees")
    yield from _trees(trees)
    parts = root.texts(PARTS)
    for place, part in core.unread():
        yield "catboost-unread-bytes", f"{len(part)} bytes that belong to nothing", f"byte {place + 8}"
    for name in parts:
        if name.rstrip("\0") != COUNTERS:
            yield "catboost-unread-part", f"part {name:.80}", f"byte {end}"
            return
        end = yield from _counters(data, end)
    if end != len(data):
        yield "catboost-unread-bytes", f"{len(data) - end} bytes behind the last part", f"byte {end}"


def _trees(trees: Table) -> Iterator[tuple[str, str, str]]:
    splits, sizes, starts = (_integers(trees, field) for field in (SPLITS, SIZES, STARTS))
    conditions = _conditions(trees)
    dimension = max(1, trees.number(DIMENSION, 4, 1, signed=True))
    leaves = len(trees.vector(LEAVES, 8)) // 8
    for field, width in ((WEIGHTS, 8), (BIAS, 8), (BINS, 4)):
        trees.vector(field, width)
    steps, leaf_of_step = trees.vector(STEPS, 4).cast("H"), trees.vector(LEAF_OF_STEP, 4).cast("I")
    ends = (start + size for start, size in zip(starts, sizes, strict=False))
    if len(sizes) != len(starts) or not all(0 <= end <= len(splits) for end in ends) or any(n < 0 for n in starts):
        yield "catboost-index", "trees point beyond their conditions", "trees"
    elif not len(steps):
        if any(not 0 <= size <= 31 for size in sizes) or sum(1 << size for size in sizes) * dimension != leaves:
            yield "catboost-structure", "number of leaves", "trees"
    else:
        if len(steps) != 2 * len(splits) or len(leaf_of_step) != len(splits):
            yield "catboost-structure", "number of steps", "trees"
        elif any(place // 2 + step >= len(splits) for place, step in enumerate(steps)):
            yield "catboost-index", "a step leads beyond the trees", "trees"
        if any(leaf >= leaves and leaf != 0xFFFFFFFF for leaf in leaf_of_step):
            yield "catboost-index", "a step leads to a leaf that is not there", "trees"
    if any(not 0 <= split < max(conditions, 1) for split in splits):
        yield "catboost-index", "a tree names a condition that the model has not", "trees"


def _integers(table: Table, field: int) -> memoryview:
    return table.vector(field, 4).cast("i")


def _conditions(trees: Table) -> int:
    """Number of conditions that the features give: borders, and values of categories."""
    for field in (CAT, TEXT, EMBEDDING):
        for feature in trees.tables(field):
            feature.text(2)
    count = 0
    for feature in trees.tables(FLOAT):
        feature.text(4)
        count += len(feature.vector(3, 4)) // 4
    for feature in trees.tables(ONE_HOT):
        feature.texts(2)
        count += len(feature.vector(1, 4)) // 4
    for feature in trees.tables(CTR):
        counter = feature.table(0)
        if counter is not None:
            _counter(counter.table(0))
        count += len(feature.vector(1, 4)) // 4
    return count + sum(len(feature.vector(3, 4)) // 4 for feature in trees.tables(ESTIMATED))


def _counter(base: Table | None) -> None:
    """Read the description of one counter, so that it is accounted for."""
    combination = base.table(0) if base is not None else None
    if combination is not None:
        for field, width in ((0, 4), (1, 8), (2, 8)):
            combination.vector(field, width)


def _counters(data: memoryview, position: int) -> Generator[tuple[str, str, str], None, int]:
    """What is wrong with the tables of counters; returns the place behind them."""
    count = _length(data, position)
    position += 4
    for _ in range(count):
        size = _length(data, position)
        table = Buffer(data[position + 4 : position + 4 + size])
        if size > len(table.data):
            raise NotExaminable(UNREADABLE, "broken CatBoost model: a counter beyond the end")
        root = table.root()
        _counter(root.table(0))
        for field in (1, 2):
            root.vector(field, 1)
        for place, part in table.unread():
            yield "catboost-unread-bytes", f"{len(part)} bytes that belong to nothing", f"byte {position + 4 + place}"
        position += 4 + size
    return position


def _length(data: memoryview, position: int) -> int:
    if position + 4 > len(data):
        raise NotExaminable(UNREADABLE, "broken CatBoost model: shorter than its parts")
    return int.from_bytes(data[position : position + 4], "little")
