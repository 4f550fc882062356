"""Weights of Flax (``.msgpack``): MessagePack whose arrays are extension values, and nothing that a loader would run.

Format: MessagePack specification (2013), ``flax.serialization`` of Flax 0.12: type 1 is an array, 2 a complex number,
3 a scalar of NumPy; each holds (shape, type, bytes) as MessagePack again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors import mapped
from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import HEAD, Blob

NAME: Final = "flax_msgpack"
VERSION: Final = "1"
VALUES: Final = 2_000_000
REASONS: Final = 1_000
DEPTH: Final = 4
"""Levels of values packed within values; Flax uses one."""
FLAX: Final = frozenset({1, 2, 3})
_ARRAYS: Final = 1
_FIXED: Final = {
    0xC0: 0,
    0xC2: 0,
    0xC3: 0,
    0xCA: 4,
    0xCB: 8,
    **{0xCC + n: 1 << n for n in range(4)},
    **{0xD0 + n: 1 << n for n in range(4)},
}
"""Bytes of the values of fixed size, by their first byte."""


def wants(blob: Blob) -> bool:
    """Whether the name says MessagePack and the content begins as a map, which is how Flax saves parameters."""
    first = blob.head[:1] or b"\0"
    return blob.name.lower().endswith(".msgpack") and (0x80 <= first[0] <= 0x8F or first[0] in (0xDE, 0xDF))


def inspect(blob: Blob) -> Evidence:
    """Verdict of one file; empty evidence when it holds no array of Flax. Raises NotExaminable for broken MessagePack."""
    builder = EvidenceBuilder(NAME)
    walk = _Walk(mapped.view(blob))
    reasons = list(walk.reasons())
    if _ARRAYS not in walk.types and not reasons:
        return builder.build()
    builder.state(blob.ref, "format", "flax", blob.location)
    state_reasons(builder, blob, reasons, f"data only: {walk.arrays} arrays")
    return builder.build()


class _Walk:
    """One pass over all values, without recursion: containers only count what is still to come."""

    def __init__(self, data: memoryview, depth: int = 0) -> None:
        self.data, self.at, self.depth = data, 0, depth
        self.types: set[int] = set()
        self.arrays = 0
        self.inside = 0

    def reasons(self) -> Iterator[Reason]:
        left, told = 1, 0
        for _ in range(VALUES):
            if left == 0:
                break
            for one in self._value():
                told += 1
                if told <= REASONS:
                    yield one
            left += self.inside - 1
            if left > len(self.data) - self.at:
                raise NotExaminable(UNREADABLE, "broken MessagePack: fewer values than it says")
        else:
            raise NotExaminable(OVER_LIMIT, f"more than {VALUES} values")
        if self.at != len(self.data):
            yield Reason("flax-trailing-bytes", "bytes behind the last value", f"byte {self.at}", "unknown")

    def _value(self) -> Iterator[Reason]:
        """Pass one value; ``inside`` is then how many values it holds."""
        self.inside = 0
        first = self._number(1)
        if first < 0x80 or first >= 0xE0:
            return
        if first < 0x90:
            self.inside = 2 * (first & 15)
        elif first < 0xA0:
            self.inside = first & 15
        elif first < 0xC0:
            self._pass(first & 31)
        elif first in _FIXED:
            self._pass(_FIXED[first])
        elif 0xC4 <= first <= 0xC6:
            yield from self._bytes(self._number(1 << first - 0xC4), "bytes")
        elif 0xC7 <= first <= 0xC9:
            yield from self._extension(self._number(1 << first - 0xC7))
        elif 0xD4 <= first <= 0xD8:
            yield from self._extension(1 << first - 0xD4)
        elif 0xD9 <= first <= 0xDB:
            self._pass(self._number(1 << first - 0xD9))
        elif first in (0xDC, 0xDD):
            self.inside = self._number(2 if first == 0xDC else 4)
        elif first in (0xDE, 0xDF):
            self.inside = 2 * self._number(2 if first == 0xDE else 4)
        else:
            raise NotExaminable(UNREADABLE, "broken MessagePack: a byte that begins no value")

    def _extension(self, size: int) -> Iterator[Reason]:
        kind, place = self._number(1), self.at
        self.types.add(kind)
        self.arrays += kind == _ARRAYS
        if kind in FLAX:
            self._pass(size)
            if self.depth >= DEPTH:
                raise NotExaminable(OVER_LIMIT, f"values nested deeper than {DEPTH}")
            for one in _Walk(self.data[place : self.at], self.depth + 1).reasons():
                yield Reason(one.code, one.detail, f"byte {place + int(one.at.removeprefix('byte '))}", one.verdict)
        else:
            yield Reason(
                "flax-extension", f"a value of type {kind}, which Flax does not know", f"byte {place}", "unknown"
            )
            yield from self._bytes(size, "an extension value")

    def _bytes(self, size: int, what: str) -> Iterator[Reason]:
        place = self.at
        self._pass(size)
        yield from opening_reasons(bytes(self.data[place : place + min(size, HEAD)]), size, f"byte {place}", what)

    def _pass(self, size: int) -> None:
        if size > len(self.data) - self.at:
            raise NotExaminable(UNREADABLE, "broken MessagePack: a length beyond the end")
        self.at += size

    def _number(self, width: int) -> int:
        self._pass(width)
        return int.from_bytes(self.data[self.at - width : self.at], "big")
