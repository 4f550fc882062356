"""Debian package versions (Debian Policy, section 5.6.12; deb-version(7))."""

from __future__ import annotations

import re
from typing import Any, Final

from scanner.advisories.versions.errors import InvalidVersion

_VERSION: Final = re.compile(
    r"(?:(?P<epoch>\d+):)?(?P<upstream>[A-Za-z0-9.+~:_-]*?)(?:-(?P<revision>[A-Za-z0-9.+~_]*))?", re.ASCII
)
_PARTS: Final = re.compile(r"(\D*)(\d*)", re.ASCII)
_END: Final = ((0,), 0)
"""What follows the last part: an empty word and the number zero, so that ``~`` sorts below it and letters above."""


def canonical(version: str) -> str:
    """The version without an epoch of zero."""
    return version.strip().removeprefix("0:")


def key(version: str) -> tuple[Any, ...]:
    """The sort key: epoch, upstream version, revision; a missing revision equals ``0``. Raises InvalidVersion."""
    found = _VERSION.fullmatch(version.strip())
    if found is None or not version.strip():
        raise InvalidVersion("not a Debian version")
    return int(found["epoch"] or 0), _part_key(found["upstream"]), _part_key(found["revision"] or "")


def _part_key(text: str) -> tuple[Any, ...]:
    parts = [(_word_key(word), int(number or 0)) for word, number in _PARTS.findall(text) if word or number]
    if not parts:
        parts = [_END]
    return (*parts, _END)


def _word_key(word: str) -> tuple[int, ...]:
    return (*map(_rank, word), 0)


def _rank(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
