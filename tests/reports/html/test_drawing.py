"""Text inside boxes, and values inside markup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from scanner.reports.html.boxes import Box
from scanner.reports.html.drawing import draw, element, text_width, wrap
from tests.reports.html.document import Document


def test_values_are_escaped_and_markup_is_kept() -> None:
    assert element("text", {"x": 3, "label": '"><b>'}, "<i>", Markup("<tspan/>")) == (
        '<text x="3" label="&#34;&gt;&lt;b&gt;">&lt;i&gt;<tspan/></text>'
    )
    assert element("path", {"d": "M0 0"}) == '<path d="M0 0"/>'


@given(st.text(max_size=300), st.integers(1, 3))
def test_wrapped_text_fits_and_loses_nothing_without_saying_so(text: str, lines: int) -> None:
    wrapped = wrap(text, 12.5, 130, lines)
    assert len(wrapped) <= lines
    for line in wrapped:
        assert text_width(line.removesuffix("…"), 12.5) <= 130 or len(line) <= 2
    if wrapped and not wrapped[-1].endswith("…"):
        assert "".join("".join(wrapped).split()) == "".join(text.split())


def test_breaks_are_at_blanks_hyphens_and_slashes() -> None:
    assert wrap("training run of Monday", 12.5, 100, 2) == ["training run of", "Monday"]
    assert wrap("data/claims-quarter/part", 12.5, 100, 3)[0].endswith(("/", "-"))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_gives_well_formed_markup_with_two_boxes(name: str, detail: str) -> None:
    boxes = [Box("a", 1, name, detail, "ok"), Box("b", 3, name, detail, "fail", own=True)]
    document = Document(str(draw(name, boxes, {("a", "b"): "declared"})))
    assert len(document.all("g")) == 2
    assert {e.tag for e in document.elements} <= {"svg", "g", "rect", "path", "line", "text", "title"}
