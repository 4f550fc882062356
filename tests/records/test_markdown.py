from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.markdown import front_matter, section

USE = re.compile("intended use", re.IGNORECASE)


def test_front_matter_stands_at_the_very_top() -> None:
    assert front_matter("---\na: 1\n---\n# Title\n---\nb: 2\n---\n") == {"a": "1"}
    assert front_matter("---\r\na: 1\r\n---\r\n") == {"a": "1"}
    assert front_matter("\n---\na: 1\n---\n") == {}
    assert front_matter("---\na: 1\n") == {}
    assert front_matter("---\n- a\n---\n") == {}


def test_a_rule_inside_a_value_does_not_end_it() -> None:
    assert front_matter("---\na: x --- y\n---\n") == {"a": "x --- y"}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("# A\n\n## Intended Use ##\n\nFor one\nthing.\n\nMore.\n", "For one thing."),
        ("## Intended use\n## Limits\ntext\n", None),
        ("text about intended use\n", None),
        ("## Uses\n### Intended uses & limits\n* a\n", "* a"),
    ],
)
def test_the_first_paragraph_of_a_section(document: str, found: str | None) -> None:
    assert section(document, USE) == found


def test_a_section_is_cut_to_its_limit() -> None:
    assert section("# Intended use\n" + "x" * 100_000, USE, 10) == "x" * 10


@given(st.text("-#\nab: ", max_size=80))
def test_any_document_is_read(document: str) -> None:
    section(document, USE)
    try:
        front_matter(document)
    except NotExaminable as error:
        assert error.reason == "unreadable"


@pytest.mark.parametrize(
    "text", ["---\n" + "\n" * 200_000, "---\n" + "-- \n" * 100_000, "#" * 200_000, "# \n" * 100_000]
)
def test_long_documents_take_no_long_time(text: str) -> None:
    assert front_matter(text) == {}
    assert section(text, USE) is None
