"""The package database of Debian: that of this machine where there is one, the fixture's, and hostile ones."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import identity
from scanner.collectors import dpkg
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

Record = Callable[..., Blob]

STATUS = "var/lib/dpkg/status"
FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "recipe" / "inputs" / "debian.zip"
TEXT = """\
Package: libbz2-1.0
Status: install ok installed
Architecture: amd64
Source: bzip2 (1.0.8-5)
Version: 1.0.8-5+b1
Pre-Depends: dpkg (>= 1.17)
Depends: libc6 (>= 2.4),  a | b
Provides: bz (= 1)
Description: compressor
 Depends: not-a-field

Package: held
Status: hold ok installed
Architecture: all
Version: 1:2-3

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: half
Status: install reinstreq half-installed
Version: 1
"""


def relations(evidence: Evidence) -> dict[str, object]:
    return {one.subject.key: one.value for one in evidence.statements if one.predicate == "relations"}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("var/lib/dpkg/status", True),
        ("rootfs/var/lib/dpkg/status", True),
        ("image/layer.tar!var/lib/dpkg/status", True),
        ("layer!var/lib/dpkg/status.d/base-files", True),
        ("layer!var/lib/dpkg/status.d/base-files.md5sums", False),
        ("var/lib/dpkg/status-old", False),
        ("home/status", False),
    ],
)
def test_wants_the_package_database(path: str, wanted: bool, record: Record) -> None:
    assert dpkg.wants(record(path, TEXT)) is wanted


def test_states_what_is_installed_and_nothing_that_was_removed(record: Record) -> None:
    evidence = dpkg.collect(record(STATUS, TEXT))

    assert [(one.ref.key, one.version, one.location and one.location.at) for one in evidence.artifacts] == [
        ("pkg:deb/debian/libbz2-1.0@1.0.8-5%2Bb1?arch=amd64", "1.0.8-5+b1", "line 1"),
        ("pkg:deb/debian/held@1:2-3?arch=all", "1:2-3", "line 12"),
    ]
    assert relations(evidence)["pkg:deb/debian/libbz2-1.0@1.0.8-5%2Bb1?arch=amd64"] == {
        "depends": ["dpkg (>= 1.17)", "libc6 (>= 2.4)", "a | b"],
        "provides": ["bz (= 1)"],
        "source": "bzip2@1.0.8-5",
    }
    assert evidence.not_examined == ()


def test_a_file_of_status_d_is_a_package_without_a_status(record: Record) -> None:
    control = "Package: tzdata\nVersion: 2025b-0+deb12u1\nArchitecture: all\n"
    (package,) = dpkg.collect(record("var/lib/dpkg/status.d/tzdata", control)).artifacts
    assert package.ref == identity.package("pkg:deb/debian/tzdata@2025b-0%2Bdeb12u1?arch=all")


def test_the_fixture_holds_the_packages_of_its_base_image(record: Record) -> None:
    with zipfile.ZipFile(FIXTURE) as archive:
        evidence = dpkg.collect(record(STATUS, archive.read(STATUS)))
    assert {one.name for one in evidence.artifacts} >= {"libexpat1", "libssl3", "zlib1g"}


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="dpkg-query is the second opinion")
def test_agrees_with_dpkg_query_on_this_machine(record: Record) -> None:
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package}\n"]
    lines = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()
    expected = {tuple(line.split()[1:]) for line in lines if line.startswith("installed ")}

    evidence = dpkg.collect(record(STATUS, Path("/var/lib/dpkg/status").read_bytes()))

    sources = relations(evidence)
    found = set()
    for one in evidence.artifacts:
        source = sources[one.ref.key]["source"]  # type: ignore[index]
        found.add((one.name, one.version, one.ref.key.partition("?arch=")[2], (source or one.name).partition("@")[0]))
    assert found == expected


@pytest.mark.parametrize(
    "fields",
    ["Package: Upper\nVersion: 1", "Package: \x1b[31m\nVersion: 1", "Package: a b\nVersion: 1", "Version: 1",
     "Package: ok", "Package: ok\nVersion: 1 2", "Package: ok\nVersion: \x07", f"Package: {'a' * 9999}\nVersion: 1"],
)  # fmt: skip
def test_an_impossible_package_is_told(fields: str, record: Record) -> None:
    evidence = dpkg.collect(record(STATUS, f"{fields}\nStatus: install ok installed\n"))
    assert evidence.artifacts == ()
    assert [one.detail for one in evidence.not_examined] == ["1 packages without a valid name and version"]


@pytest.mark.parametrize("content", ["prose\nand more\n", b"\xff\x00" * 500, "a" * 1_000_000, ":\n" * 10_000])
def test_what_is_no_database_is_refused(content: str | bytes, record: Record) -> None:
    with pytest.raises(NotExaminable):
        dpkg.collect(record(STATUS, content))


def test_an_empty_database_has_no_packages(record: Record) -> None:
    assert dpkg.collect(record(STATUS, "")).artifacts == ()


@given(st.text(max_size=200))
def test_names_and_versions_are_printable_whatever_the_fields_hold(text: str) -> None:
    content = f"Package: demo\nStatus: install ok installed\nVersion: 1\nSource: {text}\nDepends: {text}\n\n{text}\n"
    for one in dpkg.collect(blob_of_bytes(STATUS, content.encode("utf-8", "replace"))).artifacts:
        assert f"{one.name}{one.version}".isprintable()
