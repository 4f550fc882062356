"""Texts about a model: words pass, whatever they speak of; payloads and scripts are told."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.inspectors.metadata_text import text_reasons

CALL = b"cos\nsystem\n(S'true'\ntR." + b" " * 40
"""A pickle that would call os.system; never loaded."""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pt",
        "A model by people who write <b>HTML</b> and JavaScript: the good parts",
        "https://example.org/model?a=b",
        json.dumps({"ss_network_module": "networks.lora", "ss_tag_frequency": {"x": {"a cat, sitting": 12}}}),
        base64.b64encode(bytes(range(256))).decode(),
        "0123456789abcdef" * 4,
        "Evaluate it with eval(model) or exec(plan); the os.system is not used, subprocess neither",
        "data:image/png;base64,iVBORw0KGgo=",
        "(lp0\nS'a list in the old protocol is data'\np1\na.",
    ],
)
def test_words(text: str) -> None:
    assert text_reasons(text, "x") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CALL.decode(), "payload-pickle"),
        (base64.b64encode(CALL).decode(), "payload-pickle"),
        (base64.urlsafe_b64encode(CALL).decode().rstrip("="), "payload-pickle"),
        (base64.b64encode(CALL * 900).decode(), "payload-pickle"),
        (base64.b64encode(b"\x7fELF" + bytes(60)).decode(), "payload-program"),
        (base64.b64encode(gzip.compress(bytes(9000) + CALL, mtime=0)).decode(), "payload-archive"),
        ("javascript:alert(1)", "metadata-script"),
        ("[docs](JavaScript: alert(1))", "metadata-script"),
        ("<img src=x onerror=alert(1)>", "metadata-script"),
        ("<SCRIPT>alert(1)</SCRIPT>", "metadata-script"),
        ("__import__('os').getcwd()", "metadata-code"),
        ("x = os.system('true')", "metadata-code"),
        ("exec(base64.b64decode(x))", "metadata-code"),
    ],
)
def test_payloads(text: str, code: str) -> None:
    assert [(one.code, one.at, one.verdict) for one in text_reasons(text, "x")] == [(code, "x", "unknown")]


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: base64.b64encode(data).decode()))
def test_no_text_raises(text: str) -> None:
    assert all(one.verdict == "unknown" for one in text_reasons(text, "x"))
