"""Globs are anchored and cannot explode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.signing.glob import matches


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("a@b.c", "a@b.c", True),
        ("a@b.c", "xa@b.c", False),
        ("a@b.c", "a@b.cx", False),
        ("a@bXc", "a@b.c", False),
        ("a.c", "abc", False),
        ("*@b.c", "anyone@b.c", True),
        ("*@b.c", "@b.c", True),
        ("*@b.c", "evil/a@b.c", False),
        ("https://github.com/org/*", "https://github.com/org/repo", True),
        ("https://github.com/org/*", "https://github.com/org/repo/x", False),
        ("https://github.com/org/**", "https://github.com/org/repo/x", True),
        ("https://github.com/org/**", "https://github.com/org-evil/x", False),
        ("https://github.com/*/x", "https://github.com/a\nb/x", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab]", "a", False),
        ("**", "", True),
        ("", "", True),
        ("", "a", False),
        ("A", "a", False),
    ],
)
def test_examples(pattern: str, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected


@given(st.text().filter(lambda text: not set(text) & set("*?")))
def test_a_pattern_without_marks_fits_itself_only(text: str) -> None:
    assert matches(text, text)
    assert not matches(text, text + "x")
    assert not matches(text, "x" + text)


@given(st.text(alphabet="ab*?/", max_size=8), st.text(alphabet="ab/", max_size=8))
def test_doubling_every_star_never_loses_a_match(pattern: str, value: str) -> None:
    if matches(pattern, value):
        assert matches(pattern.replace("*", "**"), value)


def test_no_pattern_explodes() -> None:
    assert not matches("*a" * 200 + "b", "a" * 2000)
