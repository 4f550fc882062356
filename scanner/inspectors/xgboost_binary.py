"""XGBoost's old binary form (before 3.1): the sizes that its records announce must fill the file exactly.

Layout: ``LearnerModelParamLegacy``, ``GBTreeModelParam`` and ``RegTree`` of XGBoost 1.0 to 2.1, little endian. The library
follows the indices of a tree without looking.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "xgboost_binary"
VERSION: Final = "1"
MAGIC: Final = b"binf"
TREES: Final = 1_000_000
PARAMETERS, MODEL, TREE, PLACE, STATISTICS = 136, 160, 148, 20, 16
"""Bytes of the records: learner parameters, tree model, one tree, one place in it and its statistics."""
NAME_LIMIT: Final = 1 << 16


def wants(blob: Blob) -> bool:
    """Whether the content begins as the binary form does, with parameters that may be those of a model."""
    head = blob.head
    return head.startswith(MAGIC) and len(head) > 4 + PARAMETERS + 8 and int.from_bytes(head[140:148], "little") < 256


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model. Raises NotExaminable for one that is cut."""
    builder = EvidenceBuilder(NAME)
    builder.state(blob.ref, "format", "xgboost", blob.location)
    reasons = [Reason(code, escape(detail), at, "unknown") for code, detail, at in _file(view(blob))]
    state_reasons(builder, blob, reasons, "data only: every record and index accounted for")
    return builder.build()


class _Cursor:
    def __init__(self, data: memoryview) -> None:
        self.data, self.position = data, len(MAGIC)

    def take(self, size: int) -> memoryview:
        if size > len(self.data) - self.position:
            raise NotExaminable(UNREADABLE, "broken XGBoost model: a length beyond the end")
        self.position += size
        return self.data[self.position - size : self.position]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def text(self) -> str:
        length = self.number(8)
        if length > NAME_LIMIT:
            raise NotExaminable(UNREADABLE, "broken XGBoost model: a name that is too long")
        return bytes(self.take(length)).decode("utf-8", "replace")


Found = Iterator[tuple[str, str, str]]
"""A reason code, what was seen, and where."""


def _file(data: memoryview) -> Found:
    cursor = _Cursor(data)
    parameters = cursor.take(PARAMETERS).cast("I")
    features, attributes, metrics = parameters[1], parameters[3], parameters[4]
    cursor.text()
    booster = cursor.text()
    if booster not in ("gbtree", "dart", "gblinear"):
        yield "xgboost-unexpected-field", f"booster {booster:.80}", f"byte {cursor.position - len(booster)}"
        return
    if booster == "gblinear":
        cursor.take(PARAMETERS)
        cursor.take(cursor.number(8) * 4)
    else:
        yield from _trees(cursor, features)
        if booster == "dart":
            cursor.take(cursor.number(8) * 4)
    if attributes:
        for _ in range(_count(cursor)):
            cursor.text()
            cursor.text()
    if metrics:
        for _ in range(_count(cursor)):
            cursor.text()
    if cursor.position < len(data):
        yield "xgboost-structure", f"{len(data) - cursor.position} bytes behind the model", f"byte {cursor.position}"


def _count(cursor: _Cursor) -> int:
    """A number of texts, each of which takes at least the bytes of its length."""
    count = cursor.number(8)
    if count * 8 > len(cursor.data) - cursor.position:
        raise NotExaminable(UNREADABLE, "broken XGBoost model: more texts than bytes")
    return count


def _trees(cursor: _Cursor, features: int) -> Found:
    count = cursor.number(4)
    cursor.take(MODEL - 4)
    if count > TREES:
        raise NotExaminable(OVER_LIMIT, f"more than {TREES} trees")
    for _ in range(count):
        begin = cursor.position
        places = cursor.take(TREE).cast("I")[1]
        tree = cursor.take(places * PLACE).cast("i")
        cursor.take(places * STATISTICS)
        parents, left, right, splits = (tree[offset::5] for offset in range(4))
        if any(not -1 <= child < places for side in (left, right) for child in side):
            yield "xgboost-index", "a child lies beyond the tree", f"byte {begin}"
        # The highest bit says on which side a parent has its child, or which way a missing value goes.
        if any(parent != -1 and (parent & 0x7FFFFFFF) >= places for parent in parents):
            yield "xgboost-index", "a parent lies beyond the tree", f"byte {begin}"
        inner = (split for split, child in zip(splits, left, strict=True) if child != -1)
        if any((split & 0x7FFFFFFF) >= max(features, 1) for split in inner):
            yield "xgboost-index", "a tree names a feature that the model has not", f"byte {begin}"
    if count:
        cursor.take(count * 4)
