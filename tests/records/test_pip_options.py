"""Sources that a requirements file names, as pip reads its options."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import requirements
from scanner.sources.blob import blob_of_bytes

SAFE = "https://packages.example.com/simple"


def sources(text: str) -> Any:
    """The group as the collector of requirements files states it."""
    blob = blob_of_bytes("requirements.txt", text.encode("utf-8", "replace"))
    (value,) = [one.value for one in requirements.collect(blob).statements if one.predicate == "package_sources"]
    return value


@pytest.mark.parametrize("option", ["-i ", "--index-url ", "--index-url=", "--index-url = ", "-i"])
def test_one_index_takes_the_place_of_the_default_one(option: str) -> None:
    assert sources(f"{option}{SAFE}\nflask==3.0\n") == {"index": SAFE, "others": [], "insecure": [], "direct": []}


@pytest.mark.parametrize("option", ["--extra-index-url ", "--find-links=", "-f "])
def test_a_further_index_or_folder_is_another_source(option: str) -> None:
    assert sources(f"{option}{SAFE}  # internal\n")["others"] == [SAFE]


def test_no_option_names_no_index() -> None:
    assert sources("flask==3.0\n--no-binary :all:\n-r base.txt\n-c limits.txt\n--no-index\n") == {
        "index": None, "others": [], "insecure": [], "direct": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "--index-url http://a.example/simple", "--extra-index-url HTTP://a.example/simple",
        "tool @ git+http://a.example/tool.git", "tool @ git://a.example/tool.git", "-e git+http://a.example/t#egg=tool",
        "http://a.example/tool-1.0-py3-none-any.whl",
    ],
)  # fmt: skip
def test_an_address_without_tls_is_insecure(line: str) -> None:
    (found,) = sources(f"{line}\n")["insecure"]
    assert "://a.example/" in found


@pytest.mark.parametrize("address", [SAFE, "git+ssh://git@a.example/t.git", "./wheels", "file:///wheels"])
def test_other_addresses_are_not(address: str) -> None:
    assert sources(f"--find-links {address}\n")["insecure"] == []


def test_a_trusted_host_is_insecure() -> None:
    assert sources("--trusted-host a.example:8080\n")["insecure"] == ["a.example:8080: its certificate is not checked"]


def test_a_requirement_with_an_address_is_told_with_it() -> None:
    assert sources("tool @ git+https://a.example/tool.git@v1#egg=tool\n")["direct"] == [
        "tool @ git+https://a.example/tool.git@v1"
    ]


@pytest.mark.parametrize(
    "line", ["-i https://me:secret@a.example/s", "tool @ https://me:secret@a.example/tool-1.tar.gz"]
)
def test_credentials_are_never_repeated(line: str) -> None:
    assert "secret" not in str(sources(f"{line}\n")) and "a.example" in str(sources(f"{line}\n"))


def test_many_sources_are_cut() -> None:
    lines = "".join(f"--extra-index-url https://a{number}.example\n" for number in range(3_000))
    assert len(sources(lines)["others"]) == 1_000


@given(st.text(max_size=200))
def test_no_line_raises_anything(text: str) -> None:
    line = " ".join(text.split())
    value = sources(f"--index-url {line}\n--trusted-host={line}\n-f{line}\n")
    assert set(value) == {"index", "others", "insecure", "direct"}
