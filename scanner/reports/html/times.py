"""Times of a result as a reader wants them; all times are RFC 3339 strings, read as UTC when they name no zone."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime | None:
    """The time that ``text`` says, or None when it says none."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        return None


def days_between(earlier: str, later: str) -> int | None:
    """Whole days from one time to another, negative when the order is wrong; None when either is no time."""
    first, last = moment(earlier), moment(later)
    return None if first is None or last is None else (last - first).days


def day(text: str) -> str:
    """``2026-11-20``; the text itself when it is no time."""
    read = moment(text)
    return text if read is None else read.date().isoformat()


def minute(text: str) -> str:
    """``2026-11-20 09:42 UTC``; the text itself when it is no time."""
    read = moment(text)
    return text if read is None else f"{read.date().isoformat()} {read.hour:02}:{read.minute:02} UTC"


def age(earlier: str, later: str) -> str:
    """``412 days old``; empty when it cannot be said."""
    days = days_between(earlier, later)
    if days is None:
        return ""
    return f"{days} {'day' if days == 1 else 'days'} old" if days >= 0 else "dated in the future"
