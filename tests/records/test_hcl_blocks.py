"""Blocks and plain values of HCL; expressions are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.hcl_blocks import load


def test_blocks_labels_attributes_and_comments() -> None:
    top = load(
        '# one\nname = "a\\"b" // two\n/* three\n{ */ path "secret/*" {\n  capabilities = ["read", "list",]\n'
        '  min = 1.5\n  on = true\n  map = { "x" = 1, y: false }\n}\npath a "b" {}\n'
    )
    assert top.attributes == {"name": 'a"b'}
    first, second = top.of_type("path")
    assert (first.labels, first.line) == (("secret/*",), 4)
    assert first.attributes == {
        "capabilities": ["read", "list"],
        "min": 1.5,
        "on": True,
        "map": {"x": 1, "y": False},
    }
    assert second.labels == ("a", "b")


@pytest.mark.parametrize("expression", ["f(1, 2)", "var.x", '"a" == b ? [1] : {}', "-x", "1 + 2"])
def test_what_would_have_to_be_evaluated_is_no_value(expression: str) -> None:
    assert load(f"a = {expression}\nb = 2\n").attributes == {"a": None, "b": 2}


def test_heredocs_are_text() -> None:
    assert load("a = <<-EOT\n  x } {\n  EOT\nb = 1\n").attributes == {"a": "  x } {\n", "b": 1}


@pytest.mark.parametrize("text", ["a", "a {", "}", '"', "a = [1", "a = <<X\n", "= 1", "[" * 50_000, "a {" * 50_000])
def test_what_is_no_hcl_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        load(text)


@pytest.mark.parametrize("text", ["/*" * 100_000, "<<A\n" * 100_000, '"' * 500_000, "#" * 1_000_000, '"\\' * 90_000])
def test_long_text_ends_as_a_block_or_a_refusal(text: str) -> None:
    """Each of these took minutes where every mark was searched to the end of the text."""
    try:
        assert load(text).attributes == {}
    except NotExaminable as refusal:
        assert refusal.detail


@given(st.text(alphabet='ab{}[]="\n,<:/*#.1 ', max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        load(text)
    except NotExaminable:
        pass
