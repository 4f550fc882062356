"""Installed distributions: those of the Python that runs the tests, and hostile ones."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import identity
from scanner.collectors import python_metadata
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

Record = Callable[..., Blob]
Opener = Callable[[Path, str], Blob]

FLASK = """\
Metadata-Version: 2.4
Name: Flask_Thing.Demo
Version: 3.0.0-RC1
License-Expression: BSD-3-Clause
License: see elsewhere
Classifier: License :: OSI Approved :: MIT License
Requires-Dist: click >=8.1
Requires-Dist: asgiref>=3.2 ; extra == "async"
Requires-Dist: click >=8.1

Requires-Dist: not-a-header
"""


def stated(evidence: Evidence, group: str) -> object:
    (value,) = [one.value for one in evidence.statements if one.predicate == group]
    return value


@pytest.fixture(scope="module")
def site_packages() -> Path:
    return Path(sysconfig.get_paths()["purelib"])


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("lib/python3.11/site-packages/flask-3.0.dist-info/METADATA", True),
        ("image.tar!app/flask-3.0.dist-info/RECORD", True),
        ("dist/flask-3.0-py3-none-any.whl!flask-3.0.dist-info/METADATA", True),
        ("src/demo.egg-info/PKG-INFO", True),
        ("site-packages/old-1.0-py3.11.egg-info", True),
        ("flask-3.0/PKG-INFO", False),
        ("docs/METADATA", False),
        ("demo.egg-info/SOURCES.txt", False),
    ],
)
def test_wants_the_records_of_installed_distributions(path: str, wanted: bool, record: Record) -> None:
    assert python_metadata.wants(record(path, "Name: x")) is wanted


def test_states_the_package_its_licence_and_what_it_requires(record: Record) -> None:
    evidence = python_metadata.collect(record("x/flask_thing_demo-3.0.0rc1.dist-info/METADATA", FLASK))

    (package,) = evidence.artifacts
    assert (package.ref, package.version) == (identity.package("pkg:pypi/flask-thing-demo@3.0.0rc1"), "3.0.0rc1")
    assert stated(evidence, "licences") == ["BSD-3-Clause"]
    assert stated(evidence, "requires") == ['asgiref>=3.2 ; extra == "async"', "click >=8.1"]


def test_a_record_and_its_metadata_speak_of_one_package(record: Record) -> None:
    metadata = python_metadata.collect(record("x/flask_thing_demo-3.0.0rc1.dist-info/METADATA", FLASK))
    requested = python_metadata.collect(record("x/flask_thing_demo-3.0.0rc1.dist-info/REQUESTED", ""))

    assert requested.artifacts[0].ref == metadata.artifacts[0].ref
    assert stated(requested, "requested") is True


@pytest.mark.parametrize(
    ("headers", "ids"),
    [
        ("License: Apache 2.0\nClassifier: License :: OSI Approved :: BSD License", ["Apache-2.0"]),
        ("License: Apache 2.0\nClassifier: License :: OSI Approved :: MIT License", ["MIT"]),
        ("Classifier: License :: OSI Approved :: BSD License", ["NOASSERTION"]),
        ("Summary: says nothing", []),
    ],
)
def test_the_most_exact_statement_of_the_licence_counts(headers: str, ids: list[str], record: Record) -> None:
    blob = record("demo-1.dist-info/METADATA", f"Name: demo\nVersion: 1\n{headers}\n")
    assert stated(python_metadata.collect(blob), "licences") == ids


def test_requirements_of_setuptools_lie_in_a_file_of_their_own(record: Record) -> None:
    listed = "click>=7\n\n[dev]\npytest\n\n[dev:python_version < '3.9']\ntomli\n\n[:os_name == 'nt']\ncolorama\n"
    blob = record("demo.egg-info/PKG-INFO", "Name: demo\nVersion: 1\n", {"requires.txt": listed})

    assert stated(python_metadata.collect(blob), "requires") == [
        "click>=7",
        "colorama ; (os_name == 'nt')",
        "pytest ; extra == 'dev'",
        "tomli ; extra == 'dev' and (python_version < '3.9')",
    ]


def test_a_requirement_in_another_language_is_kept_and_told(record: Record) -> None:
    blob = record("demo-1.dist-info/METADATA", "Name: demo\nVersion: 1\nRequires-Dist: foo >=1.* or so\n")
    evidence = python_metadata.collect(blob)

    assert stated(evidence, "requires") == ["foo >=1.* or so"]
    assert [problem.detail for problem in evidence.not_examined] == ["a requirement that is not PEP 508"]


def test_files_of_a_record_are_named_by_their_digests(record: Record) -> None:
    content = b"x" * 200
    digest = hashlib.sha256(content)
    encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    lines = [
        f"demo/__init__.py,sha256={encoded},200",
        "demo/__init__.pyc,,",
        f"../../../escape.py,sha256={encoded},200",
        f"/etc/passwd,sha256={encoded},200",
        f"demo/sizeless.py,sha256={encoded},",
        "demo/odd.py,md5=abc,200",
        "broken",
    ]
    evidence = python_metadata.collect(record("lib/demo-1.0.dist-info/RECORD", "\n".join(lines)))

    assert stated(evidence, "installed_files") == [
        {"path": "lib/demo/__init__.py", "digest": f"sha256:{digest.hexdigest()}"},
        {"path": "lib/demo/sizeless.py", "digest": f"sha256:{digest.hexdigest()}"},
    ]


def test_a_commit_is_the_origin_of_an_installation_from_version_control(record: Record) -> None:
    commit = "a" * 40
    origin = {"url": "https://user:secret@example.com/demo.git", "vcs_info": {"vcs": "git", "commit_id": commit}}
    evidence = python_metadata.collect(record("demo-1.0.dist-info/direct_url.json", json.dumps(origin)))

    (relationship,) = evidence.relationships
    assert (relationship.type, relationship.target) == ("built_from", identity.commit(commit))
    assert relationship.note == "https://example.com/demo.git"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("demo-1.dist-info/METADATA", ""),
        ("demo-1.dist-info/METADATA", "Name: \x1b[31mred\nVersion: 1\n"),
        ("demo-1.dist-info/METADATA", "Name: demo\nVersion: 1; rm -rf\n"),
        ("demo-1.dist-info/METADATA", f"Name: {'a' * 300}\nVersion: 1\n"),
        ("demo-1.dist-info/METADATA", b"\xff\xfe\x00" * 100),
        ("\x1b[31m-1.dist-info/REQUESTED", ""),
        ("demo-1.dist-info/direct_url.json", "[" * 5_000),
        ("demo-1.dist-info/RECORD", b"a" * 200_000 + b",,\n"),
    ],
)
def test_what_is_no_record_is_refused(path: str, content: str | bytes, record: Record) -> None:
    with pytest.raises(NotExaminable):
        python_metadata.collect(record(path, content))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for name in ("METADATA", "RECORD", "direct_url.json"):
        try:
            python_metadata.collect(blob_of_bytes(f"demo-1.dist-info/{name}", content))
        except NotExaminable as error:
            assert error.reason == UNREADABLE


def test_every_distribution_of_this_python_is_found(site_packages: Path, blob_at: Opener) -> None:
    found = set()
    for file in sorted(site_packages.glob("*.dist-info/METADATA")):
        blob = blob_at(site_packages, file.relative_to(site_packages).as_posix())
        assert python_metadata.wants(blob)
        evidence = python_metadata.collect(blob)
        assert evidence.not_examined == ()
        found.add(evidence.artifacts[0].ref)

    installed = importlib.metadata.distributions(path=[str(site_packages)])
    assert found == {identity.pypi(one.metadata["Name"], one.version) for one in installed}
    assert len(found) > 5


def test_digests_of_a_real_record_are_those_of_the_installed_files(site_packages: Path, blob_at: Opener) -> None:
    path = next(site_packages.glob("packaging-*.dist-info/RECORD")).relative_to(site_packages).as_posix()
    evidence = python_metadata.collect(blob_at(site_packages, path))

    files = stated(evidence, "installed_files")
    assert isinstance(files, list) and len(files) > 10
    for entry in files:
        assert entry["digest"] == "sha256:" + hashlib.sha256((site_packages / entry["path"]).read_bytes()).hexdigest()
