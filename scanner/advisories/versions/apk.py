"""Alpine package versions (apk-tools, ``version.c``): numbers, letter, suffixes, ``-rN``.

A version is a row of tokens; where two versions differ in kind of token, the ranks below decide. After the first
number, a component with leading zeros counts them downwards, so that it orders like a fraction: 1.001 < 1.01 < 1.1.
"""

from __future__ import annotations

import re
from typing import Final

from scanner.advisories.versions.errors import InvalidVersion

_PRE_SUFFIXES: Final = ("alpha", "beta", "pre", "rc")
_POST_SUFFIXES: Final = ("cvs", "svn", "git", "hg", "p")
_SUFFIX: Final = re.compile(rf"_({'|'.join(_PRE_SUFFIXES + _POST_SUFFIXES)})(\d*)", re.ASCII)
_VERSION: Final = re.compile(rf"(\d+(?:\.\d+)*)([a-z]?)((?:{_SUFFIX.pattern})*)(?:-r(\d+))?", re.ASCII)

_PRE_SUFFIX, _END, _REVISION, _SUFFIX_NUMBER, _POST_SUFFIX, _LETTER, _NUMBER, _ZEROS = range(8)


def key(version: str) -> tuple[tuple[int, int], ...]:
    """The sort key, a row of (rank, value). Raises InvalidVersion: what apk itself rejects is not guessed."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        raise InvalidVersion("not an apk version")
    numbers, letter, suffixes, revision = found[1], found[2], found[3], found[found.re.groups]
    first, *rest = numbers.split(".")
    tokens = [(_NUMBER, int(first))]
    for component in rest:
        tokens += _component(component)
    if letter:
        tokens.append((_LETTER, ord(letter)))
    for name, number in _SUFFIX.findall(suffixes):
        tokens += _suffix(name, number)
    if revision is not None:
        tokens.append((_REVISION, int(revision)))
    return (*tokens, (_END, 0))


def _component(digits: str) -> list[tuple[int, int]]:
    """One dotted component. Both spellings share the rank of zeros, so that 1.1 and 1.01 compare by value."""
    significant = digits.lstrip("0")
    zeros = len(digits) - len(significant)
    if not zeros:
        return [(_ZEROS, int(digits))]
    return [(_ZEROS, -zeros), (_NUMBER, int(significant or 0))]


def _suffix(name: str, number: str) -> list[tuple[int, int]]:
    if name in _PRE_SUFFIXES:
        token = (_PRE_SUFFIX, _PRE_SUFFIXES.index(name))
    else:
        token = (_POST_SUFFIX, _POST_SUFFIXES.index(name))
    return [token] + ([(_SUFFIX_NUMBER, int(number))] if number else [])
