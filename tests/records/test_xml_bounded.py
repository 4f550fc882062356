"""Plain XML is read; declarations, depth and size are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records import xml_bounded


def test_elements_values_and_search() -> None:
    root = xml_bounded.loads(b"<?xml version='1.1'?><a x='1'>t<b><c> v </c></b><b/><d><b>w</b></d>u</a>")
    assert (root.name, root.attributes, root.text) == ("a", {"x": "1"}, "tu")
    assert root.value("b", "c") == "v"
    assert root.value("b", "x") is None
    assert [one.text for one in root.everywhere("b")] == ["", "", "w"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<a>&b;</a>",
        b"<a>" * 65 + b"</a>" * 65,
        b"<a>" + b"<b/>" * 500_000 + b"</a>",
        b"\xff\xfe<a/>",
    ],
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(NotExaminable):
        xml_bounded.loads(data)


@given(st.text(alphabet="<>/ab&;'=! ", max_size=40))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        xml_bounded.loads(text.encode())
    except NotExaminable:
        pass
