"""Installed Python distributions: ``METADATA``, ``PKG-INFO``, ``RECORD`` and what lies beside them in a dist-info folder.

Specifications: core metadata 2.4, "recording installed projects", PEP 639 (licences), direct_url.json (PEP 610).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from packaging.utils import canonicalize_name

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Location, Proof
from scanner.records.licences import licence_ids
from scanner.sources.blob import Blob

NAME: Final = "python_metadata"
VERSION: Final = "1"
LIMIT: Final = 16 << 20
_METADATA: Final = re.compile(r"(?:^|/)[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)\Z")
_RECORD: Final = re.compile(r"(?:^|/)([^/]+)-([^/-]+)\.dist-info/(RECORD|REQUESTED)\Z")


def wants(blob: Blob) -> bool:
    """Whether the place is that of an installed distribution's record."""
    inner = blob.path.rpartition("!")[2]
    return blob.size <= LIMIT and (_METADATA.search(inner) is not None or _RECORD.search(inner) is not None)


def collect(blob: Blob) -> Evidence:
    """A package and what its metadata say, or the files that it owns. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    record = _RECORD.search(blob.path.rpartition("!")[2])
    if record is None:
        _metadata(builder, blob)
    else:
        package = builder.artifact(identity.pypi(record[1], record[2]), Location(blob.path), resolved=False)
        if record[3] == "RECORD":
            _record(builder, blob, package)
        else:
            builder.state(package, "requested", True, blob.location)
    return builder.build()


def _metadata(builder: EvidenceBuilder, blob: Blob) -> None:
    headers = HeaderParser().parsestr(blob.read(LIMIT).decode("utf-8", "replace"))
    name, version = headers.get("Name"), headers.get("Version")
    if not name or not version:
        raise NotExaminable(UNREADABLE, "metadata without name or version")
    purl = identity.package_url("pypi", name.strip(), version.strip())
    package = builder.artifact(
        identity.package(purl), blob.location, name=canonicalize_name(name), version=version.strip(), purl=purl
    )
    builder.state(package, "purl", purl, blob.location)
    builder.state(package, "licences", licence_ids(_stated_licences(headers)), blob.location)
    requires = [text for text in headers.get_all("Requires-Dist") or () if text.strip()]
    builder.state(package, "requires", sorted({" ".join(text.split()) for text in requires}), blob.location)


def _stated_licences(headers: Message) -> list[str]:
    """What states the licence, most exact first: expression, then classifiers, then the free text."""
    expression = headers.get("License-Expression")
    if expression:
        return [expression]
    classifiers = [
        text.rpartition("::")[2].strip()
        for text in headers.get_all("Classifier") or ()
        if text.startswith("License ::")
    ]
    exact = [text for text in classifiers if text not in ("OSI Approved", "BSD License", "Other/Proprietary License")]
    free = headers.get("License") or ""
    return exact or ([free] if free.strip() and len(free) < 200 else []) or classifiers


def _record(builder: EvidenceBuilder, blob: Blob, package: ArtifactRef) -> None:
    """``package contains file`` by the digests that the installer wrote down."""
    for path, digest, size in _rows(blob):
        place = identity.beside(blob.path, "../" + path)
        algorithm, _, value = digest.partition("=")
        sha256 = identity.hex_digest("sha256", value) if algorithm == "sha256" else None
        if place is None or sha256 is None or not size.isdigit():
            continue
        file = identity.file(sha256, int(size), place)
        if identity.is_content(file):
            builder.claims.append(Claim(file, int(size), place))
            builder.relate(package, "contains", file, Proof.MATCHED, blob.location)


def _rows(blob: Blob) -> Iterator[tuple[str, str, str]]:
    text = blob.read(LIMIT).decode("utf-8", "surrogateescape")
    try:
        for row in csv.reader(io.StringIO(text)):
            if len(row) == 3:
                yield row[0], row[1], row[2]
    except csv.Error:
        raise NotExaminable(UNREADABLE, "RECORD is not a table") from None
