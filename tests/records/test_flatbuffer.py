"""Positions that lead nowhere are refused; what nothing points at is found."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.records import flatbuffer
from scanner.records.flatbuffer import Buffer

NUMBERS = (
    struct.pack("<I", 16)  # the root table
    + b"\0" * 4
    + struct.pack("<HHHH", 8, 12, 4, 8)  # two fields, at 4 and at 8
    + struct.pack("<iiI", 8, -7, 4)
    + struct.pack("<I3H", 3, 1, 2, 3)
)


def test_fields_of_a_table() -> None:
    root = Buffer(memoryview(NUMBERS)).root()
    assert root.number(0, 4, signed=True) == -7
    assert root.vector(1, 2).cast("H").tolist() == [1, 2, 3]
    assert (root.number(9, 4, 5), root.text(9), root.tables(9), root.texts(9), root.table(9)) == (5, "", [], [], None)


def test_what_nothing_points_at() -> None:
    buffer = Buffer(memoryview(NUMBERS + b"\0" * 100 + b"x" * 60))
    buffer.root().vector(1, 2)
    assert [place for place, _ in buffer.unread()] == [64]
    zeros = Buffer(memoryview(NUMBERS + b"\0" * 300))
    zeros.root().vector(1, 2)
    assert [*zeros.unread()] == []


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\xff\xff\xff\xff" + b"\0" * 9, b"\x04\0\0\0\x05\0\0\0", NUMBERS[:17]])
def test_positions_beyond_the_end(data: bytes) -> None:
    with pytest.raises(NotExaminable):
        Buffer(memoryview(data)).root()


def test_one_table_behind_many_offsets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatbuffer, "VISITS", 10)
    buffer = Buffer(memoryview(NUMBERS))
    with pytest.raises(NotExaminable) as caught:
        for _ in range(11):
            buffer.root()
    assert caught.value.reason == OVER_LIMIT


@given(st.binary(max_size=80), st.integers(0, 6), st.sampled_from((1, 2, 4, 8)))
def test_noise_never_raises_anything_else(data: bytes, field: int, width: int) -> None:
    try:
        root = Buffer(memoryview(data)).root()
        assert len(root.vector(field, width)) % width == 0
        assert isinstance(root.texts(field), list) and isinstance(root.tables(field), list)
    except NotExaminable as error:
        assert error.detail
