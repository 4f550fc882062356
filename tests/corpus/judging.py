"""Verdicts of written items, through the entry that ``lading inspect`` uses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scanner.inspection import VERDICTS, Inspected, inspect_paths

JOBS = 2


def inspected(root: Path) -> dict[str, list[Inspected]]:
    """Everything that was said of each item, by the name of its folder below ``root``."""
    found: dict[str, list[Inspected]] = {}
    for one in inspect_paths([root], JOBS):
        found.setdefault(_folder(one.path), []).append(one)
    return found


def worst(said: Iterable[Inspected]) -> str:
    """The worst verdict about an item; ``none`` when nothing was said of it."""
    return min((one.verdict for one in said), key=VERDICTS.index, default="none")


def _folder(path: str) -> str:
    return path.partition("!")[0].partition("/")[0]
