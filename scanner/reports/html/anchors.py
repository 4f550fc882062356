"""Ids of the page's elements: a finding's own id where it is harmless, a number where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SAFE: Final = re.compile(r"[A-Z]-[0-9A-Za-z-]{1,40}\Z")


def anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """A distinct anchor for each name: the name itself when it looks like ``F-0a1b``, else ``prefix-n1``, ``-n2`` ...

    ``prefix`` is a letter that begins every anchor made here, so that sections never take each other's anchors.
    """
    made: dict[str, str] = {}
    for name in names:
        if name not in made:
            harmless = _SAFE.match(name) and name.startswith(f"{prefix}-") and not name.startswith(f"{prefix}-n")
            made[name] = name if harmless else f"{prefix}-n{len(made) + 1}"
    return made
