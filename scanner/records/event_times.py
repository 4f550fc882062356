"""Which column of a table tells when its rows happened, and the newest moment it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from scanner.records.times import from_milliseconds, moment, written

_CLEAR: Final = re.compile(r"(?:.*_)?(?:time|timestamp|datetime|date|ts|at|day|month)(?:_utc)?\Z")
_OTHER: Final = re.compile(
    r"birth|dob|expir|due|until|valid|plan|schedul|deadline|maturity|future|end_?date|stop|renew"
)
"""Times that say when something is planned or ends, not when a row was made."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_EPOCH: Final = re.compile(r"1[0-9]{9}(?:[0-9]{3})?\Z")


def is_clear(column: str) -> bool:
    """Whether a column's name says that it holds the time of an event (``claim_time``, ``createdAt``, ``date``)."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip()[:200]).lower()
    name = re.sub(r"[^a-z0-9]+", "_", snake).strip("_")
    return _CLEAR.match(name) is not None and _OTHER.search(name) is None


@dataclass(slots=True)
class EventTimes:
    """Follows the columns of a table while its rows go by; a column leaves at its first value that is no time."""

    newest: dict[str, datetime] = field(default_factory=dict)
    rows: int = 0

    def see(self, columns: Sequence[str], values: Sequence[str | None]) -> None:
        """Read one row; columns that appear only later than in the first row are not followed."""
        if self.rows == 0:
            self.newest = dict.fromkeys(columns, _NEVER)
        self.rows += 1
        if not self.newest:
            return
        row = dict(zip(columns, values, strict=False))
        for name in list(self.newest):
            time = _time(row.get(name) or "", is_clear(name) if self.rows == 1 else True)
            if time is None:
                del self.newest[name]
            elif self.rows == 1 or time > self.newest[name]:
                self.newest[name] = time

    def result(self) -> tuple[str, str, str] | None:
        """Column, newest time (RFC 3339) and basis: ``content`` for a clear name, ``record`` for a guess by its values."""
        if self.rows == 0 or not self.newest:
            return None
        clear = {name: time for name, time in self.newest.items() if is_clear(name)}
        chosen = clear or {name: time for name, time in self.newest.items() if _OTHER.search(name.lower()) is None}
        if not chosen:
            return None
        column = max(sorted(chosen), key=lambda name: chosen[name])
        return column, written(chosen[column]), "content" if clear else "record"


def _time(value: str, numbers: bool) -> datetime | None:
    """A time written as ISO 8601, or as seconds or milliseconds since 1970 where ``numbers`` may be times."""
    if numbers and _EPOCH.match(value):
        stamp = from_milliseconds(int(value) * (1000 if len(value) == 10 else 1))
        return moment(stamp) if stamp else None
    return moment(value) if 8 <= len(value) <= 40 else None
