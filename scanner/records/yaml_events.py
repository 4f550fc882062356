"""YAML 1.1 without construction: every scalar stays text, no tag makes an object, size and nesting are bounded.

libyaml composes nested nodes by recursion and a deep document kills the process, so a first pass over the events, which
does not recurse, refuses what is too deep or too large before anything is composed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.records.plain import Plain

DEPTH: Final = 64
BYTES: Final = 8 << 20
EVENTS: Final = 1_000_000
ALIASES: Final = 1_000
EXPANDED: Final = 1_000_000
"""Values that a document may have once every alias is followed."""
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream: its data (scalars as text or None) and the line it begins on, from 1."""

    data: Plain
    line: int


def load_all(text: str) -> list[Document]:
    """Every document of a stream, with aliases and merge keys (``<<``) applied; of equal keys the last one is kept.

    Raises NotExaminable(unreadable) for what is no YAML, NotExaminable(over_limit) beyond the limits of this module.
    """
    if len(text) > BYTES:
        raise NotExaminable(OVER_LIMIT, f"YAML larger than {BYTES} characters")
    try:
        _refuse_excess(text)
        # types-PyYAML does not know the nodes of the C loader.
        roots: list[Any] = list(yaml.compose_all(text, Loader=yaml.CBaseLoader))
    except (yaml.YAMLError, ValueError):
        raise NotExaminable(UNREADABLE, "not valid YAML") from None
    reader = _Reader()
    return [Document(reader.plain(root), root.start_mark.line + 1) for root in roots if root is not None]


def load(text: str) -> Plain:
    """The first document; None when there is none. Raises as :func:`load_all`."""
    documents = load_all(text)
    return documents[0].data if documents else None


def _refuse_excess(text: str) -> None:
    depth = aliases = 0
    for count, event in enumerate(_events(text)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > DEPTH:
            raise NotExaminable(OVER_LIMIT, f"YAML nested deeper than {DEPTH}")
        if aliases > ALIASES or count > EVENTS:
            raise NotExaminable(OVER_LIMIT, "YAML with too many values or aliases")


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=yaml.CBaseLoader)


class _Reader:
    """Turns composed nodes into plain data; an aliased node is turned once."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[Plain, int]] = {}
        self._open: set[int] = set()

    def plain(self, node: Any) -> Plain:
        return self._value(node)[0]

    def _value(self, node: Any) -> tuple[Plain, int]:
        if isinstance(node, yaml.ScalarNode):
            # A plain scalar has no style; only then is an empty text or `~` a null.
            return (None if node.value in NULLS and not node.style else str(node.value)), 1
        key = id(node)
        if key in self._open:
            raise NotExaminable(UNREADABLE, "YAML that contains itself")
        if key not in self._done:
            self._open.add(key)
            value = self._list(node) if isinstance(node, yaml.SequenceNode) else self._mapping(node)
            self._open.discard(key)
            if value[1] > EXPANDED:
                raise NotExaminable(OVER_LIMIT, f"YAML with more than {EXPANDED} values behind aliases")
            self._done[key] = value
        return self._done[key]

    def _list(self, node: Any) -> tuple[Plain, int]:
        members = [self._value(member) for member in node.value]
        return [value for value, _ in members], 1 + sum(count for _, count in members)

    def _mapping(self, node: Any) -> tuple[Plain, int]:
        merged: dict[str, Plain] = {}
        own: dict[str, Plain] = {}
        total = 1
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue
            value, count = self._value(value_node)
            total += count
            if key_node.value == "<<" and not key_node.style:
                for source in value if isinstance(value, list) else [value]:
                    if isinstance(source, dict):
                        merged = {**source, **merged}
            else:
                own[key_node.value] = value
        return {**merged, **own}, total
