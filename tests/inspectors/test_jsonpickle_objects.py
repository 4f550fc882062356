"""Documents as jsonpickle writes them."""

from __future__ import annotations

import pytest

from scanner.inspectors import jsonpickle_objects
from tests.inspectors.conftest import Inspect


@pytest.mark.parametrize(
    ("code", "verdict", "text"),
    [
        (
            "jsonpickle-denied-reference",
            "malicious",
            '{"py/object": "mine.X", "py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["echo harmless"]}]}',
        ),
        ("jsonpickle-denied-reference", "malicious", '[{"a": [{"py/type": "subprocess.Popen"}]}]'),
        ("jsonpickle-denied-reference", "malicious", '{"py\\/object": "posix.system"}'),
        ("jsonpickle-denied-reference", "malicious", '{"py\\u002fobject": "builtins.eval"}'),
        ("jsonpickle-evaluates-text", "malicious", '{"py/repr": "os/os.system(\'echo harmless\')"}'),
        ("jsonpickle-unlisted-reference", "unknown", '{"py/object": "mine.Model", "w": [1, 2]}'),
    ],
)
def test_what_a_reader_would_import(inspected: Inspect, code: str, verdict: str, text: str) -> None:
    groups = inspected(jsonpickle_objects, text.encode(), "model.json")
    assert code in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == verdict


def test_known_references(inspected: Inspect) -> None:
    groups = inspected(jsonpickle_objects, b'{"py/object": "collections.OrderedDict", "a": 1}')
    assert groups["code_scan"]["verdict"] == "known-safe"
    assert [one["name"] for one in groups["imports"]] == ["collections.OrderedDict"]


@pytest.mark.parametrize(
    "text", [b'{"a": "py/object"}', b'{"py/object": 1}', b'"py/object"', b'{"py/object": "os.system"', b'{"py/id": 1}']
)
def test_other_json_gets_no_word(inspected: Inspect, text: bytes) -> None:
    assert inspected(jsonpickle_objects, text) == {}
