from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from scanner.advisories.versions import APK, DPKG, PYPI, RPM, SEMVER, InvalidVersion, Order, ascending, order_of

ORDERS = [PYPI, SEMVER, DPKG, APK, RPM]
RELEASES = st.lists(st.integers(0, 10**6), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize(
    ("ecosystem", "expected"),
    [
        ("PyPI", PYPI),
        ("npm", SEMVER),
        ("Go", SEMVER),
        ("crates.io", SEMVER),
        ("Debian:12", DPKG),
        ("Ubuntu:22.04:LTS", DPKG),
        ("Alpine:v3.21", APK),
        ("Rocky Linux:9", RPM),
        ("Maven", None),
        ("pypi", None),
    ],
)
def test_the_order_of_an_ecosystem(ecosystem: str, expected: Order | None) -> None:
    assert order_of(ecosystem) is expected


@pytest.mark.parametrize(
    ("order", "row"),
    [
        (PYPI, ["not a version", "1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0+cpu", "1.0.post1", "1.1", "1!0.1"]),
        (SEMVER, ["1.0.0-0", "1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10"]),
        (SEMVER, ["1.21.0-0", "go1.21rc2", "1.21.0-rc.3", "go1.21", "go1.21.1"]),
        (DPKG, ["1.0~rc1", "1.0", "1.0-1~bpo1", "1.0-1", "1.0-1+b1", "1.0a", "1.0+dfsg", "1:0.1"]),
        (APK, ["1.0_alpha", "1.0_rc1", "1.0", "1.0-r1", "1.0_p1", "1.0a", "1.01", "1.1", "1.1.1"]),
        (RPM, ["1.0~rc1", "1.0", "1.0-1.el8", "1.0-1.el9", "1.0^git1", "1.0.a", "1.0.1", "1:0.1"]),
    ],
    ids=["pypi", "semver", "go", "dpkg", "apk", "rpm"],
)
def test_an_ascending_row(order: Order, row: list[str]) -> None:
    shuffled = random.Random(3).sample(row, len(row))
    assert sorted(shuffled, key=order.key) == row


@pytest.mark.parametrize(
    ("order", "spellings"),
    [
        (PYPI, ["1.0", "v1.0.0", "1", "1.0+cu121", " 1.0 "]),
        (PYPI, ["1.0rc1", "1.0.0-rc.1", "1.0c1"]),
        (SEMVER, ["1.2.3", "v1.2.3", "1.2.3+build"]),
        (DPKG, ["1.0-1", "0:1.0-1"]),
        (RPM, ["1.0-1", "0:1.0-1"]),
    ],
)
def test_equal_versions_have_one_canonical_spelling(order: Order, spellings: list[str]) -> None:
    assert len({order.canonical(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("order", "invalid"),
    [
        (SEMVER, ["", "main-gha.27122", "1.x", "1..2", "1.0-ü"]),
        (DPKG, ["", "1.0 beta", "1.0/2"]),
        (APK, ["", "1.0beta1", "1.0_foo1", "1.0-1", "a"]),
        (RPM, ["", " "]),
    ],
)
def test_what_an_order_rejects(order: Order, invalid: list[str]) -> None:
    for version in invalid:
        with pytest.raises(InvalidVersion):
            order.key(version)


def test_versions_of_another_family_sort_last() -> None:
    assert ascending(["2.0.0-rc.1", "1.10", "1.9", "1.9"], APK) == ("1.9", "1.10", "2.0.0-rc.1")
    assert ascending(["b", "a"], None) == ("a", "b")


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_very_long_versions_are_rejected_before_any_work(order: Order) -> None:
    with pytest.raises(InvalidVersion):
        order.key("9" * 100_000)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
@given(text=st.text(max_size=40))
def test_any_text_has_a_key_or_is_invalid(order: Order, text: str) -> None:
    order.canonical(text)
    try:
        key = order.key(text)
    except InvalidVersion:
        return
    assert key == order.key(text)
    assert not key < key


@given(first=RELEASES, second=RELEASES)
def test_plain_releases_order_alike_in_every_lenient_family(first: str, second: str) -> None:
    expected = Version(first) < Version(second)
    assert (PYPI.key(first) < PYPI.key(second)) is expected
    assert (SEMVER.key(first) < SEMVER.key(second)) is expected


@given(first=RELEASES, second=RELEASES)
def test_canonical_spelling_agrees_with_pep440_equality(first: str, second: str) -> None:
    assert (PYPI.canonical(first) == PYPI.canonical(second)) is (Version(first) == Version(second))
