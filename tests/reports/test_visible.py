"""Hostile text: nothing invisible, nothing that steers a terminal, a build log or an XML reader."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reports.visible import log_safe, sentence, unicode_safe, visible, xml_safe

ANYTHING = st.text(st.characters(categories=None), max_size=80)  # halves of surrogate pairs too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name-1.2 (ü, 中)", "plain name-1.2 (ü, 中)"),
        ("invoice\u202efdp.exe", "invoice⟨U+202E⟩fdp.exe"),
        ("\x1b[31mred", "⟨U+001B⟩[31mred"),
        ("two\nlines\r\ttab", "two⟨U+000A⟩lines⟨U+000D⟩⟨U+0009⟩tab"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("caf\udce9", "caf⟨U+DCE9⟩"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("x" * 200, "x" * 159 + "…"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANYTHING)
def test_visible_text_stays_on_one_line_and_can_be_written(text: str) -> None:
    shown = visible(text)
    assert len(shown) <= 160
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


@given(ANYTHING)
def test_visible_changes_nothing_twice(text: str) -> None:
    once = visible(text, 10_000)
    assert visible(once, 10_000) == once


def test_a_sentence_folds_the_blanks_of_a_policy_file() -> None:
    assert sentence("  folded\n  over lines\n") == "folded over lines"


@pytest.mark.parametrize(
    "line",
    [
        "::error::x",
        "  ::set-output name=a::b",
        "x ##[error]y",
        "##vso[task.setvariable]1",
        "##teamcity[buildStop]",
    ],
)
def test_no_build_system_takes_a_line_for_a_command(line: str) -> None:
    safe = log_safe(line)
    assert not safe.lstrip().startswith("::")
    assert not any(command in safe for command in ("##[", "##vso[", "##teamcity["))


@pytest.mark.parametrize("line", ["a::b", "## heading", "std::vector<int>", "x: y"])
def test_ordinary_lines_stay(line: str) -> None:
    assert log_safe(line) == line


@given(ANYTHING)
def test_any_text_fits_into_xml(text: str) -> None:
    element = ElementTree.Element("x", name=xml_safe(text))
    element.text = xml_safe(text)
    ElementTree.fromstring(ElementTree.tostring(element))


@given(ANYTHING)
def test_unicode_safe_changes_surrogates_only(text: str) -> None:
    safe = unicode_safe(text)
    safe.encode("utf-8")
    assert safe == text or any("\ud800" <= char <= "\udfff" for char in text)
