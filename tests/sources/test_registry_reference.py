"""Names of images in registries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.sources.registry_reference import Origin, is_loopback, parse_reference

HEX = "a" * 64


@pytest.mark.parametrize(
    ("text", "wanted", "origin", "shown"),
    [
        ("registry:ghcr.io/a/b", "latest", Origin("https", "ghcr.io", 443), "registry:ghcr.io/a/b:latest"),
        ("registry:h.example:5000/b:1.0", "1.0", Origin("https", "h.example", 5000), "registry:h.example:5000/b:1.0"),
        (f"h.example/b:1@sha256:{HEX}", f"sha256:{HEX}", Origin("https", "h.example", 443), None),
        (f"h.example/b@sha256:{HEX.upper()}", f"sha256:{HEX}", Origin("https", "h.example", 443), None),
        ("localhost/b:x", "x", Origin("http", "localhost", 80), None),
        ("127.0.0.1:5000/b:x", "x", Origin("http", "127.0.0.1", 5000), None),
        ("[::1]:5000/b:x", "x", Origin("http", "[::1]", 5000), None),
        (
            "docker.io/python:3",
            "3",
            Origin("https", "registry-1.docker.io", 443),
            "registry:docker.io/library/python:3",
        ),
    ],
)
def test_a_reference_says_where_to_ask_for_what(text: str, wanted: str, origin: Origin, shown: str | None) -> None:
    found = parse_reference(text)
    assert (found.wanted, found.origin) == (wanted, origin)
    assert shown is None or str(found) == shown


@pytest.mark.parametrize(
    "text",
    [
        "registry:", "registry:name", "h/UPPER", "h/a:", "h/a:t@md5:1", "h:0/a", "h:99999/a", "user:p@h/a", "h/../a",
        "h/a//b", "h/a?x=1", "h /a", "-h/a", "h/a@sha256:12", "h/a\n", "h/" + "a" * 300,
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(UsageError, match=r"registry:HOST\[:PORT\]/NAME:TAG"):
        parse_reference(text)


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        found = parse_reference(text)
    except UsageError:
        return
    assert parse_reference(str(found)) == found


@pytest.mark.parametrize("host", ["localhost", "127.8.9.1", "[::1]", "a.localhost", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.example.com", "0x7f.1", "[fe80::1]"])
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)
