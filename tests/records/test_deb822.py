"""Paragraphs of Debian's control files."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanner.records.deb822 import VALUE, Paragraph, paragraphs

TEXT = """\

# a comment
Package: one
Description: short
 long
 .
 text
Unwanted: x
 y
Package: ignored

PACKAGE:   two\r
not a field
Description:
"""


def test_reads_wanted_fields_with_their_continuation_lines() -> None:
    assert list(paragraphs(TEXT, ("package", "description"))) == [
        Paragraph(3, {"package": "one", "description": "short\nlong\n.\ntext"}),
        Paragraph(12, {"package": "two", "description": ""}),
    ]


def test_a_paragraph_without_a_wanted_field_is_passed_over() -> None:
    assert list(paragraphs("A: 1\n\nB: 2\n", ("b",))) == [Paragraph(3, {"b": "2"})]


def test_a_value_is_cut_at_its_limit() -> None:
    (paragraph,) = paragraphs("A: " + "x" * (VALUE + 1), ("a",))
    assert len(paragraph.fields["a"]) == VALUE


@given(st.text(max_size=300))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for paragraph in paragraphs(text + "\n\nLast: 1\n", ("last",)):
        assert set(paragraph.fields) == {"last"}
    assert paragraph.fields["last"]
