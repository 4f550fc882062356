"""Is this version affected? The evaluation of OSV ``versions`` and ``ranges`` (schema 1.7, "affected[] fields").

A version is affected when it is enumerated OR lies in any range. Ranges are walked here and not translated into PEP 440
specifiers: ``<2.0`` excludes ``2.0rc1``, which the range does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from scanner.advisories.osv import Affected, Event, Range
from scanner.advisories.versions import SEMVER, InvalidVersion, Order

Evidence = Literal["versions", "range", "both", "conflict"]

_FROM_THE_START: Final = "0"
_NO_LIMIT: Final = "*"
_SAME_VERSION_ORDER: Final = {"fixed": 0, "last_affected": 1, "introduced": 2}
"""Of events at one version the interval ends before the next one begins."""


@dataclass(frozen=True, slots=True)
class Match:
    """``evidence`` is ``conflict`` when the enumeration or a custom interval contradicts the range.

    ``fixed_in``: per matching interval the smallest fixed version above; empty when no fix is known.
    ``coarse``: the range says "all versions" although the record knows a tighter interval.
    """

    evidence: Evidence
    fixed_in: tuple[str, ...]
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Version and bounds cannot be compared."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Walk:
    hit: bool
    fixed_in: tuple[str, ...]


def match(affected: Affected, version: str, order: Order | None) -> Match | Undetermined | None:
    """Whether ``version`` is affected; None when it is not. ``order`` None: the ecosystem's order is not known.

    An enumerated version matches even when its ranges cannot be evaluated.
    """
    canonical = order.canonical if order else str
    enumerated = version in affected.versions or canonical(version) in affected.versions
    try:
        walk = _walk_all(affected.ranges, version, order)
    except InvalidVersion as error:
        return Match("versions", ()) if enumerated else Undetermined(str(error))
    if not enumerated and not walk.hit:
        return None
    coarse = bool(affected.custom_ranges)
    try:
        custom = _walk_all(affected.custom_ranges, version, order)
    except InvalidVersion:
        custom = walk
    contradicted = (enumerated and bool(affected.ranges) and not walk.hit) or (coarse and not custom.hit)
    fixed_in = tuple(dict.fromkeys(walk.fixed_in + custom.fixed_in))
    if contradicted:
        return Match("conflict", fixed_in, coarse)
    if enumerated:
        return Match("both" if walk.hit else "versions", fixed_in, coarse)
    return Match("range", fixed_in, coarse)


def in_range(version_key: Any, events: tuple[Event, ...], order: Order) -> bool:
    """Whether the version of ``version_key`` lies in one range. Raises InvalidVersion for a bound without a key."""
    limits = [order.key(bound) for kind, bound in events if kind == "limit" and bound != _NO_LIMIT]
    if limits and not any(version_key < limit for limit in limits):
        return False
    hit = False
    for kind, bound in sort_events(events, order):
        if kind == "introduced":
            hit = hit or bound == _FROM_THE_START or not version_key < order.key(bound)
        elif kind == "fixed":
            hit = hit and version_key < order.key(bound)
        else:
            hit = hit and not order.key(bound) < version_key
    return hit


def sort_events(events: tuple[Event, ...], order: Order) -> list[Event]:
    """The events that begin or end an interval, ascending."""

    def place(event: Event) -> tuple[Any, ...]:
        kind, bound = event
        if event == ("introduced", _FROM_THE_START):
            return (0,)
        return 1, order.key(bound), _SAME_VERSION_ORDER[kind]

    return sorted((event for event in events if event[0] != "limit"), key=place)


def _walk_all(ranges: tuple[Range, ...], version: str, order: Order | None) -> _Walk:
    hit = False
    fixes: list[str] = []
    for entry in ranges:
        used = SEMVER if entry.semver else order
        if used is None:
            raise InvalidVersion("no version order is known for this ecosystem")
        key = used.key(version)
        if in_range(key, entry.events, used):
            hit = True
            fixes += _next_fix(key, entry.events, used)
    return _Walk(hit, tuple(fixes))


def _next_fix(version_key: Any, events: tuple[Event, ...], order: Order) -> list[str]:
    above = [bound for kind, bound in events if kind == "fixed" and version_key < order.key(bound)]
    return [min(above, key=order.key)] if above else []
