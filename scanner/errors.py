"""The one tree of errors.

::

    LadingError
    ├── UsageError        a wrong argument                         exit 2
    ├── ConfigError       a wrong configuration or trust file      exit 2
    ├── PolicyError       a wrong policy, waiver or baseline file  exit 2
    └── NotExaminable     a blob or a part of it cannot be read; never leaves the worker

Every message says where, what is wrong, and what to do: ``where: what; what to do``.
"""

from __future__ import annotations

from typing import Final

UNREADABLE: Final = "unreadable"
UNSUPPORTED: Final = "unsupported"
OVER_LIMIT: Final = "over_limit"
NOT_COLLECTED: Final = "not_collected"
SOURCE_UNREACHABLE: Final = "source_unreachable"

REASONS: Final = (NOT_COLLECTED, UNREADABLE, UNSUPPORTED, SOURCE_UNREACHABLE, OVER_LIMIT)
"""Why a piece of evidence is missing; the closed list of the policy format, section 5.1."""


class LadingError(Exception):
    """Anything Lading raises on purpose."""


class UsageError(LadingError):
    """A command line argument is wrong."""


class ConfigError(LadingError):
    """A configuration file, trust file or advisory store is wrong."""


class PolicyError(LadingError):
    """A policy, parameter, waiver, baseline or policy-test file is wrong."""


class NotExaminable(LadingError):
    """Something cannot be examined.

    ``reason`` is one of :data:`REASONS`; ``detail`` is a short fixed phrase that never quotes the content.
    """

    def __init__(self, reason: str, detail: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"unknown reason {reason!r}")
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[NotExaminable], tuple[str, str]]:
        return NotExaminable, (self.reason, self.detail)
