"""RPM versions (rpm-version(7); rpmvercmp): ``epoch:version-release``.

A colon that no all-digit epoch precedes belongs to the version, as in ``1.module+el9:1``.
"""

from __future__ import annotations

import re
from typing import Any, Final

from scanner.advisories.versions.errors import InvalidVersion

_EPOCH: Final = re.compile(r"(\d+):(.*)", re.ASCII | re.DOTALL)
_SEGMENT: Final = re.compile(r"[0-9]+|[A-Za-z]+|~|\^", re.ASCII)
_TILDE: Final = (0,)
_END: Final = (1,)
_CARET: Final = (2,)


def canonical(version: str) -> str:
    """The version without an epoch of zero."""
    return version.strip().removeprefix("0:")


def key(version: str) -> tuple[Any, ...]:
    """The sort key: epoch, version, release; a missing release sorts below any. Raises InvalidVersion when empty."""
    text = version.strip()
    if not text:
        raise InvalidVersion("empty")
    with_epoch = _EPOCH.fullmatch(text)
    epoch, rest = (int(with_epoch[1]), with_epoch[2]) if with_epoch else (0, text)
    main, dash, release = rest.partition("-")
    return epoch, _segments(main), _segments(release) if dash else ()


def _segments(text: str) -> tuple[tuple[Any, ...], ...]:
    return (*map(_segment_key, _SEGMENT.findall(text)), _END)


def _segment_key(segment: str) -> tuple[Any, ...]:
    if segment == "~":
        return _TILDE
    if segment == "^":
        return _CARET
    return (4, int(segment)) if segment.isdigit() else (3, segment)
