"""The answer of the pickle analyser: frozen data, ready to be cached and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from scanner.inspectors.pickle.symbols import Listing

Verdict: TypeAlias = Literal["malicious", "not-examined", "unknown", "known-safe"]

WORST_FIRST: Final[tuple[Verdict, ...]] = ("malicious", "not-examined", "unknown", "known-safe")
"""The order in which verdicts win when several are combined."""

LONGEST_DETAIL: Final = 200


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why a verdict is not known-safe. ``code`` is a key of ``codes.CODES``; ``offset`` counts bytes from the start."""

    offset: int
    code: str
    detail: str
    effect: str


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One class, function or value that loading would import; ``offset`` is where it was first named.

    ``how`` is the strongest use seen: ``call`` (called or instantiated), ``build`` (changed), else ``ref``.
    """

    module: str
    name: str
    offset: int
    how: Literal["ref", "call", "build"]
    judged: Listing


@dataclass(frozen=True, slots=True)
class PickleReport:
    """Everything learned about one stream of pickles.

    ``opcodes`` is None when data was skipped by pattern and therefore not counted; ``protocol`` is the highest one
    announced, None without a PROTO opcode. ``bytes_examined`` counts the bytes that a parse accounted for.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    references: tuple[Reference, ...]
    pickles: int
    bytes_examined: int
    bytes_total: int
    opcodes: int | None
    protocol: int | None


def escape(text: str) -> str:
    """Foreign text as printable ASCII of at most :data:`LONGEST_DETAIL` characters."""
    shown = ascii(text[: LONGEST_DETAIL + 1])[1:-1]
    return shown if len(shown) <= LONGEST_DETAIL else shown[: LONGEST_DETAIL - 3] + "..."
