"""Plain data of foreign records: shape tests that never raise, and text of bounded length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Plain: TypeAlias = bool | int | float | str | Sequence["Plain"] | Mapping[str, "Plain"] | None
"""What a YAML or JSON record holds once it is read."""

LENGTH: Final = 500
"""Characters kept of one foreign text."""


def mapping(value: Plain) -> Mapping[str, Plain]:
    """``value`` when it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Plain) -> Sequence[Plain]:
    """``value`` when it is a list, else an empty one."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def mappings(value: Plain) -> list[Mapping[str, Plain]]:
    """The mappings among the members of a list."""
    return [item for item in sequence(value) if isinstance(item, Mapping)]


def text(value: Plain, limit: int = LENGTH) -> str | None:
    """``value`` when it is a non-empty text or a number, cut to ``limit`` characters; else None."""
    if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
        return None
    return str(value)[:limit] or None


def texts(value: Plain) -> list[str]:
    """The texts of a list, or the one text that stands where a list may stand."""
    members = [value] if isinstance(value, str) else sequence(value)
    return [item for member in members if (item := text(member)) is not None]


def at(value: Plain, *keys: str) -> Plain:
    """The value found by following ``keys`` through nested mappings; None where one is absent."""
    for key in keys:
        value = mapping(value).get(key)
    return value
