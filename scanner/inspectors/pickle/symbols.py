"""What the symbolic machine keeps on its stack instead of objects.

Short plain data (``None``, bool, int, float, str, bytes) stands for itself; everything else is one of these symbols.
Nothing here has behaviour beyond holding its parts: no symbol ever becomes the object that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

Value: TypeAlias = object
Listing: TypeAlias = Literal["denied", "unknown", "safe"]

LONGEST_NAME: Final = 1024
"""Characters of the longest module or attribute name that is believed to be one."""

KEPT_ITEMS: Final = 64
"""A container keeps its first items only; beyond that it keeps symbols, which alone can matter."""


class Opaque:
    """Data that is not kept: a long string, a buffer, a persistent object; ``data[start:end]`` where it has a place."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


OPAQUE: Final = Opaque(0, 0)


class Ref:
    """A reference to ``module.name``, as named by GLOBAL, STACK_GLOBAL or INST."""

    __slots__ = ("how", "listing", "module", "name", "offset")

    def __init__(self, module: str, name: str, offset: int, listing: Listing) -> None:
        self.module = module
        self.name = name
        self.offset = offset
        self.listing: Listing = listing
        self.how: Literal["ref", "call", "build"] = "ref"


class Bag:
    """A tuple, list, dict or set. A dict holds keys and values in turn.

    ``complete`` is false once items were dropped; a dict drops whole pairs, other positions then mean nothing any more.
    """

    __slots__ = ("complete", "items", "kind")

    def __init__(self, kind: Literal["tuple", "list", "dict", "set"], items: list[Value] | None = None) -> None:
        self.kind = kind
        self.items: list[Value] = []
        self.complete = True
        if items:
            self.extend(items)

    def extend(self, items: list[Value]) -> None:
        """Add items; beyond the first :data:`KEPT_ITEMS` only symbols, and dict entries with one or with a private key."""
        if len(self.items) + len(items) <= KEPT_ITEMS:
            self.items += items
            return
        self.complete = False
        room = max(0, KEPT_ITEMS - len(self.items)) // 2 * 2
        self.items += items[:room]
        if self.kind == "dict":
            for key, value in zip(items[room::2], items[room + 1 :: 2], strict=False):
                if type(key) in _SYMBOLS or type(value) in _SYMBOLS or (type(key) is str and key.startswith("_")):
                    self.items += (key, value)
        else:
            self.items += [item for item in items[room:] if type(item) in _SYMBOLS]

    def get(self, key: str) -> Value:
        """The last value stored under ``key`` of a dict, or None; looks at kept items only."""
        found: Value = None
        for position in range(0, len(self.items) - 1, 2):
            if self.items[position] == key:
                found = self.items[position + 1]
        return found


class Call:
    """The result of calling or instantiating ``callee``; ``state`` is what BUILD gave it last."""

    __slots__ = ("args", "callee", "state")

    def __init__(self, callee: Value, args: Value) -> None:
        self.callee = callee
        self.args = args
        self.state: Value = None

    def is_of(self, module: str, name: str) -> bool:
        """Whether this is a direct call of ``module.name``."""
        return type(self.callee) is Ref and self.callee.module == module and self.callee.name == name


_SYMBOLS: Final = frozenset((Ref, Bag, Call))


def item_count(value: Value) -> int:
    """Items that a container keeps, 0 for anything else."""
    return len(value.items) if type(value) is Bag else 0


def copy_of(value: Value) -> Value:
    """A shallow copy of what later opcodes could change; anything else is itself."""
    if type(value) is Bag:
        bag = Bag(value.kind)
        bag.items = list(value.items)
        bag.complete = value.complete
        return bag
    if type(value) is Call:
        call = Call(value.callee, value.args)
        call.state = copy_of(value.state) if type(value.state) is Bag else value.state
        return call
    return value


def children(value: Value) -> Iterable[Value]:
    """The symbols directly inside a symbol."""
    if type(value) is Bag:
        return value.items
    if type(value) is Call:
        return (value.callee, value.args, value.state)
    return ()


_MOST_CONTAINERS: Final = 16


def holds_only_data(value: Value) -> bool:
    """Whether no reference or call result is reachable from ``value``; false also when there is too much to look at."""
    seen: set[int] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if type(item) in (Ref, Call):
            return False
        if type(item) is Bag and id(item) not in seen:
            if len(seen) >= _MOST_CONTAINERS or len(item.items) > KEPT_ITEMS:
                return False
            seen.add(id(item))
            pending.extend(item.items)
    return True
