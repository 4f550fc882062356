"""The one error of version parsing; it never leaves ``scanner.advisories``."""

from __future__ import annotations


class InvalidVersion(ValueError):
    """A string that its ecosystem does not accept as a version."""
