from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.references import image_reference, is_commit, without_credentials


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://user:token@example.com/a.git", "https://example.com/a.git"),
        ("https://token@example.com/a@b", "https://example.com/a@b"),
        ("git@example.com:org/repo.git", "git@example.com:org/repo.git"),
        ("s3://bucket/key?X-Amz-Signature=1#x", "s3://bucket/key"),
        ("../data", "../data"),
    ],
)
def test_addresses_lose_what_lets_someone_in(address: str, told: str) -> None:
    assert without_credentials(address) == told


@given(st.text("ab:@/?#", max_size=30))
def test_no_user_is_left_before_the_host(rest: str) -> None:
    told = without_credentials(f"https://{rest}")
    assert "@" not in told.removeprefix("https://").partition("/")[0]
    assert "?" not in told


def test_only_full_ids_are_commits() -> None:
    assert is_commit("A" * 40) and is_commit("0" * 64)
    assert not any(is_commit(text) for text in ("a" * 7, "a" * 41, "g" * 40, "", "a" * 40 + "\n"))


@given(st.text(max_size=200))
def test_any_text_is_an_image_or_none(text: str) -> None:
    reference = image_reference(text)
    assert reference is None or reference.name


def test_long_names_take_no_long_time() -> None:
    assert image_reference("a:" * 200_000) is None
