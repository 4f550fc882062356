"""GGUF files of the real writer pass; every breach of the format and every bad template is told."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors import gguf_header

DATA = Path(__file__).parent / "data"


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def tensor(name: str, offset: int, shape: tuple[int, ...] = (8,), kind: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def gguf(*keys: bytes, tensors: tuple[bytes, ...] = (), data: int = 0, version: int = 3) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys)) + b"".join(keys) + b"".join(tensors)
    return head + bytes(-len(head) % 32) * bool(tensors) + bytes(data)


@pytest.mark.parametrize("name", ["tiny.gguf", "tiny_big_endian.gguf"])
def test_real_files(inspected: Any, name: str) -> None:
    scan = inspected(gguf_header, DATA / name)["code_scan"]
    assert scan["verdict"] == "known-safe"
    assert "3 tensors" in scan["reason"]


def test_template(inspected: Any) -> None:
    for name in ("tokenizer.chat_template", "tokenizer.chat_template.tool_use"):
        found = inspected(gguf_header, gguf(key(name, 8, text("{{ ''.__class__ }}"))))
        assert found["code_scan"]["verdict"] == "malicious"
        assert found["findings"][0]["at"] == f"{name} line 1"


def test_keys_of_every_type(inspected: Any) -> None:
    widths = [key(f"k{kind}", kind, bytes(width)) for kind, width in gguf_header.WIDTHS.items()]
    nested = key("n", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ", 8, 1) + text("x"))
    content = gguf(*widths, nested)
    assert inspected(gguf_header, content)["code_scan"]["verdict"] == "known-safe"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (gguf(tensors=(tensor("a", 0), tensor("b", 0)), data=64), "gguf-layout"),
        (gguf(tensors=(tensor("a", 0), tensor("b", 64)), data=96), "gguf-layout"),
        (gguf(tensors=(tensor("a", 8),), data=64), "gguf-layout"),
        (gguf(tensors=(tensor("a", 0),), data=64), "gguf-trailing-bytes"),
        (gguf() + b"\x80\x04", "gguf-trailing-bytes"),
        (gguf(key("x", 0, b"1"), key("x", 0, b"2")), "gguf-repeated-name"),
        (gguf(tensors=(tensor("a", 0), tensor("a", 32)), data=64), "gguf-repeated-name"),
    ],
)
def test_breaches(inspected: Any, content: bytes, code: str) -> None:
    found = inspected(gguf_header, content + bytes(32) * (code == "gguf-trailing-bytes"))
    assert {one["code"] for one in found["findings"]} == {code}
    assert found["code_scan"]["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gguf(version=4), UNSUPPORTED),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), OVER_LIMIT),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), OVER_LIMIT),
        (gguf(struct.pack("<Q", 1 << 62)), UNREADABLE),
        (gguf(key("x", 8, struct.pack("<Q", 1 << 62))), UNREADABLE),
        (gguf(key("x", 9, struct.pack("<IQ", 4, 1 << 62))), UNREADABLE),
        (gguf(key("x", 9, struct.pack("<IQ", 8, 1 << 60))), UNREADABLE),
        (gguf(key("x", 9, struct.pack("<IQ", 9, 1) * 40 + bytes(400))), UNREADABLE),
        (gguf(key("x", 77, b"")), UNREADABLE),
        (gguf(key("general.alignment", 4, struct.pack("<I", 0))), UNREADABLE),
        (gguf(key("general.alignment", 4, struct.pack("<I", 24))), UNREADABLE),
        (gguf(tensors=(tensor("a", 0, (1 << 60, 1 << 60)),), data=64), UNREADABLE),
        (gguf(tensors=(tensor("a", 1 << 60),), data=64), UNREADABLE),
        (gguf(tensors=(tensor("a", 0, (1, 1, 1, 1, 1)),), data=64), UNREADABLE),
    ],
)
def test_bounds(inspected: Any, content: bytes, reason: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        inspected(gguf_header, content)
    assert caught.value.reason == reason


def test_tensor_type_of_the_future(inspected: Any) -> None:
    content = gguf(tensors=(tensor("a", 0, kind=999), tensor("b", 64)), data=96)
    groups = inspected(gguf_header, content)
    assert groups["code_scan"]["verdict"] == "unknown"
    assert [one["code"] for one in groups["findings"]] == ["gguf-tensor-type"]


def first_version(*keys: bytes) -> bytes:
    """Version 1: numbers of things and lengths have 32 bits."""
    return b"GGUF" + struct.pack("<III", 1, 0, len(keys)) + b"".join(keys)


def test_the_first_version(inspected: Any) -> None:
    name, value = b"tokenizer.chat_template", b"{{ ''.__class__ }}"
    template = struct.pack("<I", len(name)) + name + struct.pack("<II", 8, len(value)) + value
    words = struct.pack("<I", 1) + b"w" + struct.pack("<IIIIcIc", 9, 8, 2, 1, b"a", 1, b"b")
    assert inspected(gguf_header, first_version(words))["code_scan"]["verdict"] == "known-safe"
    assert inspected(gguf_header, first_version(words, template))["code_scan"]["verdict"] == "malicious"


def test_templates_in_a_list(inspected: Any) -> None:
    listed = struct.pack("<IQ", 8, 2) + text("{{ a }}") + text("{{ ''.__class__ }}")
    found = inspected(gguf_header, gguf(key("tokenizer.chat_template.x", 9, listed)))
    assert found["code_scan"]["verdict"] == "malicious"


def test_big_endian_headers_are_read_in_their_order(inspected: Any) -> None:
    name, value = b"tokenizer.chat_template", b"{{ ''.__class__ }}"
    head = b"GGUF" + struct.pack(">IQQ", 3, 0, 1) + struct.pack(">Q", len(name)) + name
    content = head + struct.pack(">IQ", 8, len(value)) + value
    assert inspected(gguf_header, content)["code_scan"]["verdict"] == "malicious"


@pytest.mark.parametrize(
    ("start", "code"),
    [(bytes(8), None), (b"\x7fELF\2\1\1\0", "payload-program"), (b"PK\3\4\x14\0\0\0", "payload-archive")],
)
def test_tensors_of_bytes(inspected: Any, start: bytes, code: str | None) -> None:
    content = gguf(tensors=(tensor("a", 0, (64,), kind=24),)) + start + bytes(56)
    found = inspected(gguf_header, content)
    assert {one["code"] for one in found.get("findings", [])} == ({code} if code else set())


def test_texts_about_the_model(inspected: Any) -> None:
    found = inspected(gguf_header, gguf(key("general.description", 8, text("see javascript:alert(1)"))))
    assert [(one["code"], one["at"]) for one in found["findings"]] == [("metadata-script", "key general.description")]


def test_too_many_texts(inspected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_header, "STRINGS", 3)
    with pytest.raises(NotExaminable) as caught:
        inspected(gguf_header, gguf(key("x", 9, struct.pack("<IQ", 8, 4) + text("") * 4)))
    assert caught.value.reason == OVER_LIMIT
