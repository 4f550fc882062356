from __future__ import annotations

import pickle

import assembler as asm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.inspectors.pickle.sharing import reads_containers

LIST = asm.EMPTY_LIST + asm.MEMOIZE
LONG = asm.text("x" * 100)

READS = {
    "a list": (LIST + asm.binget(0) + asm.TUPLE2, True),
    "a text": (asm.text("a") + asm.MEMOIZE + asm.binget(0) + asm.TUPLE2, False),
    "a long text": (LONG + asm.MEMOIZE + asm.binget(0) + asm.TUPLE2, False),
    "a list behind a long text": (LONG + asm.TUPLE1 + asm.MEMOIZE + asm.binget(0) + asm.TUPLE2, True),
    "a list after another was dropped": (LIST + asm.small(1) + asm.POP + asm.MEMOIZE + asm.binget(1) + asm.TUPLE2, True),
    "an entry written out of order": (asm.NONE + asm.binput(5) + asm.binget(5) + asm.TUPLE2, True),
    "an entry written twice": (
        asm.NONE + asm.binput(0) + asm.binget(0) + asm.POP + asm.EMPTY_LIST + asm.binput(0) + asm.TUPLE2, True
    ),
    "an entry never written": (asm.binget(9), True),
    "the same list under a second number": (LIST + asm.MEMOIZE + asm.binget(1) + asm.TUPLE2, True),
    "nothing": (LIST, False),
}  # fmt: skip


@pytest.mark.parametrize("case", READS)
def test_reads(case: str) -> None:
    body, expected = READS[case]
    data = asm.pickle(body)
    assert reads_containers(data, 0, len(data)) is expected


def _repeats_a_container(value: object) -> bool:
    seen: set[int] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, (list, dict)) or (isinstance(item, tuple) and item):
            if id(item) in seen:
                return True
            seen.add(id(item))
            pending.extend(item if not isinstance(item, dict) else [*item.keys(), *item.values()])
    return False


PARTS = st.lists(st.text(max_size=60), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(PARTS, st.lists(st.integers(0, 5), max_size=12), st.integers(2, 5))
def test_agrees_with_the_values_that_were_pickled(texts: list[str], picks: list[int], protocol: int) -> None:
    pool: list[object] = [*texts, [1], {"k": texts[0]}]
    value = [[pool[pick % len(pool)]] for pick in picks] + [7]
    data = pickle.dumps(value, protocol)
    if _repeats_a_container(value):
        assert reads_containers(data, 0, len(data))
    elif protocol >= 4 and all(len(text.encode()) < 256 for text in texts):
        assert not reads_containers(data, 0, len(data))
