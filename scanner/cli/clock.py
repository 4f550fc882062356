"""The one time of a run."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from scanner.errors import UsageError


def instant(text: str) -> datetime:
    """A date or an RFC 3339 time as an aware UTC time. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--as-of {text}: not a date; write 2026-01-31 or 2026-01-31T12:00:00Z") from None


def as_of(option: str | None, configured: str | None) -> tuple[datetime, str]:
    """The time that date rules use, and where it comes from: option, configuration, SOURCE_DATE_EPOCH or clock."""
    if option is not None:
        return instant(option), "option"
    if configured is not None:
        return instant(configured), "configuration"
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        try:
            return datetime.fromtimestamp(int(epoch), UTC), "SOURCE_DATE_EPOCH"
        except (ValueError, OverflowError, OSError):
            raise UsageError(f"SOURCE_DATE_EPOCH {epoch}: not a number of seconds; correct or unset it") from None
    return datetime.now(UTC).replace(microsecond=0), "clock"
