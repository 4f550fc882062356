"""The mutator of documents: one value becomes another, and the rest stays."""

from __future__ import annotations

import json

import pytest

from tests.fuzz.values import VALUES, changed


def test_one_value_is_replaced_by_each_of_the_others() -> None:
    document = b'{"a": [1, {"b": "c"}]}'
    found = {changed(document, seed) for seed in range(3000)}
    assert found == {
        text.encode()
        for value in VALUES
        for text in (value, f'{{"a": {value}}}', f'{{"a": [{value}, {{"b": "c"}}]}}', f'{{"a": [1, {value}]}}')
    } | {f'{{"a": [1, {{"b": {value}}}]}}'.encode() for value in VALUES}


def test_the_same_seed_gives_the_same_document_and_yaml_becomes_json() -> None:
    assert changed(b"a: 1\nb: [x]\n", 7) == changed(b"a: 1\nb: [x]\n", 7)
    assert json.loads(changed(b"a: 1\nb: [x]\n", 7) or b"")


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"text", b"1", b"{a: b", b"[" * 100_000, b"? [a]\n: b\n", b"a: \xed\xa0\x80"]
)
def test_what_is_no_document_is_left_to_the_fuzzer(data: bytes) -> None:
    assert changed(data, 1) is None
