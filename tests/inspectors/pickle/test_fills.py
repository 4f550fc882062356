"""Fills of plain data taken as one symbol: the report is that of the machine that follows every opcode."""

from __future__ import annotations

import collections
import datetime
import fractions
import pickle
import random
from dataclasses import replace

import assembler as asm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.inspectors.pickle import PickleReport, analyse, fills, stream

NEVER = 1 << 60
LISTED = asm.stack_name("sklearn.tree._classes", "DecisionTreeClassifier")
PAYLOAD = asm.call(asm.name("os", "system"), asm.text("true"))
FILLER = asm.EMPTY_LIST + asm.MARK + asm.small(1) * 5_000 + asm.APPENDS


@pytest.fixture(autouse=True)
def every_fill_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fills, "SHORTEST", 1)
    monkeypatch.setattr(fills, "_PATIENCE", 1 << 30)


def report_of(data: bytes, *, folded: bool) -> PickleReport:
    """The report with or without folding, and without the count of opcodes, which folding does not keep."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "FAST_FROM", 0 if folded else NEVER)
        patch.setattr(stream, "data_only_end", lambda data, position, cuts, marks: None)
        return replace(analyse(data), opcodes=None)


def was_folded(data: bytes) -> bool:
    """Whether the report rests on a fill that was taken as one symbol."""
    machine, _ = stream._Stream(data, stream.Budget(), stream._Allowance(stream.Budget()))._follow(0)
    return machine.folded


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FAST_FROM", 0)


def same(data: bytes) -> PickleReport:
    """The report of both readings, which have to agree."""
    folded = report_of(data, folded=True)
    assert folded == report_of(data, folded=False)
    return folded


ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60) | st.binary(max_size=20)
    | st.sampled_from(["os", "system", "__setstate__", "_private", "naïve", "key"])
    | st.sampled_from([len, fractions.Fraction(1, 2), datetime.date(2020, 1, 1), collections.OrderedDict(a=[1, 2])])
)  # fmt: skip
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=6)
        | st.lists(inner, max_size=5).map(tuple)
        | st.lists(inner, min_size=1, max_size=4).map(lambda items: [items, items[0], items, (items[0], 1)])
        | st.lists(inner, max_size=3).map(lambda items: collections.defaultdict(list, {"items": items}))
    ),
    max_leaves=40,
)


@settings(max_examples=400, deadline=None)
@given(VALUES, st.integers(0, 5))
def test_both_readings_agree_on_what_picklers_write(value: object, protocol: int) -> None:
    same(pickle.dumps([value, 1, value, "text", value], protocol))


@settings(max_examples=400, deadline=None)
@given(VALUES, st.integers(2, 5), st.randoms(use_true_random=False))
def test_both_readings_agree_on_damaged_pickles(value: object, protocol: int, chance: random.Random) -> None:
    data = bytearray(pickle.dumps([value, {"a": value, "b": [value, 2]}], protocol))
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.choice([chance.randrange(256), *b"(]}aeus\x94h\x85\x86b\x81)R."])
    same(bytes(data))


PARTS = [
    asm.MARK, asm.MARK, asm.MARK, asm.EMPTY_LIST, asm.EMPTY_DICT, asm.EMPTY_SET, asm.EMPTY_TUPLE, asm.APPENDS, asm.APPENDS,
    asm.SETITEMS, asm.SETITEMS, asm.ADDITEMS, asm.APPEND, asm.SETITEM, asm.TUPLE, asm.TUPLE1, asm.TUPLE2, asm.TUPLE3,
    asm.MEMOIZE, asm.MEMOIZE, asm.MEMOIZE, asm.binput(0), asm.binput(1), asm.binput(2), asm.long_binput(3),
    *(asm.binget(index) for index in range(5)), b"j\x01\0\0\0", asm.text("os"), asm.text("system"), asm.text("__init__"),
    asm.text("_a"), asm.small(7), asm.NONE, asm.integer(1 << 70), b"\x8c\x02\xff\xff", asm.frame(9), LISTED,
    asm.stack_name("numpy", "log"), asm.stack_name("collections", "OrderedDict"), asm.STACK_GLOBAL, asm.NEWOBJ, asm.REDUCE,
    asm.BUILD, asm.binget(0) + asm.EMPTY_TUPLE + asm.NEWOBJ, asm.DUP, asm.POP, asm.EMPTY_LIST + asm.MARK,
    asm.EMPTY_DICT + asm.MARK + asm.text("k"),
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=40))
def test_both_readings_agree_on_any_opcodes(parts: list[bytes]) -> None:
    start = LISTED + asm.MEMOIZE + asm.EMPTY_LIST + asm.MEMOIZE
    same(asm.pickle(start, *parts))


INSTANCE = asm.binget(0) + asm.EMPTY_TUPLE + asm.NEWOBJ
START = asm.EMPTY_LIST + LISTED + asm.MEMOIZE + asm.APPEND


def filled(*items: bytes) -> bytes:
    return asm.MARK + b"".join(items) + asm.APPENDS


def state(*entries: bytes) -> bytes:
    return asm.EMPTY_DICT + asm.MARK + b"".join(entries) + asm.SETITEMS + asm.BUILD


FOLDED = {
    "numbers": filled(asm.small(1), asm.integer(99), asm.NONE),
    "texts kept and read": filled(asm.text("a") + asm.MEMOIZE, asm.binget(1)),
    "entries by number": filled(asm.text("a") + asm.binput(1), asm.binget(1), asm.text("b") + asm.binput(2)),
    "text that is no ASCII": filled(asm.text("naïve")),
    "tuples": filled(asm.small(1) * 2 + asm.TUPLE2 + asm.MEMOIZE, asm.MARK + asm.small(1) * 9 + asm.TUPLE),
    "containers": filled(asm.EMPTY_DICT + asm.MARK + asm.text("k") + asm.EMPTY_LIST + asm.SETITEMS),
    "instances": filled(INSTANCE, INSTANCE + state(asm.text("depth"), asm.small(3))),
    "frames": filled(asm.frame(3), asm.small(1), asm.frame(99)),
}


@pytest.mark.parametrize("case", FOLDED)
def test_a_plain_fill_is_taken(case: str, fast: None) -> None:
    data = asm.pickle(START, FOLDED[case])
    assert was_folded(data)
    assert same(data).verdict == same(asm.pickle(START)).verdict


FOLLOWED = {
    "a reference": filled(asm.stack_name("numpy", "log")),
    "a private name": filled(asm.text("__setstate__")),
    "a private name read": asm.text("__class__") + asm.MEMOIZE + asm.POP + filled(asm.binget(1)),
    "bytes that are no text": filled(b"\x8c\x02\xff\xff"),
    "an entry out of order": filled(asm.text("a") + asm.binput(7)),
    "an entry written again": filled(asm.text("os") + asm.binput(0)),
    "an entry never written": filled(asm.binget(9)),
    "an entry read before it is written": filled(asm.binget(1), asm.text("a") + asm.MEMOIZE),
    "a container read where it is written": filled(asm.EMPTY_LIST + asm.MEMOIZE, asm.binget(1)),
    "an instance of plain data": asm.text("a")
    + asm.MEMOIZE
    + asm.POP
    + filled(asm.binget(1) + asm.EMPTY_TUPLE + asm.NEWOBJ),
    "too few items for a tuple": filled(asm.TUPLE1),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_any_other_fill_is_followed(case: str, fast: None) -> None:
    data = asm.pickle(START, FOLLOWED[case])
    assert not was_folded(data)
    same(data)


def test_a_name_planted_by_a_fill_is_the_name_that_is_read() -> None:
    planted = filled(asm.text("os") + asm.MEMOIZE, asm.text("system") + asm.MEMOIZE)
    report = same(
        asm.pickle(START, planted, asm.call(asm.binget(1) + asm.binget(2) + asm.STACK_GLOBAL, asm.text("true")))
    )
    assert report.verdict == "malicious"


@pytest.mark.parametrize("put", [asm.MEMOIZE, asm.binput(1)])
def test_a_name_overwritten_in_a_fill_is_seen(put: bytes) -> None:
    harmless = asm.text("math") + asm.binput(1) + asm.POP
    planted = filled(asm.text("os") + put, asm.text("x") + asm.binput(1), asm.text("os") + asm.binput(1))
    report = same(asm.pickle(START, harmless, planted, asm.binget(1) + asm.text("system") + asm.STACK_GLOBAL))
    assert report.verdict == "malicious"


def test_a_payload_before_between_and_behind_fills_is_found() -> None:
    numbers = filled(asm.small(1) * 50)
    for parts in (
        [PAYLOAD, asm.POP, START, numbers],
        [START, numbers, PAYLOAD],
        [START, filled(asm.small(1), PAYLOAD)],
    ):
        assert same(asm.pickle(*parts)).verdict == "malicious"


def test_a_call_that_asks_for_what_was_folded_is_read_again(fast: None) -> None:
    """The arguments are a tuple from inside a fill: too large a buffer is seen only by its number."""
    argument = filled(asm.integer(1 << 40) + asm.TUPLE1 + asm.MEMOIZE)
    data = asm.pickle(START, argument, asm.stack_name("builtins", "bytearray"), asm.binget(1), asm.REDUCE)
    assert not was_folded(data)
    assert "constant-bomb" in [reason.code for reason in same(data).reasons]


def test_a_shape_is_never_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    shape = asm.EMPTY_LIST + filled(asm.integer(1 << 20), asm.integer(1 << 20))
    data = asm.pickle(asm.call(asm.stack_name("numpy", "ndarray"), shape))
    assert "constant-bomb" in [reason.code for reason in same(data).reasons]


def test_a_state_with_a_computed_name_is_seen() -> None:
    """The name is the result of a call, and hides among plain entries, in one instance and in a list of them."""
    name = asm.call(asm.stack_name("collections", "OrderedDict")) + asm.MEMOIZE + asm.POP
    plain = asm.text("depth") + asm.small(3)
    hidden = asm.binget(1) + asm.small(1)
    for instances in (INSTANCE + state(plain, hidden), filled(INSTANCE + state(plain, hidden), INSTANCE)):
        report = same(asm.pickle(START, name, instances))
        assert "special-attribute" in [reason.code for reason in report.reasons]


def doubling(levels: int, first: int) -> bytes:
    """Lists of which each holds the one before twice, each written by a fill of its own."""
    body = asm.EMPTY_LIST + asm.MEMOIZE
    return body + b"".join(
        asm.EMPTY_LIST + asm.MEMOIZE + filled(asm.small(0), asm.binget(first + level) * 2) for level in range(levels)
    )


def test_containers_that_multiply_are_found_across_fills_and_inside_one() -> None:
    across = asm.pickle(doubling(60, 0))
    assert [reason.code for reason in same(across).reasons] == ["reference-bomb"]
    inside = asm.pickle(asm.EMPTY_LIST + asm.MEMOIZE + filled(doubling(60, 1)))
    assert [reason.code for reason in same(inside).reasons] == ["reference-bomb"]


def test_sharing_across_fills_is_no_bomb(fast: None) -> None:
    parts = [filled(*(asm.EMPTY_LIST + asm.MEMOIZE for _ in range(100))) for _ in range(3)]
    reads = [filled(*(asm.binget(index) for index in range(1, 200))) for _ in range(30)]
    data = asm.pickle(START, *parts, *reads)
    assert was_folded(data)
    assert "reference-bomb" not in [reason.code for reason in same(data).reasons]


def test_a_large_pickle_with_references_is_folded_and_judged_alike() -> None:
    records = [{"id": i, "name": f"record {i}", "at": (i, i + 1), "tags": [f"t{i % 7}", None]} for i in range(30_000)]
    value = [collections.OrderedDict(a=1), collections.Counter("abc"), records, records[3]]
    for protocol in (2, 4):
        data = pickle.dumps(value, protocol)
        assert len(data) > stream.FAST_FROM
        report = analyse(data)
        assert (report.verdict, report.opcodes) == ("known-safe", None)
        assert replace(report, opcodes=None) == report_of(data, folded=False)
        assert analyse(data[:-1] + b"0" + PAYLOAD + b".").verdict == "malicious"


def test_a_long_fill_is_followed_in_bounded_pieces(monkeypatch: pytest.MonkeyPatch, fast: None) -> None:
    monkeypatch.setattr(fills, "LONGEST", 100)
    data = asm.pickle(FILLER)
    assert not was_folded(data)
    same(data)
