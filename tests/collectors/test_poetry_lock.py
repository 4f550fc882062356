"""``poetry.lock``: made by the real Poetry; extras that count and extras that do not; hostile input."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import identity
from scanner.collectors import poetry_lock
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
Opener = Callable[[Path, str], Blob]

PROJECT = Path(__file__).parent / "data" / "python" / "poetry"
METADATA = '[metadata]\nlock-version = "2.1"\n'


def package(name: str, rest: str = "", version: str = "1") -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{rest}\n'


def edges(evidence: Evidence) -> dict[tuple[str, str], str]:
    return {
        (one.source.key.removeprefix("pkg:pypi/"), one.target.key.removeprefix("pkg:pypi/")): one.note
        for one in evidence.relationships
        if one.type == "depends_on"
    }


@pytest.fixture
def real(blob_at: Opener) -> Evidence:
    return poetry_lock.collect(blob_at(PROJECT, "poetry.lock"))


def test_every_package_of_a_real_lock_file_is_pinned_and_hashed(real: Evidence) -> None:
    tables = tomllib.loads((PROJECT / "poetry.lock").read_text())["package"]
    assert {one.ref for one in real.artifacts} == {identity.pypi(one["name"], one["version"]) for one in tables}
    pins = [one.value for one in real.statements if one.predicate == "pinning"]
    assert pins == [{"exact": True, "hashed": True}] * len(tables)
    assert real.not_examined == ()


def test_relationships_of_httpx_are_those_of_its_metadata(real: Evidence) -> None:
    """``h2`` comes with the extra that the project asks for; ``click`` is locked, and httpx wants it for a CLI only."""
    found = {
        target.partition("@")[0]: note for (source, target), note in edges(real).items() if source == "httpx@0.28.1"
    }
    assert found == {"anyio": "", "certifi": "", "h2": "extra http2", "httpcore": "", "idna": ""}
    assert identity.pypi("click", "8.1.7") in {one.ref for one in real.artifacts}


def test_optional_dependencies_of_the_project_activate_extras_too(real: Evidence) -> None:
    (note,) = [note for (_, target), note in edges(real).items() if target.startswith("mdit-py-plugins@")]
    assert note == "extra plugins"


def test_an_extra_counts_where_another_package_asks_for_it(record: Record) -> None:
    optional = '[package.dependencies]\nc = {version = "*", optional = true}\n[package.extras]\nSome-X = ["C (>=1)"]'
    asking = package("a", '[package.dependencies]\nb = {version = "*", extras = ["some_x"]}')
    silent = package("a", '[package.dependencies]\nb = "*"')

    with_extra = poetry_lock.collect(record("poetry.lock", asking + package("b", optional) + package("c") + METADATA))
    without = poetry_lock.collect(record("poetry.lock", silent + package("b", optional) + package("c") + METADATA))

    assert edges(with_extra) == {("a@1", "b@1"): "", ("b@1", "c@1"): "extra some-x"}
    assert edges(without) == {("a@1", "b@1"): ""}


def test_a_list_of_constraints_leads_to_each_version_under_its_marker(record: Record) -> None:
    lines = '[package.dependencies]\nb = [{version = "<2", markers = "os_name == \'nt\'"}, {version = "^2.0"}, "*"]'
    text = package("a", lines) + package("b") + package("b", version="2") + METADATA
    assert edges(poetry_lock.collect(record("poetry.lock", text))) == {("a@1", "b@1"): "", ("a@1", "b@2"): ""}

    lines = '[package.dependencies]\nb = [{version = "<2", markers = "os_name == \'nt\'"}, {version = ">=2 || ==3"}]'
    text = package("a", lines) + package("b") + package("b", version="2") + METADATA
    assert edges(poetry_lock.collect(record("poetry.lock", text))) == {
        ("a@1", "b@1"): "marker os_name == 'nt'",
        ("a@1", "b@2"): "",
    }


def test_digests_of_the_old_format_lie_apart(record: Record) -> None:
    text = (
        package("a")
        + package("b")
        + '[metadata]\n[metadata.files]\na = [{file = "a.whl", hash = "sha256:00"}]\nb = []\n'
    )
    evidence = poetry_lock.collect(record("poetry.lock", text))
    hashed = {one.subject.key: one.value for one in evidence.statements if one.predicate == "pinning"}
    assert hashed == {
        "pkg:pypi/a@1": {"exact": True, "hashed": True},
        "pkg:pypi/b@1": {"exact": True, "hashed": False},
    }


def test_a_package_from_version_control_is_built_from_its_commit(record: Record) -> None:
    commit = "e" * 40
    source = f'[package.source]\ntype = "git"\nurl = "https://e.com/a.git"\nresolved_reference = "{commit}"'
    (relationship,) = poetry_lock.collect(record("poetry.lock", package("a", source) + METADATA)).relationships
    assert (relationship.type, relationship.target) == ("built_from", identity.commit(commit))


def test_the_project_file_beside_may_be_broken(record: Record) -> None:
    blob = record("poetry.lock", package("a") + METADATA, {"pyproject.toml": "[[[["})
    assert [one.ref for one in poetry_lock.collect(blob).artifacts] == [identity.pypi("a", "1")]


@pytest.mark.parametrize("content", ["", "[[package]]", "[metadata", b"\xff", METADATA + "x = " + "[" * 50_000])
def test_what_is_no_lock_file_is_refused(content: str | bytes, record: Record) -> None:
    with pytest.raises(NotExaminable):
        poetry_lock.collect(record("poetry.lock", content))


@pytest.mark.parametrize(
    "rest",
    ["dependencies = 1", "[package.dependencies]\na = 1", "[package.dependencies]\nb = [[]]", "extras = 1",
     "[package.extras]\nx = 1", "[package.extras]\nx = [1, '(((']", "files = 1", "source = 1"],
)  # fmt: skip
def test_values_of_the_wrong_shape_are_passed_over(rest: str, record: Record) -> None:
    evidence = poetry_lock.collect(record("poetry.lock", package("a", rest) + METADATA))
    assert [one.ref for one in evidence.artifacts] == [identity.pypi("a", "1")]
    assert evidence.relationships == ()
