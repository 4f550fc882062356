"""The order of versions, per ecosystem.

An :class:`Order` turns a version string into a key; keys of one order compare with ``<`` and ``==``. Keys are cached,
because a scan compares the same few versions with many bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from scanner.advisories.versions import apk, dpkg, pypi, rpm, semver
from scanner.advisories.versions.errors import InvalidVersion

__all__ = ["PYPI", "SEMVER", "InvalidVersion", "Order", "ascending", "order_of"]

LONGEST: Final = 256
"""Longest version, in characters. Real ones stay below 100; longer digit runs would cost quadratic time."""

Key = Any
"""A tuple that is only compared with keys of the same order; mypy cannot express that."""


@dataclass(frozen=True, slots=True)
class Order:
    """``key`` raises :class:`InvalidVersion`; ``canonical`` never raises: equal versions give equal strings."""

    name: str
    key: Callable[[str], Key]
    canonical: Callable[[str], str]


def _order(name: str, parse: Callable[[str], Key], canonical: Callable[[str], str]) -> Order:
    @lru_cache(maxsize=65536)
    def key(version: str) -> Key:
        if len(version) > LONGEST:
            raise InvalidVersion(f"longer than {LONGEST} characters")
        return parse(version)

    cached = lru_cache(maxsize=65536)(canonical)
    return Order(name, key, lambda version: version if len(version) > LONGEST else cached(version))


PYPI: Final = _order("PEP 440", pypi.key, pypi.canonical)
SEMVER: Final = _order("semver", semver.key, semver.canonical)
DPKG: Final = _order("dpkg", dpkg.key, dpkg.canonical)
APK: Final = _order("apk", apk.key, str)
RPM: Final = _order("rpm", rpm.key, rpm.canonical)

_ORDERS: Final = {
    "PyPI": PYPI,
    "npm": SEMVER,
    "Go": SEMVER,
    "crates.io": SEMVER,
    "Debian": DPKG,
    "Ubuntu": DPKG,
    "Alpine": APK,
    "Wolfi": APK,
    "Chainguard": APK,
    "Red Hat": RPM,
    "Rocky Linux": RPM,
    "AlmaLinux": RPM,
    "SUSE": RPM,
    "openSUSE": RPM,
}


def ascending(versions: Iterable[str], order: Order | None) -> tuple[str, ...]:
    """The distinct versions in order; those the order does not know come last, by text."""

    def place(version: str) -> tuple[Any, ...]:
        try:
            return (0, order.key(version)) if order else (1, version)
        except InvalidVersion:
            return 1, version

    return tuple(sorted(set(versions), key=place))


def order_of(ecosystem: str) -> Order | None:
    """The order of an OSV ecosystem, its release suffix (``Debian:12``) ignored; None where no order is known."""
    return _ORDERS.get(ecosystem.partition(":")[0])
