"""The section "Waivers": who accepted which risk until when."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.reports.html.anchors import anchors
from scanner.reports.html.times import day, days_between
from scanner.result import ScanResult, WaiverResult


@dataclass(frozen=True, slots=True)
class WaiverView:
    """One waiver, the ids of the findings it covers, and how long it still holds."""

    waiver: WaiverResult
    anchor: str
    covers: tuple[str, ...]
    ends: str
    left: str
    tone: str


_TONES = {"active": "ok", "expiring": "warn", "expired": "fail", "unused": "unknown"}


def waivers(result: ScanResult) -> tuple[WaiverView, ...]:
    """All waivers, the soonest to end first."""
    ordered = sorted(result.waivers, key=lambda item: (item.expires, item.id))
    ids = anchors("W", (item.id for item in ordered))
    return tuple(_view(result, item, ids[item.id]) for item in ordered)


def _view(result: ScanResult, waiver: WaiverResult, anchor: str) -> WaiverView:
    covers = tuple(item.id for item in result.findings if item.waiver is not None and item.waiver.id == waiver.id)
    days = days_between(result.as_of, waiver.expires)
    left = "" if days is None else "ended" if days < 0 else f"{days} {'day' if days == 1 else 'days'} left"
    return WaiverView(waiver, anchor, covers, day(waiver.expires), left, _TONES.get(waiver.state, "unknown"))
