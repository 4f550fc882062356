from __future__ import annotations

import pickle

import assembler as asm

from scanner.inspectors.pickle import analyse
from scanner.inspectors.pickle.bombs import expanded_items
from scanner.inspectors.pickle.symbols import Bag, Value


def doubling(levels: int) -> bytes:
    """``[[..], [..]]`` where both items are the same list, all the way down."""
    body = asm.EMPTY_LIST + asm.binput(0)
    for level in range(levels):
        body += asm.EMPTY_LIST + asm.MARK + asm.binget(level) * 2 + asm.APPENDS + asm.binput(level + 1)
    return asm.pickle(body)


def doubling_from_the_top(levels: int) -> bytes:
    """The same, but every list is filled only after it was put into its parent."""
    body = b"".join(asm.EMPTY_LIST + asm.binput(level) + asm.POP for level in range(levels))
    for level in range(levels - 1):
        body += asm.binget(level) + asm.MARK + asm.binget(level + 1) * 2 + asm.APPENDS + asm.POP
    return asm.pickle(body + asm.binget(0))


def test_doubling_containers_are_malicious_in_every_order() -> None:
    assert [reason.code for reason in analyse(doubling(100)).reasons] == ["reference-bomb"]
    assert [reason.code for reason in analyse(doubling_from_the_top(100)).reasons] == ["reference-bomb"]
    dup = asm.pickle(asm.EMPTY_TUPLE, (asm.DUP + asm.TUPLE2) * 100)
    assert [reason.code for reason in analyse(dup).reasons] == ["reference-bomb"]


def test_a_bomb_in_a_large_file_is_found() -> None:
    filler = asm.EMPTY_LIST + asm.MARK + (b"X\x00\x00\x01\x00" + b"a" * 65536) * 40 + asm.APPENDS + asm.POP
    assert analyse(asm.proto(4) + filler + doubling(100)[2:]).verdict == "malicious"


def test_ordinary_sharing_is_no_bomb() -> None:
    shared = [0] * 1000
    assert analyse(pickle.dumps([shared] * 1000)).verdict == "known-safe"
    cycle: list[object] = []
    cycle.append([cycle] * 50)
    assert analyse(pickle.dumps(cycle)).verdict == "known-safe"


def test_expanded_items_counts_every_way() -> None:
    inner: Value = Bag("list", [1, 2])
    assert expanded_items(Bag("list", [inner])) < expanded_items(Bag("list", [inner, inner]))
    looped = Bag("list")
    looped.extend([looped])
    assert expanded_items(looped) < 10
