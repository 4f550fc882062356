"""Containers that multiply: a few bytes of memo references that stand for billions of items."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.pickle.symbols import Bag, Value, children

FEWEST_SHARED_READS: Final = 40
"""Below so many reads of containers from the memo nothing can multiply far."""

LARGEST_EXPANSION: Final = 100_000_000
LARGEST_RATIO: Final = 1_000


def is_reference_bomb(value: Value, size: int) -> bool:
    """Whether a pickle of ``size`` bytes, written out without sharing, would hold excessively many items."""
    expansion = expanded_items(value)
    return expansion > LARGEST_EXPANSION and expansion > LARGEST_RATIO * size


def expanded_items(root: Value) -> int:
    """Containers and items reachable from ``root``, shared ones counted once for each way to reach them."""
    done: dict[int, int] = {}
    pending: list[tuple[Value, bool]] = [(root, False)]
    while pending:
        value, ready = pending.pop()
        if ready:
            own = len(value.items) if type(value) is Bag else 1
            done[id(value)] = 1 + own + sum(done.get(id(child), 0) for child in children(value))
        elif id(value) not in done:
            done[id(value)] = 1
            if children(value):
                pending.append((value, True))
                pending.extend((child, False) for child in children(value))
    return done[id(root)]
