"""The scanners that are compared: how each is run, and how its answer is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Answer = Literal["flagged", "clean", "error"]


@dataclass(frozen=True, slots=True)
class Peer:
    """One scanner: the distribution that brings it, its console script with arguments, and the reading of its answer."""

    name: str
    distribution: str
    script: str
    arguments: tuple[str, ...]
    read: Callable[[int | None, str], Answer]
    reads_folders: bool = True


def _modelscan(code: int | None, text: str) -> Answer:
    """Its exit code hides issues behind errors, so that the count that it prints decides."""
    if re.search(r"Total Issues: [1-9]", text):
        return "flagged"
    return "clean" if code in (0, 3) else "error"


def _picklescan(code: int | None, text: str) -> Answer:
    if re.search(r"Infected files: [1-9]|Dangerous globals: [1-9]", text):
        return "flagged"
    return "clean" if code == 0 else "error"


def _fickling(code: int | None, text: str) -> Answer:
    return {0: "clean", 1: "flagged"}.get(-1 if code is None else code, "error")  # type: ignore[return-value]


PEERS: Final = (
    Peer("modelscan", "modelscan", "modelscan", ("-p",), _modelscan),
    Peer("picklescan", "picklescan", "picklescan", ("-p",), _picklescan),
    Peer("picklescan --strict", "picklescan", "picklescan", ("--strict", "-p"), _picklescan),
    Peer(
        "fickling",
        "fickling",
        "fickling",
        ("--check-safety", "--json-output", "/dev/null"),
        _fickling,
        reads_folders=False,
    ),
)
