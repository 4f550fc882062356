"""Semantic versions (semver.org 2.0.0, section 11), leniently: ``v`` or ``go`` in front, missing parts are zero."""

from __future__ import annotations

import re
from typing import Any, Final

from scanner.advisories.versions.errors import InvalidVersion

_VERSION: Final = re.compile(
    r"(?P<core>\d+(?:\.\d+)*)(?:-(?P<pre>[0-9A-Za-z.-]+)|(?P<go_pre>(?:alpha|beta|rc)\d+))?", re.ASCII
)
_WORD_AND_NUMBER: Final = re.compile(r"([a-z]+)(\d+)")


def canonical(version: str) -> str:
    """The version without leading ``v`` or ``go``, without build metadata."""
    text = version.strip()
    for prefix in ("go", "v", "V"):
        text = text.removeprefix(prefix)
    return text.partition("+")[0]


def key(version: str) -> tuple[Any, ...]:
    """The sort key: numbers, then the pre-release, which sorts below its release. Raises InvalidVersion."""
    found = _VERSION.fullmatch(canonical(version))
    if found is None:
        raise InvalidVersion("not a semantic version")
    core = [int(part) for part in found["core"].split(".")]
    while core and core[-1] == 0:
        core.pop()
    return tuple(core), _pre_release_key(found["pre"], found["go_pre"])


def _pre_release_key(pre: str | None, go_pre: str | None) -> tuple[Any, ...]:
    if go_pre is not None:
        # Go releases are spelled go1.21rc2, its advisories say 1.21.0-rc.2
        pre = _WORD_AND_NUMBER.sub(r"\1.\2", go_pre)
    if pre is None:
        return (1,)
    identifiers = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split("."))
    return 0, identifiers
