"""``uv.lock``: made by the real uv and compared with its own export; extras, forks, hostile input."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import identity
from scanner.collectors import uv_lock
from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
Opener = Callable[[Path, str], Blob]

PROJECT = Path(__file__).parent / "data" / "python" / "uv"


def package(
    name: str, rest: str = "", version: str = "1", source: str = '{ registry = "https://pypi.org/simple" }'
) -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {source}\n{rest}\n'


def lock(*packages: str) -> str:
    return "version = 1\n" + "\n".join(packages)


def edges(evidence: Evidence) -> dict[tuple[str, str], str]:
    return {
        (one.source.key.removeprefix("pkg:pypi/"), one.target.key.removeprefix("pkg:pypi/")): one.note
        for one in evidence.relationships
        if one.type == "depends_on"
    }


@pytest.fixture
def real(blob_at: Opener) -> Evidence:
    return uv_lock.collect(blob_at(PROJECT, "uv.lock"))


def test_every_package_of_a_real_lock_file_is_found(real: Evidence) -> None:
    tables = tomllib.loads((PROJECT / "uv.lock").read_text())["package"]
    assert {one.ref for one in real.artifacts} == {identity.pypi(one["name"], one["version"]) for one in tables}
    assert real.not_examined == ()


def test_registry_packages_are_pinned_and_workspace_members_are_not(real: Evidence) -> None:
    pins = {one.subject.key: one.value for one in real.statements if one.predicate == "pinning"}
    assert len(pins) == len(real.artifacts) - 2
    assert all(value == {"exact": True, "hashed": True} for value in pins.values())


def test_relationships_are_those_of_the_export_that_uv_made(real: Evidence) -> None:
    """``uv export`` writes the dependants of each package as comments; it knows names, not versions."""
    expected, current = {("sample-app", "pytest")}, ""  # The export names no dependant for what a group asks for.
    for line in (PROJECT / "exported.txt").read_text().splitlines():
        if found := re.match(r"([a-z0-9-]+)==", line):
            current = found[1]
        elif line.startswith("-e ./lib"):
            current = "sample-lib"
        elif found := re.match(r"\s+#\s+(?:via )?([a-z0-9-]+)$", line):
            expected |= {(found[1], current)} if found[1] != "via" else set()

    bare = {(source.partition("@")[0], target.partition("@")[0]) for source, target in edges(real)}
    assert bare == expected
    assert len(expected) > 20


def test_a_forked_name_leads_to_the_version_that_is_meant(real: Evidence) -> None:
    found = edges(real)
    assert found["sample-app@0.3.0", "click@8.1.7"] == "marker python_full_version < '3.12'"
    assert found["sample-app@0.3.0", "click@8.1.8"] == "marker python_full_version >= '3.12'"


def test_extras_and_groups_are_named_on_the_relationship(real: Evidence) -> None:
    found = edges(real)
    assert found["httpx@0.28.1", next(target for _, target in found if target.startswith("h2@"))] == "extra http2"
    assert [note for (source, target), note in found.items() if target.startswith("pytest@")] == ["group dev"]


def test_an_extra_counts_only_where_somebody_asks_for_it(record: Record) -> None:
    text = lock(
        package("app", 'dependencies = [{ name = "b", extra = ["Some_X"] }]', source='{ virtual = "." }'),
        package(
            "b", '[package.optional-dependencies]\nsome-x = [{ name = "c", extra = ["deep"] }]\ny = [{ name = "d" }]'
        ),
        package("c", '[package.optional-dependencies]\ndeep = [{ name = "b", extra = ["y"] }]'),
        package("d"),
    )
    assert edges(uv_lock.collect(record("uv.lock", text))) == {
        ("app@1", "b@1"): "",
        ("b@1", "c@1"): "extra some-x",
        ("c@1", "b@1"): "extra deep",
        ("b@1", "d@1"): "extra y",
    }


def test_an_inactive_extra_brings_nothing(record: Record) -> None:
    text = lock(package("b", '[package.optional-dependencies]\nx = [{ name = "c" }]'), package("c"))
    assert edges(uv_lock.collect(record("uv.lock", text))) == {}


def test_a_package_from_version_control_is_built_from_its_commit(record: Record) -> None:
    commit = "d" * 40
    text = lock(package("a", source=f'{{ git = "https://token@e.com/a.git?rev=main#{commit}" }}'))
    (relationship,) = uv_lock.collect(record("uv.lock", text)).relationships
    assert (relationship.target, relationship.note) == (identity.commit(commit), "https://e.com/a.git")


def test_dependencies_may_go_in_circles(record: Record) -> None:
    text = lock(*(package(name, f'dependencies = [{{ name = "{other}" }}]') for name, other in ("ab", "ba")))
    assert set(edges(uv_lock.collect(record("uv.lock", text)))) == {("a@1", "b@1"), ("b@1", "a@1")}


def test_a_package_with_an_impossible_name_is_told(record: Record) -> None:
    evidence = uv_lock.collect(record("uv.lock", lock(package("\\u001b[31m"), package("good"))))
    assert [one.ref for one in evidence.artifacts] == [identity.pypi("good", "1")]
    assert [str(one.location) for one in evidence.not_examined] == ["uv.lock (line 2)"]


def test_a_name_in_hundreds_of_versions_is_refused(record: Record) -> None:
    many = lock(*(package("a", 'dependencies = [{ name = "a" }]', version=str(number)) for number in range(101)))
    with pytest.raises(NotExaminable) as caught:
        uv_lock.collect(record("uv.lock", many))
    assert caught.value.reason == OVER_LIMIT


@pytest.mark.parametrize("content", ["version = ", "", "x = 1", b"\x80", "version = " + "[" * 50_000])
def test_what_is_no_lock_file_is_refused(content: str | bytes, record: Record) -> None:
    with pytest.raises(NotExaminable):
        uv_lock.collect(record("uv.lock", content))


@pytest.mark.parametrize(
    "rest",
    ["dependencies = 1", 'dependencies = ["b"]', "dependencies = [{}]", "dependencies = [{ name = 1, extra = 2 }]",
     "optional-dependencies = [1]", "[package.optional-dependencies]\nx = 3", "wheels = [1]", "sdist = 1"],
)  # fmt: skip
def test_values_of_the_wrong_shape_are_passed_over(rest: str, record: Record) -> None:
    evidence = uv_lock.collect(record("uv.lock", lock(package("a", rest))))
    assert [one.ref for one in evidence.artifacts] == [identity.pypi("a", "1")]
    assert evidence.relationships == ()
