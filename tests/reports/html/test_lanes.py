"""Whatever the chain, boxes stay apart, lines stay in the picture, and equal chains give equal pictures."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from scanner.reports.html.lanes import BOX_HEIGHT, BOX_WIDTH, LANES, ROW_GAP, TOP, lane_x, lay_out

Chain = tuple[dict[str, int], list[tuple[str, str]]]


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    boxes = {f"b{number}": draw(st.integers(0, len(LANES) - 1)) for number in range(draw(st.integers(1, 24)))}
    keys = st.sampled_from(sorted(boxes))
    links = draw(st.lists(st.tuples(keys, keys), max_size=40, unique=True))
    return boxes, links


@given(chains())
def test_boxes_never_overlap_and_lie_in_their_lane(chain: Chain) -> None:
    layout = lay_out(*chain)
    for key, (x, _) in layout.boxes.items():
        assert x == lane_x(chain[0][key])
    for (one, (x1, y1)), (two, (x2, y2)) in combinations(layout.boxes.items(), 2):
        assert x1 != x2 or abs(y1 - y2) >= BOX_HEIGHT + ROW_GAP, (one, two)


@given(chains())
def test_everything_is_whole_pixels_inside_the_picture(chain: Chain) -> None:
    layout = lay_out(*chain)
    assert isinstance(layout.width, int) and isinstance(layout.height, int)
    for x, y in layout.boxes.values():
        assert isinstance(x, int) and isinstance(y, int)
        assert x + BOX_WIDTH <= layout.width and y >= TOP and y + BOX_HEIGHT <= layout.height
    for route in layout.routes:
        assert all(isinstance(y, int) and TOP <= y <= layout.height for y in route.heights)


@given(chains())
def test_a_line_that_skips_lanes_keeps_clear_of_their_boxes(chain: Chain) -> None:
    boxes, links = chain
    layout = lay_out(boxes, links)
    assert [(route.source, route.target) for route in layout.routes] == links
    for route in layout.routes:
        skipped = range(boxes[route.source] + 1, boxes[route.target])
        assert len(route.heights) == len(skipped)
        for lane, height in zip(skipped, route.heights, strict=True):
            for key, (_, y) in layout.boxes.items():
                assert boxes[key] != lane or not y < height < y + BOX_HEIGHT


@given(chains())
def test_order_of_boxes_changes_nothing(chain: Chain) -> None:
    boxes, links = chain
    turned = dict(reversed(boxes.items()))
    assert lay_out(turned, links).boxes == lay_out(boxes, links).boxes


def test_sweeps_untangle_crossed_links() -> None:
    boxes = {"a": 0, "b": 0, "y": 1, "z": 1}
    layout = lay_out(boxes, [("a", "z"), ("b", "y")])
    above = layout.boxes["a"][1] < layout.boxes["b"][1]
    assert above == (layout.boxes["z"][1] < layout.boxes["y"][1])
