"""JSON of strangers is bounded and unambiguous."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.signing import strict_json
from scanner.signing.result import Code, Rejected
from scanner.signing.strict_json import base64_bytes, load_object, text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a": 1} x',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 65 + b"]" * 65 + b"}",
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
)
def test_anything_but_strict_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        load_object(raw, "the test")
    assert refusal.value.code is Code.MALFORMED


def test_nesting_up_to_the_limit_is_read() -> None:
    assert load_object(b'{"a": ' + b"[" * 63 + b"]" * 63 + b"}", "the test")


def test_size_and_number_of_values_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MAX_BYTES", "MAX_VALUES"):
        with monkeypatch.context() as patch:
            patch.setattr(strict_json, limit, 4)
            with pytest.raises(Rejected) as refusal:
                load_object(b'{"a": [1, 2, 3, 4]}', "the test")
            assert refusal.value.code is Code.TOO_LARGE


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_whatever_json_writes_is_read_back(value: dict[str, object]) -> None:
    assert load_object(json.dumps(value).encode(), "the test") == value


@pytest.mark.parametrize("encoded", ["YQ", "YQ=", "YQ==\n", "Y Q==", "YQ==YQ==", "-_-_", "é"])
def test_base64_is_decoded_strictly(encoded: str) -> None:
    with pytest.raises(Rejected):
        base64_bytes({"x": encoded}, "x", "the test")


def test_a_lone_surrogate_is_not_text() -> None:
    with pytest.raises(Rejected):
        text(load_object(b'{"x": "\\ud800"}', "the test"), "x", "the test")
