"""The wire format: every field, and every lie about a length told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records import protobuf
from scanner.records.protobuf import Message, fields, text


def listed(data: bytes) -> list[tuple[int, int | bytes]]:
    return [
        (number, bytes(value) if isinstance(value, memoryview) else value) for number, value in fields(memoryview(data))
    ]


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def test_every_wire_type() -> None:
    data = b"\x08\x96\x01" + b"\x12\x03abc" + b"\x1d\x01\0\0\0" + b"\x21\x02" + b"\0" * 7
    assert listed(data) == [(1, 150), (2, b"abc"), (3, 1), (4, 2)]
    assert listed(b"") == []


@given(st.lists(st.tuples(st.integers(1, 1 << 28), st.binary(max_size=40) | st.integers(0, (1 << 64) - 1))))
def test_what_is_written_is_read(pairs: list[tuple[int, bytes | int]]) -> None:
    data = b"".join(
        varint(number << 3 | 2) + varint(len(value)) + value
        if isinstance(value, bytes)
        else varint(number << 3) + varint(value)
        for number, value in pairs
    )
    assert listed(data) == pairs


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"\x00\x01", "field number 0"),
        (b"\x0b", "unknown wire type"),
        (b"\x12\x05ab", "length beyond the end"),
        (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "length beyond the end"),
        (b"\x1d\x01", "length beyond the end"),
        (b"\x08" + b"\xff" * 11, "bad varint"),
        (b"\x08\x80", "bad varint"),
    ],
)
def test_broken_messages(data: bytes, detail: str) -> None:
    with pytest.raises(NotExaminable, match=detail):
        listed(data)


def test_too_many_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf, "FIELDS", 10)
    with pytest.raises(NotExaminable, match="too many fields"):
        listed(b"\x08\x01" * 11)


@given(st.binary(max_size=200))
def test_noise_ends(data: bytes) -> None:
    try:
        assert sum(len(value) for _, value in listed(data) if isinstance(value, bytes)) <= len(data)
    except NotExaminable as error:
        assert error.detail.startswith("broken protobuf")


def test_text() -> None:
    assert text(memoryview(b"caf\xc3\xa9\xff")) == "café\ufffd"
    assert text(7) == ""


def test_a_message_is_read_by_field_numbers() -> None:
    inner = b"\x0a\x01a" + b"\x0a\x01b"
    message = Message(memoryview(b"\x12" + varint(len(inner)) + inner + b"\x18\x07"))
    assert message.message(2).texts(1) == ["a", "b"]
    assert (message.message(2).text(1), message.integer(3)) == ("b", 7)


def test_a_field_that_is_absent_or_of_another_type_reads_as_empty() -> None:
    message = Message(memoryview(b"\x18\x07"))
    assert message.messages(3) == [] and message.text(3) == "" and message.message(1, 2, 3).texts(4) == []
    assert message.integer(9) is None
