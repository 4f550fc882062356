from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records import times


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2025-10-14T08:30:00Z", "2025-10-14T08:30:00Z"),
        ("2025-10-14 08:30:00.000000", "2025-10-14T08:30:00Z"),
        ("2025-10-14T10:30:00+0200", "2025-10-14T08:30:00Z"),
        ("2025-10-14T10:30+02:00", "2025-10-14T08:30:00Z"),
        ("2025-10-14", "2025-10-14T00:00:00Z"),
        ("2025-10-14T08:30:00.123456789Z", "2025-10-14T08:30:00.123456Z"),
        ("2025-13-14", None),
        ("20251014", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times_are_written_in_utc(text: str, written: str | None) -> None:
    assert times.from_text(text) == written


@given(st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans()))
def test_any_number_is_a_time_or_none(value: object) -> None:
    written = times.from_milliseconds(value)
    assert written is None or times.from_text(written) is not None


def test_milliseconds_and_seconds_since_1970() -> None:
    assert times.from_milliseconds(1760430602000) == times.from_seconds(1760430602) == "2025-10-14T08:30:02Z"
    assert times.from_milliseconds(0) is None
