from __future__ import annotations

from scanner.records.plain import Plain, at, mapping, mappings, sequence, text, texts

DATA: Plain = {"a": {"b": [1, "x", None, {"c": True}]}, "n": 2.5, "long": "x" * 900}


def test_shapes_that_are_there_and_shapes_that_are_not() -> None:
    assert at(DATA, "a", "b") == [1, "x", None, {"c": True}]
    assert at(DATA, "a", "b", "c") is None
    assert mapping(at(DATA, "n")) == {}
    assert sequence("text") == ()
    assert mappings(at(DATA, "a", "b")) == [{"c": True}]


def test_texts_are_text_or_numbers_of_bounded_length() -> None:
    assert text(at(DATA, "n")) == "2.5"
    assert len(text(at(DATA, "long")) or "") == 500
    others: list[Plain] = [None, "", True, [], {}]
    assert [text(value) for value in others] == [None] * 5
    assert texts(at(DATA, "a", "b")) == ["1", "x"]
    assert texts("one") == ["one"]
