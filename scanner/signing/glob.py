"""Anchored globs over names, paths and URIs: ``*`` and ``?`` stop at ``/``, ``**`` does not; nothing else is special."""

from __future__ import annotations

import re


def matches(pattern: str, value: str) -> bool:
    """Whether the whole ``value`` fits ``pattern``; letters compare exactly.

    The time is proportional to the product of both lengths: no regular expression, so no pattern can explode.
    """
    marks: list[str] = re.findall(r"\*\*+|[\s\S]", pattern)
    reachable = [True, *[False] * len(value)]
    for mark in marks:
        if mark[0] == "*":
            crosses = len(mark) > 1
            for index, character in enumerate(value):
                if reachable[index] and (crosses or character != "/"):
                    reachable[index + 1] = True
        else:
            reachable = [
                False,
                *(
                    reachable[index] and (character == mark or (mark == "?" and character != "/"))
                    for index, character in enumerate(value)
                ),
            ]
    return reachable[-1]
