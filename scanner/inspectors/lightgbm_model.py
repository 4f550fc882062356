"""LightGBM models as text: every tree is read to its end, every index is compared with the tree it points into.

Form: ``GBDT::SaveModelToString`` and ``Tree::ToString`` of LightGBM, versions v2 to v4. The library follows the indices
of a tree without looking, and continued training takes up the parameters that the file names.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors.keras_objects import parse
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "lightgbm_model"
VERSION: Final = "1"
LINE_LIMIT: Final = 64 << 20
TREES: Final = 1_000_000
HEADER: Final = frozenset(
    {
        "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective", "feature_names",
        "feature_infos", "tree_sizes", "monotone_constraints", "average_output", "tree", "linear_tree", "sub_model",
    }
)  # fmt: skip
PER_LEAF: Final = ("leaf_value", "leaf_weight", "leaf_count", "leaf_const", "num_features", "leaf_parent")
PER_SPLIT: Final = (
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child", "internal_value",
    "internal_weight", "internal_count",
)  # fmt: skip
OTHER: Final = ("num_leaves", "num_cat", "cat_boundaries", "cat_threshold", "is_linear", "shrinkage", "leaf_coeff",
                "leaf_features", "has_categorical")  # fmt: skip
KNOWN: Final = frozenset({*PER_LEAF, *PER_SPLIT, *OTHER})
OUTSIDE: Final = frozenset(
    {"machines", "machine_list_filename", "forcedsplits_filename", "forcedbins_filename", "parser_config_file"}
)
"""Training parameters that make continued training open connections or read files of their own."""
SECTIONS: Final = ("feature_importances:", "parameters:", "end of parameters", "pandas_categorical:")

_BEGINNING: Final = re.compile(rb"tree\r?\nversion=v\d")
_PARAMETER: Final = re.compile(r"\[([\w.]{1,100}): ?(.*)\]\Z")
_IMPORTANCE: Final = re.compile(r".+=[\d.eE+-]+\Z")

Found = Iterator[tuple[str, str, str]]
"""A reason code, what was seen, and where."""


def wants(blob: Blob) -> bool:
    """Whether the content begins with the two lines that LightGBM writes and looks for."""
    return _BEGINNING.match(blob.head) is not None


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model. Raises NotExaminable for one that is cut."""
    builder = EvidenceBuilder(NAME)
    builder.state(blob.ref, "format", "lightgbm", blob.location)
    with blob.open() as stream:
        reasons = [Reason(code, escape(detail), at, "unknown") for code, detail, at in _file(_Lines(stream))]
    state_reasons(builder, blob, reasons, "data only: every line and index accounted for")
    return builder.build()


class _Lines:
    """The lines of a text, one at a time; ``position`` is the place behind the last one, ``number`` its number."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.position, self.number = stream, 0, 0

    def next(self) -> str | None:
        """The next line without its end; None behind the last one."""
        line = self._stream.readline(LINE_LIMIT)
        if not line:
            return None
        if len(line) == LINE_LIMIT:
            raise NotExaminable(OVER_LIMIT, f"a line longer than {LINE_LIMIT} bytes")
        self.position += len(line)
        self.number += 1
        return line.decode("utf-8", "replace").rstrip("\r\n")

    @property
    def at(self) -> str:
        return f"line {self.number}"


def _file(lines: _Lines) -> Found:
    header: dict[str, str] = {}
    lines.next()
    while (line := lines.next()) is not None and not line.startswith("Tree=") and line != "end of trees":
        key, _, value = line.partition("=")
        if line and key not in HEADER:
            yield "lightgbm-unexpected-line", key, lines.at
        header[key] = value
    features = _number(header.get("max_feature_idx", ""))
    sizes = header.get("tree_sizes", "").split()
    count = 0
    while line is not None and line.startswith("Tree="):
        begin, at = lines.position - len(line.encode()) - 1, lines.at
        if line != f"Tree={count}":
            yield "lightgbm-structure", "trees are not numbered one after the other", at
        line = yield from _tree(lines, features)
        end = lines.position - (len(line.encode()) + 1 if line is not None else 0)
        # The library cuts the text at these sizes and reads what then begins.
        if sizes and (count >= len(sizes) or sizes[count] != str(end - begin)):
            yield "lightgbm-structure", "tree_sizes cuts a tree elsewhere than it ends", at
        count += 1
        if count > TREES:
            raise NotExaminable(OVER_LIMIT, f"more than {TREES} trees")
    if line != "end of trees":
        raise NotExaminable(UNREADABLE, "broken LightGBM model: the trees do not end")
    if len(sizes) > count:
        yield "lightgbm-structure", "tree_sizes counts trees that are not there", "header"
    yield from _rest(lines)


def _tree(lines: _Lines, features: int | None) -> Generator[tuple[str, str, str], None, str | None]:
    """What is wrong with one tree; returns the line that follows it."""
    values: dict[str, str] = {}
    at = lines.at
    while (line := lines.next()) is not None and not line.startswith("Tree=") and line != "end of trees":
        key, _, value = line.partition("=")
        if line and (key not in KNOWN or key in values):
            yield "lightgbm-unexpected-line", key, lines.at
        elif line:
            values[key] = value
    leaves = _number(values.get("num_leaves", "")) or 0
    if leaves < 1:
        yield "lightgbm-structure", "a tree without a number of leaves", at
        return line
    for keys, count in ((PER_LEAF, leaves), (PER_SPLIT, leaves - 1)):
        for key in keys:
            found = len(values.get(key, "").split())
            if found and found != count:
                yield "lightgbm-structure", f"{key} has {found} numbers for {count} places", at
    for key in ("left_child", "right_child"):
        if not _within(values.get(key, ""), -leaves, leaves - 1):
            yield "lightgbm-index", f"{key} points beyond the tree", at
    if features is not None and not _within(values.get("split_feature", ""), 0, features + 1):
        yield "lightgbm-index", "split_feature names a feature that the model has not", at
    boundaries = values.get("cat_boundaries", "")
    if not _within(boundaries, 0, len(values.get("cat_threshold", "").split()) + 1):
        yield "lightgbm-index", "cat_boundaries points beyond the categories", at
    return line


def _rest(lines: _Lines) -> Found:
    """Importances, parameters and the categories of pandas, in this order, each at most once."""
    section = -1
    while (line := lines.next()) is not None:
        text = line.strip()
        if not text:
            continue
        started = next((place for place, name in enumerate(SECTIONS) if text.startswith(name)), -1)
        if started > section:
            section = started
            if SECTIONS[section] == "pandas_categorical:" and not _is_json(text.partition(":")[2]):
                yield "lightgbm-structure", "categories that are no JSON", lines.at
            continue
        parameter = _PARAMETER.match(text)
        if section == 1 and parameter is not None:
            if parameter[1] in OUTSIDE and parameter[2].strip():
                yield "lightgbm-outside-parameter", f"{parameter[1]}: {parameter[2]}", lines.at
        elif section != 0 or not _IMPORTANCE.match(text):
            yield "lightgbm-unexpected-line", text, lines.at


def _is_json(text: str) -> bool:
    try:
        return parse(text) is None or isinstance(parse(text), list)
    except NotExaminable:
        return False


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _within(text: str, low: int, high: int) -> bool:
    """Whether all numbers of a line are integers in ``low <= x < high``."""
    try:
        return all(len(one) < 12 and low <= int(one) < high for one in text.split())
    except ValueError:
        return False
