from __future__ import annotations

import pickle
import pickletools

import assembler as asm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.inspectors.pickle import analyse, stream
from scanner.inspectors.pickle.opcodes import BY_NAME
from scanner.inspectors.pickle.patterns import CLOSING
from scanner.inspectors.pickle.skip import data_only_end, next_decision

ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.binary(max_size=300)
    | st.integers(min_value=2**60, max_value=2**600)
)  # fmt: skip
HASHABLE = st.recursive(ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner) | st.dictionaries(HASHABLE, inner, max_size=6) | st.tuples(inner) | st.sets(HASHABLE),
    max_leaves=30,
)
DECISIONS = {"PROTO", "STOP", "GLOBAL", "STACK_GLOBAL", "REDUCE", "NEWOBJ", "BUILD", "LONG4"}

MARKS = asm.MARK + b"".join(bytes([BY_NAME[name]]) for name in CLOSING)
"""Opcodes that are decisions only where they nest deeply."""


def _decisions_of_genops(data: bytes) -> list[int]:
    return [offset for opcode, _, offset in pickletools.genops(data) if opcode.name in DECISIONS and offset is not None]


@settings(max_examples=300, deadline=None)
@given(VALUES, st.integers(3, 5))
def test_decisions_agree_with_the_standard_library(value: object, protocol: int) -> None:
    data = pickle.dumps([value, bytearray, value], protocol)
    found = []
    position = 0
    while (decision := next_decision(data, position)) is not None:
        if data[decision] in MARKS:
            position = decision + 1
            continue
        found.append(decision)
        if data[decision] == ord("."):
            break
        position = decision + {0x80: 2, 0x8B: 5}.get(data[decision], 1)
        if data[decision] == 0x8B:
            position += int.from_bytes(data[decision + 1 : decision + 5], "little")
        if data[decision] == ord("c"):
            position = data.index(b"\n", data.index(b"\n", decision) + 1) + 1
    assert found == _decisions_of_genops(data)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(3, 5))
def test_data_only_pickles_end_at_their_stop(value: object, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    if any(opcode.name == "GLOBAL" or opcode.name == "STACK_GLOBAL" for opcode, _, _ in pickletools.genops(data)):
        assert data_only_end(data, 0) is None
    elif not any(opcode.name == "LONG4" for opcode, _, _ in pickletools.genops(data)):
        assert data_only_end(data + b"cos\nsystem\n)R.", 0) == len(data)


@given(VALUES, st.integers(0, 5))
@settings(max_examples=200, deadline=None)
def test_the_machine_accepts_every_plain_value(value: object, protocol: int) -> None:
    report = analyse(pickle.dumps(value, protocol))
    assert report.verdict == "known-safe", report.reasons
    assert report.bytes_examined == report.bytes_total


NO_DATA = {
    "truncated": asm.proto(4) + asm.NONE,
    "protocol 6": asm.pickle(asm.NONE, protocol=6),
    "reference": asm.pickle(asm.name("a", "b")),
    "huge memo index": asm.pickle(asm.NONE, asm.long_binput(1 << 24)),
    "dup": asm.pickle(asm.NONE, asm.DUP, asm.TUPLE2),
    "text opcode": asm.pickle(b"I1\n"),
    "length beyond the end": asm.pickle(b"X\xff\xff\xff\x7fab"),
    "proto cut": b"\x80",
    "marks": asm.proto(2) + asm.MARK * 10_001 + asm.STOP,
    "marks with data between": asm.proto(2) + (asm.MARK + asm.NONE + asm.EMPTY_LIST) * 10_001 + asm.STOP,
    "marks that nest by one": asm.proto(2) + (asm.MARK * 2 + asm.TUPLE) * 10_001 + asm.STOP,
    "no mark to close": asm.proto(2) + asm.NONE + asm.TUPLE + asm.STOP,
}


@pytest.mark.parametrize("case", NO_DATA)
def test_anything_else_goes_to_the_machine(case: str) -> None:
    assert data_only_end(NO_DATA[case], 0) is None


@pytest.mark.parametrize("depth", [3, 9, 9_000])
def test_marks_within_the_bound_are_counted_and_closed(depth: int) -> None:
    nested = asm.pickle(asm.MARK * depth + asm.NONE + asm.TUPLE * depth)
    assert data_only_end(nested, 0) == len(nested)
    assert data_only_end(nested, 0, marks=2) == (len(nested) if depth == 3 else None)


def test_a_bomb_of_marks_is_over_budget() -> None:
    report = analyse(asm.proto(2) + asm.MARK * 3_000_000 + asm.STOP)
    assert (report.verdict, [reason.code for reason in report.reasons]) == ("not-examined", ["over-budget"])


def test_large_data_takes_the_fast_path_and_a_call_in_it_does_not() -> None:
    records = [{"id": i, "text": f"record {i}"} for i in range(60_000)]
    data = pickle.dumps(records, 4)
    assert len(data) > stream.FAST_FROM
    report = analyse(data)
    assert (report.verdict, report.opcodes, report.bytes_examined) == ("known-safe", None, len(data))
    payload = asm.call(asm.name("os", "system"), asm.text("true"))
    assert analyse(data[:-1] + b"0" + payload + b".").verdict == "malicious"
    assert analyse(data + asm.pickle(payload)).verdict == "malicious"
