"""Names, versions and requirements of Python packages, as they are and as nobody should write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import identity
from scanner.model import EvidenceBuilder, Location
from scanner.records.python_packages import (
    add_package,
    exact_version,
    file_version,
    name_of,
    requirement_of,
    version_of,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Foo_Bar.baz", "foo-bar-baz"),
        (" x ", "x"),
        ("", None),
        (None, None),
        ("-x", None),
        ("a b", None),
        ("\x1b", None),
    ],
)
def test_names_are_normalised(text: str | None, name: str | None) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0-RC1", "1.0rc1"),
        ("2024.01", "2024.1"),
        ("1.0+cu118", "1.0+cu118"),
        ("2004d", "2004d"),
        ("1; x", None),
        ("", None),
        (None, None),
        ("1" * 300, None),
    ],
)
def test_versions_are_normalised_and_old_ones_kept(text: str | None, version: str | None) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("demo-1.5-py3-none-any.whl", "1.5"),
        ("demo-1.5.tar.gz", "1.5"),
        ("master.zip", None),
        ("x.whl", None),
        ("", None),
    ],
)
def test_the_name_of_an_archive_holds_the_version(filename: str, version: str | None) -> None:
    assert file_version(filename) == version


@pytest.mark.parametrize(
    ("text", "version"),
    [("a==1.0", "1.0"), ("a===1.0", "1.0"), ("a==1.*", None), ("a>=1", None), ("a", None), ("a==1,!=2", None)],
)
def test_one_version_only_is_exact(text: str, version: str | None) -> None:
    requirement = requirement_of(text)
    assert requirement is not None
    assert exact_version(requirement) == version


@pytest.mark.parametrize("text", ["", "a >=", "a" * 5_000, "a ; " + "(" * 3_000, "\x1b[31m"])
def test_what_is_no_requirement_is_none(text: str) -> None:
    assert requirement_of(text) is None


def test_a_package_carries_its_url() -> None:
    builder = EvidenceBuilder("test")
    ref = add_package(builder, "demo", "1", Location("x"))
    assert ref == identity.pypi("Demo", "1")
    assert [(one.predicate, one.value) for one in builder.statements] == [("purl", "pkg:pypi/demo@1")]


@given(st.text(max_size=50))
def test_normalising_twice_changes_nothing_and_leaves_printable_text(text: str) -> None:
    for normalise in (name_of, version_of):
        once = normalise(text)
        assert once is None or (normalise(once) == once and once.isprintable())
