"""Copyright files of Debian packages: real ones, and what is none."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import debian_copyright
from scanner.model import Evidence
from scanner.sources.blob import Blob

Record = Callable[..., Blob]

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "recipe" / "inputs" / "debian.zip"
HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\n"
PLACE = "usr/share/doc/demo/copyright"


def licences(evidence: Evidence) -> object:
    return next((one.value for one in evidence.statements if one.predicate == "debian_licences"), None)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [(PLACE, True), (f"image/layer!{PLACE}", True), ("debian/copyright", False), (f"{PLACE}/x", False)],
)
def test_wants_copyright_files_of_installed_packages(path: str, wanted: bool, record: Record) -> None:
    assert debian_copyright.wants(record(path, HEAD)) is wanted


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["MIT", "MIT"], ["MIT"]),
        (["Expat"], ["MIT"]),
        (["GPL-2+ and BSD-3-clause", "LGPL-2.1+"], ["BSD-3-Clause", "GPL-2.0-or-later", "LGPL-2.1-or-later"]),
        (["GPL-1+ or Artistic"], ["Artistic-1.0", "GPL-1.0-or-later"]),
        (["GPL-2, Apache-2.0, or ISC"], ["Apache-2.0", "GPL-2.0-only", "ISC"]),
        (["house-rules"], ["NOASSERTION"]),
        ([], []),
    ],
)
def test_names_of_the_format_become_spdx_ids(names: list[str], ids: list[str], record: Record) -> None:
    text = HEAD + "\n".join(f"Files: *\nLicense: {name}\n The text of it.\n" for name in names)
    assert licences(debian_copyright.collect(record(PLACE, text))) == ids


@pytest.mark.parametrize("text", ["", "This package was debianized by hand.\n\nLicense: GPL\n", b"\xff\x00" * 100])
def test_free_form_leaves_the_licences_unknown(text: str | bytes, record: Record) -> None:
    assert licences(debian_copyright.collect(record(PLACE, text))) is None


@pytest.mark.parametrize(("package", "expected"), [("libexpat1", ["MIT"]), ("zlib1g", ["Zlib"])])
def test_real_files_are_read(package: str, expected: list[str], record: Record) -> None:
    place = f"usr/share/doc/{package}/copyright"
    with zipfile.ZipFile(FIXTURE) as archive:
        assert licences(debian_copyright.collect(record(place, archive.read(place)))) == expected


@pytest.mark.parametrize("name", ["(" * 5_000, "MIT and " * 5_000, "x," * 50_000, "\x1b[31m"])
def test_hostile_names_are_bounded(name: str, record: Record) -> None:
    found = licences(debian_copyright.collect(record(PLACE, f"{HEAD}License: {name}\n")))
    assert found in (["NOASSERTION"], ["MIT"], ["MIT", "NOASSERTION"])
