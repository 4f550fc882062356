"""A mutator for JSON and YAML: one value of a document becomes another, which random bytes seldom manage."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, Final

import yaml

MARK: Final = "lading-replaced-value"
VALUES: Final = (
    "null", "true", "-1", "0.5", "1e999", "-1e999", "1" + "0" * 400, '""', '"x"', r'"\ud800"', r'"\u0000"', "[]", "{}",
    "[[1]]", '[null, {}, 1, "x"]', '{"a": {"a": 1}}', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"',
    '"../../x"', '"https://[x"', '"a@b:c/d?e#f"',
)  # fmt: skip
"""JSON texts of other types, of no finite size, at the ends of the calendar, and of no sane name."""
PLACES: Final = 2000
"""Values of a document that are looked at."""

Path = tuple[str | int, ...]


def changed(data: bytes, seed: int) -> bytes | None:
    """The document as JSON with one value replaced, the same for the same seed; None for what is neither."""
    document = _document(data)
    if document is None:
        return None
    choose = random.Random(seed)
    path = choose.choice(list(_places(document)))
    text = json.dumps(_replaced(document, path))
    return text.replace(f'"{MARK}"', choose.choice(VALUES)).encode()


def _document(data: bytes) -> dict[str, Any] | list[Any] | None:
    try:
        text = data.decode()
        try:
            found = json.loads(text)
        except ValueError:
            if b"&" in data and b"*" in data:
                return None  # written out, aliases may grow without end
            found = json.loads(json.dumps(yaml.load(text, yaml.CBaseLoader)))
    except (ValueError, TypeError, RecursionError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict | list) else None


def _places(document: Any) -> Iterator[Path]:
    """The path of every value below the document, at most :data:`PLACES`."""
    todo: list[tuple[Path, Any]] = [((), document)]
    for path, value in todo:
        yield path
        members: Any = ()
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list):
            members = enumerate(value)
        todo += [((*path, key), member) for key, member in members][: PLACES - len(todo)]


def _replaced(value: Any, path: Path) -> Any:
    if not path:
        return MARK
    if isinstance(value, dict):
        return {key: _replaced(member, path[1:]) if key == path[0] else member for key, member in value.items()}
    return [_replaced(member, path[1:]) if key == path[0] else member for key, member in enumerate(value)]
