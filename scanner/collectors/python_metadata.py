"""Installed Python distributions: the metadata of ``dist-info`` and ``egg-info`` folders, wherever they lie.

Specifications: core metadata 2.4, "recording installed projects" (RECORD, REQUESTED), direct_url.json (PEP 610), licence
expressions (PEP 639), ``requires.txt`` of setuptools.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Proof
from scanner.records import json_bounded
from scanner.records.licences import licence_ids
from scanner.records.plain import at, mapping, text
from scanner.records.python_packages import add_package, name_of, requirement_of, version_of
from scanner.records.references import is_commit, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "python_metadata"
VERSION: Final = "2"
LIMIT: Final = 16 << 20
ROWS: Final = 200_000
"""Files of one RECORD."""
REQUIREMENTS: Final = 5_000
_METADATA: Final = re.compile(r"(?:^|/)[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)\Z")
_BESIDE: Final = re.compile(r"(?:^|/)([^/]+)-([^/-]+)\.dist-info/(RECORD|REQUESTED|direct_url\.json)\Z")
_SECTION: Final = re.compile(r"\[([^\]:]*)(?::(.*))?\]\Z")
_FAMILIES: Final = frozenset({"OSI Approved", "BSD License", "Other/Proprietary License"})
"""Classifiers that name no one licence."""


def wants(blob: Blob) -> bool:
    """Whether the place is that of an installed distribution's record."""
    inner = blob.path.rpartition("!")[2]
    if not inner.endswith(("METADATA", "PKG-INFO", ".egg-info", "RECORD", "REQUESTED", "direct_url.json")):
        return False
    return _METADATA.search(inner) is not None or _BESIDE.search(inner) is not None


def collect(blob: Blob) -> Evidence:
    """A package and what its metadata say, or the files that it owns. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    beside = _BESIDE.search(blob.path.rpartition("!")[2])
    if beside is None:
        _metadata(builder, blob)
        return builder.build()
    name, version = name_of(beside[1]), version_of(beside[2])
    if name is None or version is None:
        raise NotExaminable(UNREADABLE, "the folder is not named after a distribution")
    package = add_package(builder, name, version, blob.location, resolved=False)
    if beside[3] == "RECORD":
        _record(builder, blob, package)
    elif beside[3] == "REQUESTED":
        builder.state(package, "requested", True, blob.location)
    else:
        _origin(builder, blob, package)
    return builder.build()


def _metadata(builder: EvidenceBuilder, blob: Blob) -> None:
    headers = HeaderParser().parsestr(blob.read(LIMIT).decode("utf-8", "replace"))
    name, version = name_of(_header(headers, "Name")), version_of(_header(headers, "Version"))
    if name is None or version is None:
        raise NotExaminable(UNREADABLE, "metadata without a valid name and version")
    package = add_package(builder, name, version, blob.location)
    builder.state(package, "licences", licence_ids(_stated_licences(headers)), blob.location)
    requires = [str(value) for value in headers.get_all("Requires-Dist") or ()]
    if not requires and blob.path.endswith(".egg-info/PKG-INFO"):
        # setuptools writes this file whenever there is something to require.
        listed = blob.near("requires.txt") if blob.near is not None else None
        requires = list(_sections(listed.read(LIMIT).decode("utf-8", "replace"))) if listed is not None else []
    if len(requires) > REQUIREMENTS:
        builder.missed(blob.location, OVER_LIMIT, f"more than {REQUIREMENTS} requirements")
        requires = requires[:REQUIREMENTS]
    lines = {" ".join(line.split()) for line in requires} - {""}
    if any(requirement_of(line) is None for line in lines):
        builder.missed(blob.location, UNREADABLE, "a requirement that is not PEP 508")
    builder.state(package, "requires", sorted(lines), blob.location)


def _header(headers: Message, name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else str(value)


def _sections(content: str) -> Iterator[str]:
    """The requirements of a ``requires.txt``, whose sections are ``[extra:marker]``, as PEP 508 writes them."""
    condition = ""
    for line in map(str.strip, content.splitlines()):
        if section := _SECTION.match(line):
            parts = [f"extra == '{section[1]}'"] if section[1] else []
            parts += [f"({section[2]})"] if section[2] else []
            condition = " and ".join(parts)
        elif line:
            yield f"{line} ; {condition}" if condition else line


def _stated_licences(headers: Message) -> list[str]:
    """What states the licence, most exact first: expression, then classifiers, then the free text."""
    if expression := _header(headers, "License-Expression"):
        return [expression]
    classifiers = [
        str(value).rpartition("::")[2].strip()
        for value in headers.get_all("Classifier") or ()
        if str(value).startswith("License ::")
    ]
    exact = [value for value in classifiers if value not in _FAMILIES]
    free = _header(headers, "License") or ""
    return exact or ([free] if free.strip() and len(free) < 200 else []) or classifiers


def _record(builder: EvidenceBuilder, blob: Blob, package: ArtifactRef) -> None:
    """Places and digests of the files that the installer wrote; whether they are still those is not told here."""
    files: list[Json] = []
    for path, digest in _rows(blob):
        if len(files) >= ROWS:
            builder.missed(blob.location, OVER_LIMIT, f"more than {ROWS} files in RECORD")
            break
        # An absolute path is one of the machine of the installation.
        place = None if path.startswith("/") else identity.beside(blob.path, "../" + path)
        algorithm, _, value = digest.partition("=")
        sha256 = identity.hex_digest("sha256", value) if algorithm == "sha256" else None
        if place is not None and sha256 is not None:
            files.append({"path": place, "digest": f"sha256:{sha256}"})
    builder.state(package, "installed_files", files, blob.location)


def _rows(blob: Blob) -> Iterator[tuple[str, str]]:
    """Path and digest of each row; the third column is the size."""
    content = blob.read(LIMIT).decode("utf-8", "surrogateescape")
    try:
        for row in csv.reader(io.StringIO(content, newline="")):
            if len(row) == 3:
                yield row[0], row[1]
    except csv.Error:
        raise NotExaminable(UNREADABLE, "RECORD is not a table") from None


def _origin(builder: EvidenceBuilder, blob: Blob, package: ArtifactRef) -> None:
    """The commit that a distribution was installed from, if it came from version control."""
    data = json_bounded.loads(blob.text(LIMIT))
    revision = text(at(data, "vcs_info", "commit_id"))
    if revision is not None and is_commit(revision):
        commit = builder.artifact(identity.commit(revision), resolved=False)
        address = without_credentials(text(mapping(data).get("url")) or "")
        builder.relate(package, "built_from", commit, Proof.DECLARED, blob.location, address)
