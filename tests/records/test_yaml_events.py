from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records import yaml_events

WORDS = st.text("abc xyz:#-'\"0123~", max_size=8)
VALUES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4))


def test_scalars_stay_text_and_only_plain_nulls_are_none() -> None:
    text = "{a: 0123, on: yes, date: 2025-01-01, t: !!python/object:os.system x, n: ~, e: , q: '', z: 'null'}"
    assert yaml_events.load(text) == {
        "a": "0123",
        "on": "yes",
        "date": "2025-01-01",
        "t": "x",
        "n": None,
        "e": None,
        "q": "",
        "z": "null",
    }


def test_merge_keys_and_aliases_are_applied() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, y: 9}\ntwo: {<<: [*b, *m]}\nthree: *b\n"
    data = yaml_events.load(text)
    assert data == {
        "base": {"x": "1", "y": "2"},
        "more": {"y": "3", "z": "4"},
        "one": {"x": "1", "y": "9"},
        "two": {"x": "1", "y": "2", "z": "4"},
        "three": {"x": "1", "y": "2"},
    }


def test_every_document_has_its_line() -> None:
    documents = yaml_events.load_all("a: 1\n---\n# only a comment\n---\n\nb: 2\n")
    assert [(item.data, item.line) for item in documents] == [({"a": "1"}, 1), (None, 4), ({"b": "2"}, 6)]


@given(VALUES)
def test_what_is_dumped_is_read_back(value: object) -> None:
    assert yaml_events.load(yaml.safe_dump(value, default_style="'")) == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_not_examinable(text: str) -> None:
    try:
        yaml_events.load_all(text)
    except NotExaminable as error:
        assert error.reason in ("unreadable", "over_limit")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
@pytest.mark.parametrize("depth", [65, 30_000])
def test_nesting_is_refused_before_it_is_composed(opening: str, depth: int) -> None:
    with pytest.raises(NotExaminable):
        yaml_events.load(opening * depth)


def test_the_deepest_allowed_document_is_read() -> None:
    assert yaml_events.load("[" * 64 + "]" * 64) is not None


def test_aliases_that_explode_are_refused() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9))
    with pytest.raises(NotExaminable, match="over_limit"):
        yaml_events.load(bomb)


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: [", "a: b: c", "\x00", "%YAML 9", "*x", "\ud800"])
def test_broken_documents_are_unreadable(text: str) -> None:
    with pytest.raises(NotExaminable, match="unreadable"):
        yaml_events.load(text)


def test_size_is_bounded() -> None:
    with pytest.raises(NotExaminable, match="over_limit"):
        yaml_events.load("#" * (yaml_events.BYTES + 1))
