"""Places for the boxes and lines of one model's chain: six lanes, left to right, in whole pixels.

Lanes are ordered by eight sweeps of the mean-of-neighbours rule (Sugiyama, Tagawa, Toda 1981). A line that skips lanes
gets a narrow slot in each, so that it never runs behind a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LANES: Final = ("Source", "Dataset", "Training run", "Model", "Image", "Deployment")
BOX_WIDTH: Final = 164
BOX_HEIGHT: Final = 60
LANE_GAP: Final = 24
ROW_GAP: Final = 12
SLOT_HEIGHT: Final = 10
MARGIN: Final = 18
TOP: Final = 36
_SWEEPS: Final = 8


@dataclass(frozen=True, slots=True)
class Route:
    """A line from one box to another; ``heights`` are the y of the slots it passes, one a skipped lane."""

    source: str
    target: str
    heights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, in pixels; a box is named by its key and placed by its upper left corner."""

    width: int
    height: int
    boxes: Mapping[str, tuple[int, int]]
    routes: tuple[Route, ...]


def lane_x(lane: int) -> int:
    """Left edge of a lane."""
    return MARGIN + lane * (BOX_WIDTH + LANE_GAP)


def _centres(slots: Sequence[str], boxes: Mapping[str, int], height: int) -> dict[str, int]:
    heights = [BOX_HEIGHT if slot in boxes else SLOT_HEIGHT for slot in slots]
    y = TOP + (height - _stack(heights)) // 2
    centres: dict[str, int] = {}
    for slot, tall in zip(slots, heights, strict=True):
        centres[slot] = y + tall // 2
        y += tall + ROW_GAP
    return centres


def _stack(heights: Sequence[int]) -> int:
    return sum(heights) + ROW_GAP * max(len(heights) - 1, 0)


def _sweep(
    lanes: list[list[str]], joins: Mapping[str, Sequence[str]], boxes: Mapping[str, int], height: int, rightwards: bool
) -> None:
    order = range(1, len(lanes)) if rightwards else range(len(lanes) - 2, -1, -1)
    for lane in order:
        beside = _centres(lanes[lane - 1 if rightwards else lane + 1], boxes, height)
        own = _centres(lanes[lane], boxes, height)

        def place(slot: str, beside: dict[str, int] = beside, own: dict[str, int] = own) -> tuple[float, str]:
            near = [beside[other] for other in joins.get(slot, ()) if other in beside]
            return (sum(near) / len(near) if near else float(own[slot])), slot

        lanes[lane].sort(key=place)


def lay_out(boxes: Mapping[str, int], links: Sequence[tuple[str, str]]) -> Layout:
    """Places for ``boxes`` (key to lane number) and for the lines of ``links`` (pairs of keys, in flow direction)."""
    lanes: list[list[str]] = [sorted(key for key, at in boxes.items() if at == lane) for lane in range(len(LANES))]
    joins: dict[str, list[str]] = {}
    slots: dict[tuple[str, str], list[str]] = {}
    for number, (source, target) in enumerate(links):
        passed = [f"{source}\0{target}\0{number}\0{lane}" for lane in range(boxes[source] + 1, boxes[target])]
        slots[source, target] = passed
        for offset, slot in enumerate(passed, boxes[source] + 1):
            lanes[offset].append(slot)
        way = [source, *passed, target]
        for left, right in pairwise(way):
            joins.setdefault(left, []).append(right)
            joins.setdefault(right, []).append(left)
    height = max(_stack([BOX_HEIGHT if slot in boxes else SLOT_HEIGHT for slot in lane]) for lane in lanes)
    for turn in range(_SWEEPS):
        _sweep(lanes, joins, boxes, height, rightwards=turn % 2 == 0)
    centres = {slot: y for lane in lanes for slot, y in _centres(lane, boxes, height).items()}
    return Layout(
        width=lane_x(len(LANES)) - LANE_GAP + 4,
        height=TOP + height + 12,
        boxes={key: (lane_x(lane), centres[key] - BOX_HEIGHT // 2) for key, lane in boxes.items()},
        routes=tuple(
            Route(source, target, tuple(centres[slot] for slot in slots[source, target])) for source, target in links
        ),
    )
