"""Marked values are found and taken out, whatever the shape of the marks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.sensitive import marks_of_paths, sensitive_parts, without_sensitive


@pytest.mark.parametrize(
    ("value", "marks", "left"),
    [
        ({"a": 1, "b": 2}, {"b": True}, {"a": 1, "b": None}),
        ([1, 2], [False, True], [1, None]),
        ([1, 2], [True], [None, 2]),
        ({"a": {"b": 1}}, True, None),
        ({"a": 1}, {"a": {"b": True}}, {"a": None}),
        ("x", [True], None),
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1}, None, {"a": 1}),
    ],
)
def test_what_is_marked_is_taken_out(value: Any, marks: Any, left: Any) -> None:
    assert without_sensitive(value, marks) == left


def test_places_and_parts() -> None:
    value = {"a": [{"b": "s"}, {"b": "t"}], "c": None, "d": {"e": 1}}
    marks = {"a": [{}, {"b": True}], "c": True, "d": True}
    assert list(sensitive_parts(value, marks)) == [("a.1.b", "t"), ("d", {"e": 1})]


def test_paths_become_marks_and_an_index_marks_the_whole_list() -> None:
    def step(type: str, value: Any) -> dict[str, Any]:
        return {"type": type, "value": value}

    paths = [
        [step("get_attr", "a"), step("get_attr", "b")],
        [step("get_attr", "c"), step("index", {"value": 0}), step("get_attr", "d")],
    ]
    assert marks_of_paths(paths) == {"a": {"b": True}, "c": True}
    assert marks_of_paths([[3]]) is True
    assert marks_of_paths(None) == {}


PLAIN = st.none() | st.booleans() | st.text("abs", max_size=2)
JSON = st.recursive(PLAIN, lambda part: st.lists(part) | st.dictionaries(st.sampled_from("abc"), part))


@given(JSON, JSON)
def test_nothing_marked_is_left(value: Any, marks: Any) -> None:
    assert not [part for _, part in sensitive_parts(without_sensitive(value, marks), marks) if _said(part)]


def _said(part: Any) -> bool:
    if isinstance(part, dict):
        return any(_said(one) for one in part.values())
    if isinstance(part, list):
        return any(_said(one) for one in part)
    return part is not None
