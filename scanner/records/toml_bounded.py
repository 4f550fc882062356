"""TOML of bounded size and nesting, with the lines on which the tables of an array begin."""

from __future__ import annotations

import re
import tomllib
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.records.plain import Plain

BYTES: Final = 32 << 20
KEY_PARTS: Final = 64
"""Parts of the longest dotted key: the reader of the standard library needs memory by the square of their number."""
_PART: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_LONG_KEY: Final = re.compile(rf"\.[ \t]*{_PART}(?:[ \t]*\.[ \t]*{_PART}){{{KEY_PARTS - 1}}}")


def loads(text: str) -> dict[str, Plain]:
    """The top table of a document.

    Raises NotExaminable(unreadable) for what is no TOML, NotExaminable(over_limit) for what is too large, nests too deep
    or holds what may be a key of more than :data:`KEY_PARTS` parts.
    """
    if len(text) > BYTES:
        raise NotExaminable(OVER_LIMIT, f"TOML larger than {BYTES} characters")
    if _LONG_KEY.search(text):
        raise NotExaminable(OVER_LIMIT, f"TOML with a key of more than {KEY_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise NotExaminable(OVER_LIMIT, "TOML nested too deep") from None
    except ValueError:
        raise NotExaminable(UNREADABLE, "not valid TOML") from None


def array_lines(text: str, name: str, count: int) -> list[str]:
    """``line n`` for each of the ``count`` tables ``[[name]]``; empty texts where a search finds another number."""
    header = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]\s*(?:#.*)?\Z")
    found = [f"line {number}" for number, line in enumerate(text.split("\n"), 1) if header.match(line.rstrip("\r"))]
    return found if len(found) == count else [""] * count
