from __future__ import annotations

import pytest

from scanner.records.event_times import EventTimes, is_clear


def result(columns: list[str], *rows: list[str | None]) -> tuple[str, str, str] | None:
    times = EventTimes()
    for row in rows:
        times.see(columns, row)
    return times.result()


@pytest.mark.parametrize(
    "name", ["claim_time", "timestamp", "createdAt", "date", "Event Date", "ts", "created_at", "time_utc"]
)
def test_names_that_tell_of_an_event(name: str) -> None:
    assert is_clear(name)


@pytest.mark.parametrize(
    "name", ["birth_date", "dueDate", "valid_until", "expires_at", "x", "lifetime", "status", "candidate"]
)
def test_names_that_do_not(name: str) -> None:
    assert not is_clear(name)


def test_the_newest_value_of_a_clear_column_rests_on_content() -> None:
    found = result(["id", "event_time"], ["1", "2025-02-01T00:00:00Z"], ["2", "2025-01-01T00:00:00+02:00"])
    assert found == ("event_time", "2025-02-01T00:00:00Z", "content")


def test_a_column_told_by_its_values_alone_is_a_guess() -> None:
    assert result(["a", "b"], ["2025-01-01", "x"], ["2025-01-02", "y"]) == ("a", "2025-01-02T00:00:00Z", "record")


def test_one_value_that_is_no_time_ends_it() -> None:
    assert result(["time"], ["2025-01-01"], [""], ["2025-01-03"]) is None
    assert result(["time"], ["2025-01-01"], ["2025-02-31"]) is None
    assert result(["time"], ["2025-01-01"], [None]) is None


def test_seconds_and_milliseconds_count_in_clear_columns_only() -> None:
    assert result(["ts"], ["1760430602"], ["1760430602000"]) == ("ts", "2025-10-14T08:30:02Z", "content")
    assert result(["amount"], ["1760430602"]) is None


def test_dates_of_birth_say_nothing_about_the_data() -> None:
    assert result(["birth_date"], ["1980-01-01"]) is None


def test_a_table_without_rows_has_no_time() -> None:
    assert result(["time"]) is None
