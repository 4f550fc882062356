from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.text_proto import DEPTH, TextMessage, loads, messages, string, strings


def test_fields_repeat_and_nest_in_every_spelling() -> None:
    text = """
    # a comment { "
    name: "fraud"; name : 'two' 'parts'
    inner { value: -1.5e3 kind: DRIFT }
    inner: < value: 0x1F, [type.example.com/x] { a: true } >
    list: [1, "b", c] one: [WORD] none: []
    """
    assert loads(text) == {
        "name": ["fraud", "twoparts"],
        "inner": [
            {"value": ["-1.5e3"], "kind": ["DRIFT"]},
            {"value": ["0x1F"], "[type.example.com/x]": [{"a": ["true"]}]},
        ],
        "list": ["1", "b", "c"],
        "one": ["WORD"],
        "none": [],
    }


def test_escapes() -> None:
    (value,) = loads(r'a: "\"\n\101\x42\u00e9\U0001F600\\\'"')["a"]
    assert value == "\"\nABé\U0001f600\\'"
    assert loads(r'a: "\777\UFFFFFFFF\ud800\xff"')["a"] != []


def test_readers_pass_over_other_types() -> None:
    message = loads("a: 1 a { b: 2 b: 3 }")
    assert (strings(message, "a"), string(message, "b")) == (["1"], "")
    assert [string(one, "b") for one in messages(message, "a")] == ["3"]
    assert messages(message, "a", "b") == [] and messages(message, "x", "y") == []


@pytest.mark.parametrize(
    "text",
    ["a", "a:", "a {", "a }", "a: {]}", "a: [1", "a: [", 'a: "x', "a 1", "a: :", "{", "a { > ", "a: }", "\x00", ":"],
)
def test_what_is_no_message_is_told(text: str) -> None:
    with pytest.raises(NotExaminable, match="unreadable"):
        loads(text)


def test_depth_is_bounded() -> None:
    assert loads("a {" * (DEPTH - 1) + "}" * (DEPTH - 1))
    with pytest.raises(NotExaminable, match="over_limit"):
        loads("a {" * 30_000)


NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


def written(message: TextMessage) -> str:
    parts = []
    for name, values in message.items():
        for value in values:
            if isinstance(value, str):
                escaped = "".join(f"\\{byte:03o}" for byte in value.encode())
                parts.append(f'{name}: "{escaped}"')
            else:
                parts.append(f"{name} {{ {written(value)} }}")
    return "\n".join(parts)


@given(
    st.recursive(
        st.dictionaries(NAMES, st.lists(st.text(), min_size=1)),
        lambda inner: st.dictionaries(NAMES, st.lists(inner | st.text(), min_size=1), max_size=3),
        max_leaves=10,
    )
)
def test_what_is_written_is_read(message: TextMessage) -> None:
    assert loads(written(message)) == message


@given(st.text(max_size=60))
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        loads(text)
    except NotExaminable:
        pass
