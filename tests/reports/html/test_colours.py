"""Contrast of every pair of colours in use, computed from the style sheet (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("scanner.reports.html").joinpath("report.css").read_text("utf-8")
TEXT = [
    *((ink, paper) for ink in ("ink", "mut", "acc", "fail", "warn", "ok", "med", "low") for paper in ("card", "bg")),
    ("fail", "failb"), ("warn", "warnb"), ("ok", "okb"), ("mut", "gapb"), ("ink", "gapb"), ("ink", "warnb"),
    ("mut", "warnb"), ("card", "fail"), ("card", "warn"), ("card", "ok"),
]  # fmt: skip
"""Text and the surface it is written on."""
GRAPHICS = [("ctl", "card"), ("ctl", "bg"), ("fail", "card"), ("warn", "card"), ("ok", "card"), ("acc", "bg")]
"""Borders of controls, lines and bars on their surface."""


def themes() -> dict[str, dict[str, str]]:
    blocks = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r"{([^{}]*--bg:[^{}]*)}", CSS)
    ]
    names = ("light", "dark by system", "dark by choice", "print")
    assert len(blocks) == len(names)
    return dict(zip(names, blocks, strict=True))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", themes())
def test_text_can_be_read_and_controls_can_be_seen(theme: str) -> None:
    tokens = themes()[theme]
    for pairs, least in ((TEXT, 4.5), (GRAPHICS, 3.0)):
        for ink, paper in pairs:
            assert contrast(tokens[ink], tokens[paper]) >= least, f"{ink} on {paper} in {theme}"


def test_both_dark_themes_are_one() -> None:
    assert themes()["dark by system"] == themes()["dark by choice"]


def test_every_token_in_use_is_defined_in_every_theme() -> None:
    used = set(re.findall(r"var\(--(\w+)\)", CSS))
    for tokens in themes().values():
        assert used == set(tokens)


def test_no_colour_bypasses_the_tokens() -> None:
    outside = re.sub(r"{[^{}]*--bg:[^{}]*}", "", CSS)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*{)", outside) in ([], ["#555555"])
