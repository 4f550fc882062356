"""skops archives by skops, and ones that hide their schema."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import skops_schema
from tests.inspectors.conftest import Inspect

SAMPLES = Path(__file__).parent / "samples"


def archive(schema: Any, *before: str, after: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in before:
            made.writestr(name, "{}")
        made.writestr("schema.json", schema if isinstance(schema, str) else json.dumps(schema))
        for name in after:
            made.writestr(name, "{}")
    return out.getvalue()


def function(module: str, name: str) -> dict[str, Any]:
    return {"__loader__": "FunctionNode", "__module__": module, "__class__": name, "__id__": 1}


def object_of(module: str, name: str, loader: str = "ObjectNode") -> dict[str, Any]:
    return {"__loader__": loader, "__module__": module, "__class__": name, "content": None}


def test_a_real_model(inspected: Inspect) -> None:
    assert inspected(skops_schema, SAMPLES / "plain.skops")["code_scan"]["verdict"] == "known-safe"


def test_a_real_archive_that_names_a_function_which_runs_text(inspected: Inspect) -> None:
    groups = inspected(skops_schema, SAMPLES / "function.skops")
    assert groups["code_scan"]["verdict"] in ("malicious", "unknown")
    assert any("runstring" in one["detail"] for one in groups["findings"])


@pytest.mark.parametrize(
    ("node", "verdict"),
    [
        (function("os", "system"), "malicious"),
        (function("builtins", "eval"), "malicious"),
        ({"__loader__": "FunctionNode", "content": {"module_path": "os", "function": "system"}}, "malicious"),
        (object_of("subprocess", "Popen"), "malicious"),
        (object_of("builtins", "dict", "DictNode"), "known-safe"),
        (object_of("acme.models", "Own"), "unknown"),
        (object_of("builtins", "exec", "TypeNode"), "malicious"),
        ({"__loader__": "ListNode", "__module__": "builtins", "content": [[[function("os", "popen")]]]}, "malicious"),
    ],
)
def test_what_a_node_names(inspected: Inspect, node: dict[str, Any], verdict: str) -> None:
    root = object_of("builtins", "dict", "DictNode") | {"content": {"a": node}}
    assert inspected(skops_schema, archive(root))["code_scan"]["verdict"] == verdict


def test_a_schema_is_found_wherever_it_lies(inspected: Inspect) -> None:
    """Behind a long list of members, and beside files of other formats."""
    many = tuple(f"{'pad' * 20}{number}" for number in range(1200))
    for content in (
        archive(function("os", "system"), *many, after=many[:0]),
        archive(function("os", "system"), after=tuple(name + "after" for name in many)),
        archive(function("os", "system"), "config.json"),
        archive(function("os", "system"), "config.json", "metadata.json", "model.weights.h5"),
    ):
        assert inspected(skops_schema, content)["code_scan"]["verdict"] == "malicious"


def test_other_archives_get_no_word(inspected: Inspect) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("readme", "text")
    assert inspected(skops_schema, out.getvalue()) == {}
    schema_of_something_else = archive({"type": "object"}, "config.json", "metadata.json")
    assert inspected(skops_schema, schema_of_something_else) == {}
    assert inspected(skops_schema, b"no archive") == {}


@pytest.mark.parametrize("schema", ["{", "[" * 100_000, "\x00\xff"])
def test_a_broken_schema_is_told(inspected: Inspect, schema: str) -> None:
    with pytest.raises(NotExaminable, match="not JSON"):
        inspected(skops_schema, archive(schema))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["__loader__", "__module__", "__class__", "content", "function"]), inner, max_size=4
            )
        ),
        max_leaves=15,
    )
)
def test_no_schema_raises(schema: Any) -> None:
    for node in skops_schema._nodes(schema):
        reason = skops_schema._judge(node)
        assert reason is None or reason.verdict in ("malicious", "unknown")
