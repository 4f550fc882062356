"""Containers that multiply: a few bytes of memo references that stand for billions of items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scanner.inspectors.pickle.memo import Folded
from scanner.inspectors.pickle.symbols import Bag, Call, Value, children

FEWEST_SHARED_READS: Final = 40
"""Below so many reads of containers from the memo nothing can multiply far."""

LARGEST_EXPANSION: Final = 100_000_000
LARGEST_RATIO: Final = 1_000


def is_reference_bomb(value: Value, size: int) -> bool:
    """Whether a pickle of ``size`` bytes, written out without sharing, would hold excessively many items."""
    expansion = expanded_items(value)
    return expansion > LARGEST_EXPANSION and expansion > LARGEST_RATIO * size


def expanded_items(root: Value) -> int:
    """Containers and items reachable from ``root``, shared ones counted once for each way to reach them.

    At least as many as there are: what was folded counts with the bound that is known of it.
    """
    done: dict[int, int] = {}
    pending: list[tuple[Value, bool]] = [(root, False)]
    while pending:
        value, ready = pending.pop()
        if ready and type(value) is Folded:
            sizes = [(done.get(id(read), 0), count) for read, count in value.reads]
            each_way = sum(size * count for size, count in sizes)
            done[id(value)] = 1 + value.items + min(each_way, value.most * max(size for size, _ in sizes or [(0, 0)]))
        elif ready:
            own = len(value.items) if type(value) is Bag else 1
            done[id(value)] = 1 + own + sum(done.get(id(part), 0) * count for part, count in _parts(value))
        elif id(value) not in done:
            done[id(value)] = 1
            if type(value) in (Bag, Call, Folded):
                pending.append((value, True))
                pending.extend((part, False) for part, _ in _parts(value))
    return done[id(root)]


def _parts(value: Value) -> Iterable[tuple[Value, int]]:
    """The symbols in a symbol, and how often. What a Folded reads stands beside it as well, and is counted there only."""
    if type(value) is Folded:
        return value.reads
    if type(value) is Bag and value.items and type(value.items[0]) is Folded and value.items[0].reads:
        return ((value.items[0], 1),)
    return ((child, 1) for child in children(value))
