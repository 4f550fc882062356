"""Times of foreign records as RFC 3339 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?\Z", re.ASCII
)


def written(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC, with fractions of a second only where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_milliseconds(value: object) -> str | None:
    """Milliseconds since 1970 as RFC 3339; None for anything that is no time after 1970 and before the year 10000."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 253402300800000:
        return None
    return written(_EPOCH + timedelta(milliseconds=value))


def from_seconds(value: int) -> str | None:
    """Seconds since 1970 as RFC 3339; None as for :func:`from_milliseconds`."""
    return from_milliseconds(value * 1000)


def moment(text: str) -> datetime | None:
    """An ISO 8601 date or time (no zone means UTC) as an aware time; None for anything else."""
    if not (found := _TIME.match(text.strip())):
        return None
    day, clock, fraction, zone = found.groups()
    if zone in (None, "Z", "UTC"):
        zone = "+00:00"
    try:
        parsed = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}")
    except ValueError:
        return None
    try:
        return (parsed + timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))).astimezone(UTC)
    except OverflowError:
        return None


def from_text(text: str | None) -> str | None:
    """An ISO 8601 date or time as RFC 3339 in UTC; None for anything else."""
    found = moment(text) if text else None
    return written(found) if found else None
