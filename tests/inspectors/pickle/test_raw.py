from __future__ import annotations

import base64

import assembler as asm
import pytest

from scanner.inspectors.pickle.raw import carried_pickles, pickle_starts, raw_references

SPELLINGS = {
    "global": b"cos\nsystem\n",
    "inst": b"ios\nsystem\n",
    "global behind a line": b"text\ncos\nsystem\n",
    "global behind letters": b"abccos\nsystem\n",
    "stack global": b"\x8c\x02os\x8c\x06system\x93",
    "stack global with memo": b"\x8c\x02os\x94\x8c\x06system\x94\x93",
    "stack global with numbers": b"X\x02\0\0\0osq\x01X\x06\0\0\0systemq\x02\x93",
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_canonical_spellings_are_found_anywhere(case: str) -> None:
    data = b"\xff\x00" + SPELLINGS[case] + b"\xff"
    assert ("os", "system") in {(found.module, found.name) for found in raw_references(data, 0, len(data))}


@pytest.mark.parametrize("junk", [b"c" * 3_000_000, b"c\n" * 1_000_000, b"\x8cc" * 1_000_000, b"gAI" * 1_000_000])
def test_junk_takes_linear_time(junk: bytes) -> None:
    assert sum(1 for _ in raw_references(junk, 0, len(junk))) <= len(junk)
    assert sum(1 for _ in carried_pickles(junk, 0, len(junk))) <= 1


def test_starts_are_those_of_announced_protocols() -> None:
    data = b"ab" + asm.pickle(asm.NONE) + b"\x80\x09N" + asm.pickle(asm.EMPTY_DICT, protocol=2)
    assert list(pickle_starts(data, 0, len(data))) == [2, 9]


def test_carried_pickles_come_with_their_bytes() -> None:
    inner = asm.pickle(asm.small(7), asm.small(8), asm.TUPLE2, asm.frame(3), asm.POP)
    text = base64.b64encode(inner * 2)
    data = asm.pickle(asm.data(inner), asm.POP, b"C" + bytes([len(inner)]) + inner, asm.text(text.decode()))
    assert [carried.payload for carried in carried_pickles(data, 0, len(data))] == [inner, inner, inner * 2]
