"""safetensors by the library, and every breach of the format told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import safetensors_header
from tests.inspectors.conftest import Inspect

SAMPLE = Path(__file__).parent / "samples" / "plain.safetensors"


def made(header: Any, data: bytes = b"") -> bytes:
    raw = header.encode() if isinstance(header, str) else json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def tensor(begin: int, end: int, dtype: str = "U8", shape: list[Any] | None = None) -> dict[str, Any]:
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]}


def test_a_real_file(inspected: Inspect) -> None:
    groups = inspected(safetensors_header, SAMPLE)
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("safetensors", "known-safe")
    assert "findings" not in groups


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (made({"a": tensor(0, 4), "b": tensor(2, 6)}, b"x" * 6), "safetensors-layout"),
        (made({"a": tensor(0, 4), "b": tensor(8, 9)}, b"x" * 9), "safetensors-layout"),
        (made({"a": tensor(0, 4)}, b"x" * 40), "safetensors-trailing"),
        (made({"a": tensor(0, 400)}, b"x" * 4), "safetensors-trailing"),
        (made({"a": tensor(0, 4, "F32", [2])}, b"x" * 4), "safetensors-bad-tensor"),
        (made({"a": tensor(0, 4, "PICKLE")}, b"x" * 4), "safetensors-bad-tensor"),
        (made({"a": tensor(0, 4, shape=[2**40, 2**40])}, b"x" * 4), "safetensors-bad-tensor"),
        (made({"a": tensor(0, 4, shape=[True, 4])}, b"x" * 4), "safetensors-bad-tensor"),
        (made({"a": tensor(0, 4, shape=[4.0])}, b"x" * 4), "safetensors-bad-tensor"),
        (made({"a": tensor(0, 4) | {"code": "x"}}, b"x" * 4), "safetensors-bad-tensor"),
        (made({"a": [1]}, b""), "safetensors-bad-tensor"),
        (made({"__metadata__": {"a": {"b": 1}}}), "safetensors-metadata"),
        (made({"__metadata__": "text"}), "safetensors-metadata"),
    ],
)
def test_breaches_leave_the_verdict_open(inspected: Inspect, content: bytes, code: str) -> None:
    groups = inspected(safetensors_header, content)
    assert groups["code_scan"]["verdict"] == "unknown"
    assert code in [one["code"] for one in groups["findings"]]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ('{"a": 1, "a": 2}', "repeats a key"),
        ('{"a": ' + "[" * 100_000, "not JSON"),
        ("{" + "x" * 30, "not JSON"),
        ('{"a": \xff\xfe}', "not JSON"),
    ],
)
def test_broken_headers_are_told(inspected: Inspect, header: str, detail: str) -> None:
    with pytest.raises(NotExaminable, match=detail):
        inspected(safetensors_header, made(header))


def test_empty_and_scalar_tensors(inspected: Inspect) -> None:
    header = {"empty": tensor(0, 0, "F32", [0, 3]), "scalar": tensor(0, 4, "F32", []), "half": tensor(4, 5, "F4", [2])}
    assert inspected(safetensors_header, made(header, b"x" * 5))["code_scan"]["verdict"] == "known-safe"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["dtype", "shape", "data_offsets", "__metadata__", "x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_no_header_raises(value: Any) -> None:
    if isinstance(value, dict):
        reasons = safetensors_header._layout(value, 10)
        assert all(reason.verdict == "unknown" for reason in reasons)


@pytest.mark.parametrize(
    ("dtype", "start", "codes"),
    [
        ("U8", b"\x7fELF\2\1\1", ["payload-program"]),
        ("I8", b"PK\x03\x04", ["payload-archive"]),
        ("U8", b"cos\nsystem\n(S'true'\ntR.", ["payload-pickle"]),
        ("F32", b"\x7fELF\2\1\1", []),
        ("U8", b"\x80\x04\x95", []),
        ("U8", b"", []),
    ],
)
def test_the_first_bytes_of_tensors_of_bytes(inspected: Inspect, dtype: str, start: bytes, codes: list[str]) -> None:
    data = start.ljust(64, b"\0")
    shape = [64] if dtype in ("U8", "I8") else [16]
    groups = inspected(safetensors_header, made({"a": tensor(0, 64, dtype, shape)}, data))
    assert [one["code"] for one in groups.get("findings", [])] == codes


def test_what_follows_the_tensors_is_looked_at(inspected: Inspect) -> None:
    groups = inspected(safetensors_header, made({"a": tensor(0, 4)}, b"xxxx\x7fELF\2\1\1" + bytes(64)))
    assert {one["code"] for one in groups["findings"]} == {"safetensors-trailing", "payload-program"}


def test_metadata_is_read(inspected: Inspect) -> None:
    groups = inspected(safetensors_header, made({"__metadata__": {"format": "pt", "x": "javascript:alert(1)"}}))
    assert [(one["code"], one["at"]) for one in groups["findings"]] == [("metadata-script", "metadata x")]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (made({"a": tensor(0, 4)})[:-20], "content"),
        ((1 << 40).to_bytes(8, "little") + b'{"a": 1}', "content"),
        (b"\xff" * 8 + b'{"a": 1}', "model.safetensors"),
    ],
    ids=["cut", "longer than any header", "length of all ones"],
)
def test_a_header_longer_than_the_file(inspected: Inspect, content: bytes, name: str) -> None:
    with pytest.raises(NotExaminable, match="header"):
        inspected(safetensors_header, content, name)


@pytest.mark.parametrize("content", [b'var x = {"a": 1};\n', b"namespace{}", b'01234567{"a":1}'])
def test_a_text_with_a_brace_there_is_none(inspected: Inspect, content: bytes) -> None:
    assert inspected(safetensors_header, content) == {}
