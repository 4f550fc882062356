"""TOML of records, and the lines of its tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.records import toml_bounded

TEXT = 'a = 1\n[[p]]\nname = "x"\r\n\n [[p]]\n[[ p ]] # note\nname = """\n[[q]]\n"""\n'


def test_reads_a_document() -> None:
    assert toml_bounded.loads("a = [1, {b = 'c'}]") == {"a": [1, {"b": "c"}]}


@pytest.mark.parametrize(
    ("text", "reason"), [("a = ", UNREADABLE), ("a=" + "[" * 50_000, OVER_LIMIT), ("a = '\x00'", UNREADABLE)]
)
def test_refuses_what_is_broken_or_too_deep(text: str, reason: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        toml_bounded.loads(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize("part", ["a", '"b c"', "'d'", r'"\""', '"' + "x" * 500 + '"', " a "])
@pytest.mark.parametrize("written", ["{key} = 1", "x = {{ {key} = 1 }}", "[{key}]", "[[{key}]]"])
def test_refuses_keys_that_take_memory_by_the_square_of_their_parts(part: str, written: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        toml_bounded.loads(written.format(key=".".join([part] * 30_000)))
    assert caught.value.reason == OVER_LIMIT
    assert toml_bounded.loads(written.format(key=".".join([part] * toml_bounded.KEY_PARTS)))


def test_refuses_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml_bounded, "BYTES", 10)
    with pytest.raises(NotExaminable) as caught:
        toml_bounded.loads("# " + "x" * 10)
    assert caught.value.reason == OVER_LIMIT


def test_tables_of_an_array_have_lines() -> None:
    assert toml_bounded.array_lines(TEXT, "p", 3) == ["line 2", "line 5", "line 6"]


def test_no_line_is_given_where_the_search_is_fooled_by_a_text() -> None:
    assert toml_bounded.array_lines(TEXT, "q", 0) == []
    assert toml_bounded.array_lines(TEXT + "[[q]]\n", "q", 1) == [""]


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(toml_bounded.loads(text), dict)
    except NotExaminable as error:
        assert error.reason == UNREADABLE
