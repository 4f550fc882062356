from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import PolicyError
from scanner.policy.yaml_loader import MAX_BYTES, load, load_file, load_json


def value(text: str) -> object:
    return load(text.encode(), "p.yaml").value


def test_scalars_keep_their_form() -> None:
    text = "{date: 2026-01-31, no: no, on: on, octal: 0123, time: 12:30, yes: true, none: null, two: 2, half: 0.5}"
    assert value(text) == {
        "date": "2026-01-31",
        "no": "no",
        "on": "on",
        "octal": "0123",
        "time": "12:30",
        "yes": True,
        "none": None,
        "two": 2,
        "half": 0.5,
    }


def test_quoted_scalars_are_always_text() -> None:
    assert value('["true", \'1\', "null"]') == ["true", "1", "null"]


def test_every_value_has_a_line() -> None:
    document = load(b"rules:\n  - id: A\n    select:\n      kind: model\n", "p.yaml")
    assert document.place(("rules", 0, "select", "kind")) == "p.yaml:4"
    assert document.place(("rules", 0, "absent")) == "p.yaml:2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2\n", "given twice"),
        ("a: &x 1\nb: *x\n", "anchors"),
        ("a: *x\n", "anchors"),
        ("a: !!python/object/apply:os.system [true]\n", "tags"),
        ("a: !x 1\n", "tags"),
        ("a: 1\n---\nb: 2\n", "2 documents"),
        ("", "0 documents"),
        ("a: [1\n", "not valid YAML"),
        ("? [a]\n: 1\n", "key must be a word"),
        ("a: 'x\0y'\n", "not valid YAML"),
        ("[" * 5000, "nested deeper"),
        ("a:\n" + "".join(" " * n + "- \n" for n in range(1, 3)) + "b: {c: " * 60, "p.yaml"),
    ],
)
def test_hostile_yaml_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        load(text.encode(), "p.yaml")


def test_merge_keys_are_plain_keys() -> None:
    assert value("{'<<': {a: 1}}") == {"<<": {"a": 1}}


def test_size_and_encoding_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(PolicyError, match="larger than"):
        load_file(path, "big.yaml")
    with pytest.raises(PolicyError, match="UTF-8"):
        load(b"a: \xff\n", "p.yaml")
    with pytest.raises(PolicyError, match="cannot be read"):
        load_file(tmp_path / "absent.yaml", "absent.yaml")


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100_000, "{", '{"a": Infinity}'])
def test_json_is_strict(text: str) -> None:
    with pytest.raises(PolicyError, match="not strict JSON"):
        load_json(text.encode(), "b.json")


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text("abäß€0: #-'\"\\\n[]{}!&*~", max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_json_in_yaml_is_read_back(data: object) -> None:
    assert load(json.dumps(data).encode(), "p.yaml").value == data


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    try:
        load(data, "p.yaml")
    except PolicyError as error:
        assert str(error).startswith("p.yaml")
