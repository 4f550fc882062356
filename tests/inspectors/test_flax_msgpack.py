"""Weights of Flax as its library writes them pass; programs and pickles among the values are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors import flax_msgpack
from scanner.sources.blob import blob_of_bytes

SAMPLE = Path(__file__).parent / "data" / "flax_model.msgpack"
CALL = b"cos\nsystem\n(S'true'\ntR." + b" " * 40
"""A pickle that would call os.system; never loaded."""


def array(data: bytes) -> msgpack.ExtType:
    return msgpack.ExtType(1, msgpack.packb(((len(data),), "uint8", data)))


def packed(value: Any) -> bytes:
    return msgpack.packb({"layer": {"weights": array(bytes(4)), "value": value}})


def judged(groups: dict[str, Any]) -> tuple[str, list[str]]:
    return groups["code_scan"]["verdict"], [one["code"] for one in groups.get("findings", [])]


def test_real_weights(inspected: Any) -> None:
    found = inspected(flax_msgpack, SAMPLE, "flax_model.msgpack")
    assert found["format"] == "flax"
    assert found["code_scan"] == {"verdict": "known-safe", "reason": "data only: 2 arrays"}


@pytest.mark.parametrize(
    "value",
    [None, True, 1, -1, 200, -200, 70_000, 1 << 40, -(1 << 40), 1.5, "x", "y" * 300, "z" * 70_000, b"q" * 300,
     [1] * 20, list(range(70_000)), {str(n): n for n in range(20)}, msgpack.ExtType(2, msgpack.packb((1.0, 2.0)))],
)  # fmt: skip
def test_values_of_every_kind(inspected: Any, value: Any) -> None:
    assert judged(inspected(flax_msgpack, packed(value), "x.msgpack")) == ("known-safe", [])


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (packed(CALL), ["payload-pickle"]),
        (packed(b"\x7fELF" + bytes(60)), ["payload-program"]),
        (packed(array(CALL)), ["payload-pickle"]),
        (packed(msgpack.ExtType(42, CALL)), ["flax-extension", "payload-pickle"]),
        (packed(1) + b"more", ["flax-trailing-bytes"]),
    ],
)
def test_more_than_numbers(inspected: Any, content: bytes, codes: list[str]) -> None:
    verdict, found = judged(inspected(flax_msgpack, content, "x.msgpack"))
    assert (verdict, sorted(found)) == ("unknown", codes)


def test_another_use_of_messagepack_gets_no_word(inspected: Any) -> None:
    assert inspected(flax_msgpack, msgpack.packb({"a": [1, 2]}), "x.msgpack") == {}
    assert inspected(flax_msgpack, msgpack.packb([1, 2]), "x.msgpack") == {}
    assert inspected(flax_msgpack, SAMPLE, "x.bin") == {}


def nested(levels: int) -> bytes:
    value: Any = 1
    for _ in range(levels):
        value = msgpack.ExtType(1, msgpack.packb(value))
    return packed(value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xdf\xff\xff\xff\xff\x01", UNREADABLE),
        (b"\x81\xa1", UNREADABLE),
        (b"\x81\xa1a\xc6\xff\xff\xff\xff", UNREADABLE),
        (b"\x81\xa1a\xc1", UNREADABLE),
        (packed(1)[:-1], UNREADABLE),
        (nested(10), OVER_LIMIT),
        (b"\xdd" * 9, UNREADABLE),
    ],
)
def test_broken_values(content: bytes, reason: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        flax_msgpack.inspect(blob_of_bytes("x.msgpack", content))
    assert caught.value.reason == reason


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_told(data: bytes) -> None:
    try:
        assert flax_msgpack.inspect(blob_of_bytes("x.msgpack", b"\x83" + data)).by == "flax_msgpack"
    except NotExaminable as error:
        assert error.detail
