"""UBJSON as the specification writes it; lengths are never believed."""

from __future__ import annotations

import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.records import ubjson


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"Z", None),
        (b"T", True),
        (b"i\xff", -1),
        (b"U\xff", 255),
        (b"I\x01\x00", 256),
        (b"l\0\0\0\1", 1),
        (b"L\0\0\0\0\0\0\0\1", 1),
        (b"D" + struct.pack(">d", 1.5), 1.5),
        (b"Cx", "x"),
        (b"Si\x02ab", "ab"),
        (b"[i\1NSi\1aT]", [1, "a", True]),
        (b"[#i\2i\1i\2", [1, 2]),
        (b"[$i#i\3\1\2\3", array("b", [1, 2, 3])),
        (b"[$Z#i\2", [None, None]),
        (b"{i\1ai\1i\1b[]}", {"a": 1, "b": []}),
        (b"{#i\1i\1aF", {"a": False}),
        (b"{$i#i\2i\1a\1i\1b\2", {"a": 1, "b": 2}),
    ],
)
def test_values(data: bytes, value: object) -> None:
    assert ubjson.loads(memoryview(data)) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"I\1",
        b"Si\xff",
        b"SL\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"[$d#L\x00\xff\xff\xff\xff\xff\xff\xff",
        b"[$i]",
        b"{i\1ai\1i\1ai\2}",
        b"{SZ}",
        b"[",
        b"i\1i\1",
    ],
)
def test_what_is_broken(data: bytes) -> None:
    with pytest.raises(NotExaminable) as caught:
        ubjson.loads(memoryview(data))
    assert caught.value.reason == UNREADABLE


def test_depth_and_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotExaminable) as caught:
        ubjson.loads(memoryview(b"[" * 100_000))
    assert caught.value.reason == OVER_LIMIT
    monkeypatch.setattr(ubjson, "VALUES", 1_000)
    with pytest.raises(NotExaminable) as caught:
        ubjson.loads(memoryview(b"[$Z#I\x7f\xff" + b"\0" * 40_000))
    assert caught.value.reason == OVER_LIMIT


@given(st.binary(max_size=60))
def test_noise_never_raises_anything_else(data: bytes) -> None:
    for start in (b"", b"[", b"{", b"[$", b"{i\1a"):
        try:
            ubjson.loads(memoryview(start + data))
        except NotExaminable as error:
            assert error.reason in (UNREADABLE, OVER_LIMIT)
