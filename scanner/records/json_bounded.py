"""JSON (RFC 8259) with bounded size and nesting, without NaN and Infinity."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.records.plain import Plain

DEPTH: Final = 64


def loads(text: str, depth: int = DEPTH) -> Plain:
    """The value of a JSON text; of equal keys the last one is kept.

    Raises NotExaminable(unreadable) for what is no JSON, NotExaminable(over_limit) when it nests deeper than ``depth``.
    """
    try:
        value: Plain = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise NotExaminable(OVER_LIMIT, f"JSON nested deeper than {depth}") from None
    except ValueError:
        raise NotExaminable(UNREADABLE, "not valid JSON") from None
    _refuse_depth(value, depth)
    return value


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _refuse_depth(value: Plain, depth: int) -> None:
    level = _containers([value])
    for _ in range(depth):
        if not level:
            return
        level = _containers(
            [member for item in level for member in (item.values() if isinstance(item, dict) else item)]
        )
    if level:
        raise NotExaminable(OVER_LIMIT, f"JSON nested deeper than {depth}")


def _containers(values: list[Plain]) -> list[dict[str, Plain] | list[Plain]]:
    return [value for value in values if isinstance(value, dict | list)]
