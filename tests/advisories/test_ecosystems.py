from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.advisories.ecosystems import NotAuditable, Target, advisory_name, target_of


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:pypi/Foo.Bar_baz@1.0", Target("PyPI", "foo-bar-baz", "1.0")),
        ("pkg:pypi/torch@2.0%2Bcu121", Target("PyPI", "torch", "2.0", "cu121")),
        ("pkg:npm/%40scope/name@1.0.0", Target("npm", "@scope/name", "1.0.0")),
        ("pkg:golang/github.com/Azure/go@v1.2.3", Target("Go", "github.com/Azure/go", "v1.2.3")),
        ("pkg:cargo/Foo@1.0.0", Target("crates.io", "Foo", "1.0.0")),
        ("pkg:maven/org.a/b@1.0", Target("Maven", "org.a:b", "1.0")),
        (
            "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?distro=debian-12",
            Target("Debian:12", "libssl3", "3.0.11-1~deb12u2"),
        ),
        (
            "pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&upstream=openssl",
            Target("Debian:12", "openssl", "3.0.11-1"),
        ),
        ("pkg:deb/debian/x@2.0-1%2Bb1?distro=debian-12&upstream=y@2.0-1", Target("Debian:12", "y", "2.0-1")),
        ("pkg:deb/ubuntu/bash@5.1?distro=ubuntu-22.04", Target("Ubuntu:22.04:LTS", "bash", "5.1")),
        ("pkg:deb/ubuntu/bash@5.1?distro=ubuntu-22.10", Target("Ubuntu:22.10", "bash", "5.1")),
        ("pkg:apk/alpine/busybox@1.36.1-r2?distro=3.19.1", Target("Alpine:v3.19", "busybox", "1.36.1-r2")),
        ("pkg:apk/wolfi/busybox@1.36.1-r2", Target("Wolfi", "busybox", "1.36.1-r2")),
        ("pkg:rpm/rocky/bash@5.1-9.el9?distro=rocky-9.3&epoch=1", Target("Rocky Linux:9", "bash", "1:5.1-9.el9")),
    ],
)
def test_where_advisories_list_a_package(purl: str, expected: Target) -> None:
    assert target_of(purl) == expected


@pytest.mark.parametrize(
    "purl",
    [
        "",
        "flask",
        "pkg:pypi/flask",
        "pkg:pypi/flask@*",
        "pkg:pypi/flask@latest",
        "pkg:pypi/flask@%3E=1.0",
        "pkg:pypi/flask@1.0,2.0",
        "pkg:pypi/flask@" + "a1" * 20,
        "pkg:pypi/flask@https%3A%2F%2Fexample.com%2Fflask.whl",
        "pkg:pypi/evil/flask@1.0",
        "pkg:deb/debian/bash@5.1",
        "pkg:deb/debian/bash@5.1?distro=bookworm",
        "pkg:conda/numpy@1.26",
        "pkg:generic/openssl@3.0",
        "pkg:huggingface/org/model@main",
        "pkg:pypi/" + "a" * 5000 + "@1",
        "pkg:pypi/\ud800@1",
    ],
)
def test_what_cannot_be_audited_says_why(purl: str) -> None:
    target = target_of(purl)
    assert isinstance(target, NotAuditable)
    assert target.reason


@given(st.text(max_size=60) | st.text(max_size=60).map(lambda text: f"pkg:pypi/{text}"))
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(target_of(text), Target | NotAuditable)


def test_only_python_names_are_folded() -> None:
    assert advisory_name("PyPI", "Foo._Bar") == "foo-bar"
    assert advisory_name("npm", "JSONStream") == "JSONStream"
