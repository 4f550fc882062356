"""A model's chain as one static SVG. Every value is escaped where it enters; all numbers are whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from scanner.reports.html.boxes import STATUS, Box
from scanner.reports.html.lanes import BOX_HEIGHT, BOX_WIDTH, LANE_GAP, LANES, Layout, Route, lane_x, lay_out
from scanner.reports.visible import visible

_TITLE_SIZE, _DETAIL_SIZE = 12.5, 11.0
_ROOM: Final = BOX_WIDTH - 34
_BOLD: Final = 1.06
_NARROW: Final = frozenset("ijlI.,:;'|! ·")
_SLIM: Final = frozenset('frt()[]{}"*-/\\')
_WIDE: Final = frozenset("mwMW@%=<>+~#")
_FIRST_FULL_WIDTH: Final = "\u2e80"
_STRIP: Final = "M20 0V60H6a6 6 0 0 1-6-6V6a6 6 0 0 1 6-6z"


def element(tag: str, attributes: Mapping[str, str | int], *children: Markup | str) -> Markup:
    """An element; attribute values and text children are escaped, Markup children are kept."""
    given = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in attributes.items())
    inner = Markup("").join(children)
    return Markup("<{0}{1}>{2}</{0}>").format(tag, given, inner) if inner else Markup("<{}{}/>").format(tag, given)


def text_width(text: str, size: float) -> float:
    """Estimated width in pixels of ``text`` in a common sans-serif font."""
    return size * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.36
    if character in _SLIM:
        return 0.47
    if character in _WIDE or character >= _FIRST_FULL_WIDTH:
        return 0.98
    return 0.74 if character.isupper() else 0.64


def wrap(text: str, size: float, room: float, lines: int) -> list[str]:
    """``text`` in at most ``lines`` lines of ``room`` pixels, broken at blanks and hyphens where possible."""
    wrapped: list[str] = []
    rest = " ".join(text.split())
    while rest and len(wrapped) < lines:
        end = len(rest)
        while end > 1 and text_width(rest[:end], size) > room:
            end -= 1
        if end == len(rest):
            return [*wrapped, rest]
        if len(wrapped) == lines - 1:
            return [*wrapped, rest[: max(end - 1, 1)].rstrip() + "…"]
        cut = max(rest.rfind(" ", 0, end + 1), rest.rfind("-", 0, end) + 1, rest.rfind("/", 0, end) + 1)
        cut = cut if cut > end // 3 else end
        wrapped.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return wrapped


def draw(name: str, boxes: Sequence[Box], links: Mapping[tuple[str, str], str]) -> Markup:
    """The picture of a chain: ``links`` maps pairs of box keys, in flow direction, to a proof class or ``missing``."""
    layout = lay_out({item.key: item.lane for item in boxes}, list(links))
    heads = [element("text", {"class": "lh", "x": lane_x(lane), "y": 18}, title) for lane, title in enumerate(LANES)]
    rule = element("line", {"class": "lr", "x1": lane_x(0), "x2": layout.width - 4, "y1": 27, "y2": 27})
    lines = [_line(layout, route, links[route.source, route.target]) for route in layout.routes]
    label = f"Lineage of {visible(name)} from data to deployment"
    view = f"0 0 {layout.width} {layout.height}"
    attributes = {"class": "lin", "viewBox": view, "role": "group", "aria-label": label}
    return element("svg", attributes, *heads, rule, *lines, *(_box(item, layout.boxes[item.key]) for item in boxes))


def _line(layout: Layout, route: Route, proof: str) -> Markup:
    (from_x, from_y), (to_x, to_y) = layout.boxes[route.source], layout.boxes[route.target]
    start, end = from_y + BOX_HEIGHT // 2, to_y + BOX_HEIGHT // 2
    if from_x == to_x:
        path = f"M{from_x} {start}C{from_x - 20} {start} {to_x - 20} {end} {to_x - 6} {end}"
    else:
        x, y, path = from_x + BOX_WIDTH, start, f"M{from_x + BOX_WIDTH} {start}"
        for height in route.heights:
            path += f"{_curve(x, y, x + LANE_GAP, height)}H{x + LANE_GAP + BOX_WIDTH}"
            x, y = x + LANE_GAP + BOX_WIDTH, height
        path += _curve(x, y, to_x - 6, end)
    ends = {"data-a": route.source, "data-b": route.target}
    return element("path", {"class": f"e e-{proof}", **ends, "d": path}) + element(
        "path", {"class": f"ah e-{proof}", "d": f"M{to_x - 7} {end - 4}L{to_x} {end}L{to_x - 7} {end + 4}z"}
    )


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    middle = (x + to_x) // 2
    return f"C{middle} {y} {middle} {to_y} {to_x} {to_y}"


def _box(item: Box, at: tuple[int, int]) -> Markup:
    sign, word = STATUS[item.status]
    title, name, detail = visible(item.title), visible(item.name), visible(item.detail)
    top = wrap(title, _TITLE_SIZE * _BOLD, _ROOM, 2)
    below = wrap(detail, _DETAIL_SIZE, _ROOM, 3 - len(top))
    y = 34 - 15 * (len(top) + len(below) - 1) // 2
    rows = [
        element("text", {"class": "nt" if number < len(top) else "ns", "x": 28, "y": y + 15 * number}, row)
        for number, row in enumerate([*top, *below])
    ]
    attributes: dict[str, str | int] = {
        "class": f"n n-{item.status}{' me' if item.own else ''}",
        "data-k": item.key,
        "tabindex": 0,
        "role": "img",
        "aria-label": f"{LANES[item.lane]}: {name}. {detail}. {word}.",
        "transform": f"translate({at[0]} {at[1]})",
    }
    frame = element("rect", {"width": BOX_WIDTH, "height": BOX_HEIGHT, "rx": 6})
    strip = element("path", {"class": "sb", "d": _STRIP})
    glyph = element("text", {"class": "gl", "x": 10, "y": 34}, sign)
    return element("g", attributes, element("title", {}, f"{name}: {detail}"), frame, strip, glyph, *rows)
