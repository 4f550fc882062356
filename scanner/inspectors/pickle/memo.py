"""The memo of one pickle: entries by index, and runs of entries that data wrote which was not followed one by one."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from scanner.inspectors.pickle.patterns import ENTRY, Data
from scanner.inspectors.pickle.symbols import Bag, Ref, Value

_NO_ATOM: Final = (1 << 32) - 1
_MOST_INDEXED: Final = 8_000_000
"""Entries of runs whose places are kept, four bytes each."""

_MOST_KNOWN: Final = 100_000
ABSENT: Final = object()


class Refollow(Exception):
    """The pickle has to be read again, opcode by opcode."""


class Folded:
    """Plain data that was not followed: at most ``items`` containers and items.

    ``reads`` are the symbols that it reads from the memo, each with how often at most; ``most`` bounds all together.
    """

    __slots__ = ("items", "most", "reads")

    def __init__(self, items: int, reads: tuple[tuple[Value, int], ...] = (), most: int = 0) -> None:
        self.items = items
        self.reads = reads
        self.most = most


class Run:
    """``count`` entries from index ``base`` on, written by the items ``data[start:end]`` of a fill.

    ``reads`` are the symbols that the items read from the memo, by opcode; ``classes`` those of its
    instances; ``part`` stands for any container in one of the items, once one was read.
    """

    __slots__ = ("_places", "base", "classes", "count", "end", "part", "reads", "start", "stop")

    def __init__(self, base: int, count: int, start: int, end: int) -> None:
        self.base = base
        self.count = count
        self.stop = base + count
        self.start = start
        self.end = end
        self.reads: dict[bytes, Value] = {}
        self.classes: tuple[Ref, ...] = ()
        self.part: Bag | None = None
        self._places: array[int] | None = None

    def place(self, data: Data, index: int) -> int | None:
        """The offset of the opcode that pushed the plain data kept under ``index``; None for a container."""
        if self._places is None:
            entries = ENTRY.finditer(data, self.start, self.end)
            self._places = array("I", (_NO_ATOM if one[1] is None else one.start(1) - self.start for one in entries))
        place = self._places[index - self.base]
        return None if place == _NO_ATOM else self.start + place

    def count_reads(self, opcodes: Iterable[bytes]) -> Counter[int]:
        """How often the opcodes read each of the symbols, known by its ``id``."""
        counts: Counter[int] = Counter()
        if self.reads:
            for opcode, count in Counter(opcodes).items():
                if opcode in self.reads:
                    counts[id(self.reads[opcode])] += count
        return counts

    @property
    def indexed(self) -> bool:
        """Whether the places of the entries are known already."""
        return self._places is not None


class Memo:
    """What PUT and MEMOIZE kept.

    ``in_order`` is true while every entry was written once, under the next free index, as all picklers do; only then
    can runs be added. Entries in order lie in a list, beside the few that were read: most entries never are.
    """

    __slots__ = ("_bases", "_before", "_indexed", "_listed", "_runs", "in_order", "known", "size")

    def __init__(self) -> None:
        self.size = 0
        self.in_order = True
        self.known: dict[int, Value] = {}
        self._listed: list[Value] = []
        self._runs: list[Run] = []
        self._bases: list[int] = []
        self._before: list[int] = []
        self._indexed = 0

    def __len__(self) -> int:
        """Values held, not counting those of runs."""
        return len(self._listed) + (0 if self.in_order else len(self.known))

    def add(self, value: Value) -> None:
        """Keep ``value`` under the next index, as MEMOIZE does."""
        if self.in_order:
            self._listed.append(value)
            self.size += 1
        else:
            self.put(self.size, value)

    def put(self, index: int, value: Value) -> None:
        """Keep ``value`` under ``index``."""
        if index == self.size and self.in_order:
            self._listed.append(value)
            self.size += 1
            return
        self.in_order = False
        self.size += index not in self.known and self.run(index) is None and self.listed(index) is ABSENT
        self.known[index] = value

    def add_run(self, run: Run) -> None:
        """Keep the entries of ``run``, which begins at the next index."""
        self._runs.append(run)
        self._bases.append(run.base)
        self._before.append(len(self._listed))
        self.size += run.count

    def run(self, index: int) -> Run | None:
        """The run that wrote the entry under ``index``."""
        number = bisect_right(self._bases, index) - 1
        return self._runs[number] if number >= 0 and index < self._runs[number].stop else None

    def listed(self, index: int) -> Value:
        """The entry under ``index`` that was written in order and by no run, else ABSENT."""
        number = bisect_right(self._bases, index) - 1
        if number >= 0:
            index += self._before[number] - self._runs[number].stop
        return self._listed[index] if index < len(self._listed) else ABSENT

    def place(self, data: Data, run: Run, index: int) -> int | None:
        """See :meth:`Run.place`. Raises Refollow when the places of too many entries would have to be kept."""
        if not run.indexed:
            self._indexed += run.count
            if self._indexed > _MOST_INDEXED:
                raise Refollow
        return run.place(data, index)

    def remember(self, index: int, value: Value) -> None:
        """Have an entry that was read at hand for the next time."""
        if len(self.known) < _MOST_KNOWN:
            self.known[index] = value

    def copy(self, copies: Mapping[int, Value]) -> Memo:
        """The same entries with each value replaced by the copy of it that is listed under its ``id``."""
        other = Memo()
        other.known = {index: copies[id(value)] for index, value in self.known.items()}
        other.size, other.in_order, other._indexed = self.size, self.in_order, self._indexed
        other._listed = [copies[id(value)] for value in self._listed]
        other._runs, other._bases, other._before = list(self._runs), list(self._bases), list(self._before)
        return other

    def values(self) -> Iterable[Value]:
        """Every value held, not counting those of runs."""
        yield from self._listed
        yield from self.known.values()
