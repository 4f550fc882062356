"""The one time of a run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner.cli.clock import as_of, instant
from scanner.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_dates_and_times(text: str, expected: datetime) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1700000000", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(UsageError, match="not a date"):
        instant(text)


def test_the_option_wins_then_the_configuration_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert as_of("2026-01-01", "2025-01-01")[1] == "option"
    assert as_of(None, "2025-01-01")[1] == "configuration"
    assert as_of(None, None) == (datetime(1970, 1, 2, tzinfo=UTC), "SOURCE_DATE_EPOCH")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "x")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        as_of(None, None)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert as_of(None, None)[1] == "clock"
