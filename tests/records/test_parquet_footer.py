"""Samples written by pyarrow (three row groups, one column of each kind of time)."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.parquet_footer import Footer, footer
from scanner.sources.blob import blob_of_bytes

SAMPLES = Path(__file__).parent / "samples"
MICROS = (SAMPLES / "micros.parquet").read_bytes()


def read(data: bytes) -> Footer:
    return footer(blob_of_bytes("x.parquet", data))


@pytest.mark.parametrize("name", ["millis", "micros", "nanos"])
def test_every_unit_of_time_is_read(name: str) -> None:
    found = read((SAMPLES / f"{name}.parquet").read_bytes())
    assert found == Footer(
        12,
        ("id", "event_time", "birth_date", "nested", "tags"),
        {"event_time": "2025-01-12T12:30:00Z", "birth_date": "2025-01-12T00:00:00Z"},
    )


def test_dates_are_times_at_midnight() -> None:
    found = read((SAMPLES / "dates.parquet").read_bytes())
    assert found == Footer(2, ("a", "when"), {"when": "2024-02-29T00:00:00Z"})


def test_without_statistics_nothing_is_known_of_the_newest_value() -> None:
    assert read((SAMPLES / "without_statistics.parquet").read_bytes()).newest == {}


@pytest.mark.parametrize("size", [0, 4, 8, 12, 100, len(MICROS) - 1])
def test_a_cut_file_is_not_examinable(size: int) -> None:
    with pytest.raises(NotExaminable):
        read(MICROS[:size])


@pytest.mark.parametrize("length", [0, 1, len(MICROS), 2**31, 2**32 - 1])
def test_a_footer_of_an_impossible_length_is_refused(length: int) -> None:
    with pytest.raises(NotExaminable):
        read(MICROS[:-8] + struct.pack("<I", length) + b"PAR1")


def test_an_encrypted_footer_is_unsupported() -> None:
    with pytest.raises(NotExaminable, match="unsupported"):
        read(MICROS[:-4] + b"PARE")


@pytest.mark.parametrize("meta", [b"\x1c" * 100, b"\x19\xfc\xff\xff\xff\xff\x0f" + b"\x00" * 50, b"\x19\x19" * 200])
def test_deep_and_huge_values_are_refused(meta: bytes) -> None:
    with pytest.raises(NotExaminable):
        read(b"PAR1" + meta + struct.pack("<I", len(meta)) + b"PAR1")


@given(st.integers(0, len(MICROS) - 1), st.integers(0, 255))
def test_a_changed_byte_never_breaks_the_reader(at: int, value: int) -> None:
    data = bytearray(MICROS)
    data[at] = value
    try:
        assert read(bytes(data)).rows >= 0
    except NotExaminable as error:
        assert error.reason in ("unreadable", "over_limit", "unsupported")


@given(st.binary(max_size=200))
def test_any_footer_is_read_or_refused(meta: bytes) -> None:
    with pytest.raises(NotExaminable):
        read(b"PAR1" + meta[:3] + struct.pack("<I", len(meta)) + b"PAR1")
