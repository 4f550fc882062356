from __future__ import annotations

import pytest

from scanner.errors import NotExaminable
from scanner.records import json_bounded


def test_a_json_text_is_read() -> None:
    assert json_bounded.loads('{"a": [1, 2.5, null, true, "x"]}') == {"a": [1, 2.5, None, True, "x"]}


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "[Infinity]", "9" * 5000, "\ud800{}", "{'a': 1}"])
def test_broken_texts_are_unreadable(text: str) -> None:
    with pytest.raises(NotExaminable, match="unreadable"):
        json_bounded.loads(text)


@pytest.mark.parametrize("depth", [65, 100_000])
def test_nesting_is_bounded(depth: int) -> None:
    with pytest.raises(NotExaminable, match="over_limit"):
        json_bounded.loads("[" * depth + "]" * depth)


def test_the_deepest_allowed_text_is_read() -> None:
    assert json_bounded.loads("[" * 64 + "]" * 64) == json_bounded.loads("[" * 64 + "]" * 64, depth=64)
