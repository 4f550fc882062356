"""Installed Debian packages of one root: distribution, dependencies, licences; this machine's compared with dpkg-query."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import pytest

from scanner import identity
from scanner.collectors import debian_copyright, dpkg, os_release
from scanner.enrichers import debian_packages
from scanner.enrichers.context import Context
from scanner.errors import OVER_LIMIT
from scanner.graph import Graph
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import blob_of_bytes

CONTEXT = Context(identity.release("test"), "test", datetime(2026, 1, 1, tzinfo=UTC), {})
COPYRIGHT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nLicense: MIT\n"


def read(path: str, text: str) -> list[Evidence]:
    """A file of the scan, and what its collector says."""
    blob = blob_of_bytes(path, text.encode())
    blob.ref = identity.placed("file", path)
    builder = EvidenceBuilder("test")
    builder.artifact(blob.ref, blob.location)
    collector = next(one for one in (dpkg, debian_copyright, os_release) if one.wants(blob))
    return [builder.build(), collector.collect(blob)]


def status(*packages: str, root: str = "") -> list[Evidence]:
    """A database out of ``name | field: value | ...`` lines."""
    paragraphs = []
    for package in packages:
        name, *fields = package.split(" / ")
        rest = "\n".join(fields)
        architecture = "" if "Architecture" in rest else "Architecture: amd64\n"
        paragraphs.append(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n{architecture}{rest}\n")
    return read(f"{root}var/lib/dpkg/status", "\n".join(paragraphs))


def enriched(evidence: list[Evidence]) -> Evidence:
    return debian_packages.enrich(Graph.fold(evidence), CONTEXT)


def edges(evidence: Evidence) -> dict[tuple[str, str], str]:
    def short(key: str) -> str:
        name = unquote(key.rpartition("/")[2].partition("@")[0])
        return name if key.endswith("arch=amd64") else f"{name}:{key.partition('?arch=')[2]}"

    return {(short(one.source.key), short(one.target.key)): one.note for one in evidence.relationships}


def test_dependencies_lead_to_what_is_installed() -> None:
    found = enriched(status("aa / Pre-Depends: bb / Depends: cc (>= 2), gone, aa", "bb", "cc"))
    assert edges(found) == {("aa", "bb"): "", ("aa", "cc"): ""}


def test_of_alternatives_the_installed_ones_count() -> None:
    found = enriched(status("aa / Depends: xx | bb | cc:any (>= 1)", "bb", "cc"))
    assert edges(found) == {("aa", "bb"): "", ("aa", "cc"): ""}


def test_a_virtual_name_leads_to_its_provider_and_a_real_one_to_itself() -> None:
    found = enriched(status("aa / Depends: mta, real", "postfix / Provides: mta, real (= 1)", "real"))
    assert edges(found) == {("aa", "postfix"): "provides mta", ("aa", "real"): ""}


def test_of_two_architectures_the_dependants_own_counts() -> None:
    packages = ("aa / Depends: cc", "bb / Architecture: i386 / Depends: cc, dd", "cc", "cc / Architecture: i386")
    found = enriched(status(*packages, "dd / Architecture: all"))
    assert edges(found) == {("aa", "cc"): "", ("bb:i386", "cc:i386"): "", ("bb:i386", "dd:all"): ""}


def test_dependencies_may_go_in_circles() -> None:
    assert set(edges(enriched(status("aa / Depends: bb", "bb / Depends: aa")))) == {("aa", "bb"), ("bb", "aa")}


def test_roots_are_kept_apart() -> None:
    found = enriched(status("aa / Depends: bb", root="one/") + status("bb", root="two/"))
    assert edges(found) == {}


@pytest.mark.parametrize(
    ("release", "purl"),
    [
        ("ID=debian\nVERSION_ID=12\n", "pkg:deb/debian/aa@1?arch=amd64&distro=debian-12&upstream=src%4012-3"),
        ("ID=ubuntu\nVERSION_ID=24.04\n", "pkg:deb/ubuntu/aa@1?arch=amd64&distro=ubuntu-24.04&upstream=src%4012-3"),
        ("ID=debian\n", "pkg:deb/debian/aa@1?arch=amd64&upstream=src%4012-3"),
    ],
)
def test_the_package_url_names_distribution_and_source(release: str, purl: str) -> None:
    evidence = status("aa / Source: src (12-3)") + read("usr/lib/os-release", release)
    assert [one.value for one in enriched(evidence).statements] == [purl]


def test_licences_come_from_the_copyright_file_and_stay_unknown_without_one() -> None:
    found = enriched(status("aa", "bb") + read("usr/share/doc/aa/copyright", COPYRIGHT))
    stated = [(one.subject.key, one.value) for one in found.statements if one.predicate == "licences"]
    assert stated == [("pkg:deb/debian/aa@1?arch=amd64", ["MIT"])]


@pytest.mark.parametrize("field", ["|||", "(((", "a" * 10_000, "bb |" * 3_000 + "bb", "\x1b[31m", ", ,"])
def test_odd_dependency_fields_relate_at_most_what_is_installed(field: str) -> None:
    assert set(edges(enriched(status(f"zz / Depends: {field}", "bb")))) <= {("zz", "bb")}


def test_a_name_that_too_many_packages_provide_is_told() -> None:
    many = [f"p{number} / Provides: virtual" for number in range(debian_packages.PROVIDERS + 1)]
    found = enriched(status("aa / Depends: virtual", *many))
    assert len(found.relationships) == debian_packages.PROVIDERS
    assert [one.reason for one in found.not_examined] == [OVER_LIMIT]


def test_the_number_of_dependencies_of_a_root_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_packages, "Root", partial(debian_packages.Root, left=1))
    found = enriched(status("aa / Depends: bb, cc", "bb", "cc"))
    assert (len(found.relationships), len(found.not_examined)) == (1, 1)


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="dpkg-query is the second opinion")
def test_every_dependency_of_this_machine_that_has_one_name_is_related() -> None:
    query = ["dpkg-query", "-W", "-f", "${Package}\t${Architecture}\t${Pre-Depends}, ${Depends}\n"]
    lines = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    names = {name for name, _, _ in rows}
    expected = {
        (name, wanted.split()[0].partition(":")[0])
        for name, _, depends in rows
        for wanted in depends.split(",")
        if wanted.strip() and "|" not in wanted and wanted.split()[0].partition(":")[0] in names - {name}
    }
    found = edges(enriched(read("var/lib/dpkg/status", Path("/var/lib/dpkg/status").read_text("utf-8", "replace"))))

    related = {(source.partition(":")[0], target.partition(":")[0]) for source, target in found}
    assert expected <= related
    assert len(expected) > 50
