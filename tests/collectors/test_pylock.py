"""``pylock.toml``: exported by the real uv, written by hand, and hostile."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import identity
from scanner.collectors import pylock
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
Opener = Callable[[Path, str], Blob]

EXPORTED = Path(__file__).parent / "data" / "python" / "uv"
HEAD = 'lock-version = "1.0"\ncreated-by = "hand"\n'
WHEEL = 'wheels = [{name = "w-1-py3-none-any.whl", url = "https://e.com/w", hashes = {sha256 = "%s"}}]\n' % ("a" * 64)


def pinning(evidence: Evidence) -> dict[str, object]:
    return {one.subject.key: one.value for one in evidence.statements if one.predicate == "pinning"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("pylock.toml", True), ("a/pylock.dev.toml", True), ("pylock.a.b.toml", False), ("my-pylock.toml", False)],
)
def test_wants_the_names_of_the_format(name: str, wanted: bool, record: Record) -> None:
    assert pylock.wants(record(name, HEAD)) is wanted


def test_every_package_of_a_real_export_is_pinned_and_hashed(blob_at: Opener) -> None:
    blob = blob_at(EXPORTED, "pylock.toml")
    evidence = pylock.collect(blob)

    tables = tomllib.loads(blob.text())["packages"]
    assert {one.ref for one in evidence.artifacts} == {identity.pypi(one["name"], one.get("version")) for one in tables}
    assert set(pinning(evidence)) == {f"pkg:pypi/{one['name']}@{one['version']}" for one in tables if "wheels" in one}
    assert all(value == {"exact": True, "hashed": True} for value in pinning(evidence).values())
    assert evidence.not_examined == ()
    line = int(str(evidence.artifacts[3].location.at).removeprefix("line "))  # type: ignore[union-attr]
    assert blob.text().splitlines()[line] == f'name = "{evidence.artifacts[3].name}"'


def test_the_release_candidate_is_read_whole(fraud: Path, blob_at: Opener) -> None:
    evidence = pylock.collect(blob_at(fraud, "pylock.toml"))
    assert identity.pypi("flask", "2.2.2") in {one.ref for one in evidence.artifacts}
    assert evidence.not_examined == ()


def test_a_dependency_means_the_package_that_has_all_its_keys(record: Record) -> None:
    text = HEAD + (
        f'[[packages]]\nname = "app"\nversion = "1"\n{WHEEL}'
        'dependencies = [{name = "lib", version = "2"}, {name = "absent"}]\n'
        f'[[packages]]\nname = "lib"\nversion = "1"\n{WHEEL}'
        f'[[packages]]\nname = "lib"\nversion = "2"\nmarker = "os_name == \'nt\'"\n{WHEEL}dependencies = []\n'
    )
    evidence = pylock.collect(record("pylock.toml", text))

    (relationship,) = evidence.relationships
    assert relationship.target == identity.pypi("lib", "2")
    assert relationship.note == "marker os_name == 'nt'"


def test_a_package_from_version_control_is_built_from_its_commit(record: Record) -> None:
    commit = "c" * 40
    vcs = f'vcs = {{type = "git", url = "https://e.com/r.git", commit-id = "{commit}"}}'
    evidence = pylock.collect(record("pylock.toml", f'{HEAD}[[packages]]\nname = "app"\nversion = "1"\n{vcs}\n'))

    assert [(one.type, one.target) for one in evidence.relationships] == [("built_from", identity.commit(commit))]
    assert pinning(evidence) == {"pkg:pypi/app@1": {"exact": True, "hashed": True}}


def test_a_file_that_breaks_the_format_is_read_as_far_as_possible(record: Record) -> None:
    text = HEAD + (
        '[[packages]]\nname = "app"\nversion = "1"\nsdist = {name = "app-1.tar.gz"}\n'
        '[[packages]]\nname = "\\u001b[31m"\nversion = "1"\n'
    )
    evidence = pylock.collect(record("pylock.toml", text))

    assert pinning(evidence) == {"pkg:pypi/app@1": {"exact": True, "hashed": False}}
    assert {one.detail for one in evidence.not_examined} == {
        "not a valid lock file of version 1; read as far as possible",
        "package without a valid name",
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("packages = [", UNREADABLE),
        ('packages = "many"', UNREADABLE),
        ("", UNREADABLE),
        (b"\xff\xfe", UNREADABLE),
        ("packages = " + "[" * 50_000, OVER_LIMIT),
        ("a = " + "{b = " * 50_000, OVER_LIMIT),
    ],
)
def test_what_is_no_lock_file_is_refused(content: str | bytes, reason: str, record: Record) -> None:
    with pytest.raises(NotExaminable) as caught:
        pylock.collect(record("pylock.toml", content))
    assert caught.value.reason == reason


@pytest.mark.parametrize("value", ["1", "[1]", '["x"]', "[{name = []}]", "[{}]", '[{name = "a", dependencies = 3}]'])
def test_values_of_the_wrong_shape_are_passed_over(value: str, record: Record) -> None:
    text = f"{HEAD}packages = {value}" if value.startswith("[") else f"{HEAD}packages = [{value}]"
    assert all(one.ref == identity.pypi("a", None) for one in pylock.collect(record("pylock.toml", text)).artifacts)
