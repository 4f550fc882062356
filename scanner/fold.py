"""How several statements about one evidence group become one value, as the vocabulary says for each group."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.model import Json
from scanner.vocabulary import Fields, Group, ListOf, OneOf, Type, groups_of


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _rank(kind: Type, order: str | None, value: Json) -> tuple[int, str]:
    word = value
    if order is not None and isinstance(kind, Fields) and isinstance(value, Mapping):
        kind, word = kind.members[order], value[order]
    if isinstance(kind, OneOf) and word in kind.values:
        return kind.values.index(str(word)), _text(value)
    return 0, _text(value)


def _weight(group: Group, value: Json) -> tuple[Any, str]:
    """The time or number by which the greatest value wins; equal ones are told apart by the canonical text."""
    assert isinstance(value, Mapping) and group.order is not None
    return value[group.order], _text(value)


def _worst_flag(kind: Type, values: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    assert isinstance(kind, Fields)
    good = {"exact", "hashed", "by_digest"}
    folded: dict[str, Json] = {}
    for name in kind.members:
        stated = [value[name] for value in values]
        if all(isinstance(item, bool) for item in stated):
            folded[name] = all(stated) if name in good else any(stated)
        else:
            folded[name] = min(stated, key=_text)
    return folded


def fold_group(kind: str, name: str, values: Sequence[Json]) -> Json:
    """One value out of ``values`` (at least one), whatever their order. Raises KeyError for an unknown group."""
    group = groups_of(kind)[name]
    if group.fold == "union" and isinstance(group.type, ListOf):
        return _union(group.type, group.order, values)
    if len(values) == 1:
        return values[0]
    if group.fold == "merge":
        return _merge(group.type, values)
    if group.fold == "greatest":
        return max(values, key=lambda value: _weight(group, value))
    if group.fold == "worst" and group.order is None and isinstance(group.type, Fields):
        return _worst_flag(group.type, [value for value in values if isinstance(value, Mapping)])
    return min(values, key=lambda value: _rank(group.type, group.order, value))


def _union(kind: ListOf, order: str | None, values: Sequence[Json]) -> list[Json]:
    members: dict[str, Json] = {}
    for value in values:
        assert isinstance(value, Sequence)
        for item in value:
            key = _text(item[kind.key]) if kind.key is not None and isinstance(item, Mapping) else _text(item)
            if key not in members or _rank(kind.item, order, item) < _rank(kind.item, order, members[key]):
                members[key] = item
    return [members[key] for key in sorted(members)]


def _merge(kind: Type, values: Sequence[Json]) -> Json:
    assert isinstance(kind, Fields)
    mappings = [value for value in values if isinstance(value, Mapping)]
    return {
        name: min((one for value in mappings if (one := value[name]) is not None), key=_text, default=None)
        for name in kind.members
    }
