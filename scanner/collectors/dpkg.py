"""Packages of Debian and its derivatives: ``var/lib/dpkg/status`` and, in images without dpkg, ``status.d``.

Only what dpkg calls installed is stated: a removed package leaves its configuration files and its entry behind.
The distribution is named by another file; the enricher that sees both completes the package URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location
from scanner.records.deb822 import paragraphs
from scanner.sources.blob import Blob

NAME: Final = "dpkg"
VERSION: Final = "1"
PACKAGES: Final = 100_000
_PLACE: Final = re.compile(r"(?:^|/)var/lib/dpkg/status(\.d/[^/]+)?\Z")
_PACKAGE: Final = re.compile(r"[a-z0-9][a-z0-9+.\-]{1,200}\Z")
_VERSION: Final = re.compile(r"[A-Za-z0-9.+~:\-]{1,200}\Z")
_SOURCE: Final = re.compile(r"([a-z0-9][a-z0-9+.\-]{1,200})(?:\s+\(([A-Za-z0-9.+~:\-]{1,200})\))?\Z")
_FIELDS: Final = frozenset(
    {"package", "status", "version", "architecture", "depends", "pre-depends", "provides", "source"}
)


def wants(blob: Blob) -> bool:
    """The package database of a root file system."""
    return "dpkg/status" in blob.path and _place(blob) is not None and not blob.name.endswith(".md5sums")


def _place(blob: Blob) -> re.Match[str] | None:
    return _PLACE.search(blob.path.rpartition("!")[2])


def collect(blob: Blob) -> Evidence:
    """Every installed package with its dependency fields. Raises NotExaminable when there is no package at all."""
    builder = EvidenceBuilder(NAME)
    place = _place(blob)
    single = place is not None and place[1] is not None
    found = broken = 0
    for paragraph in paragraphs(blob.read().decode("utf-8", "replace"), _FIELDS):
        fields = paragraph.fields
        # Files of status.d are control files of packages: they have no status and are there only when installed.
        state = fields.get("status", "install ok installed" if single else "").split()
        if state[-1:] != ["installed"] or state[1:2] != ["ok"]:
            found += "status" in fields
            continue
        package = _package(builder, fields, blob.at(f"line {paragraph.line}"))
        found += package is not None
        broken += package is None
        if found > PACKAGES:
            builder.missed(blob.location, OVER_LIMIT, f"more than {PACKAGES} packages")
            break
    if broken:
        builder.missed(blob.location, UNREADABLE, f"{broken} packages without a valid name and version")
    elif not found and blob.size:
        raise NotExaminable(UNREADABLE, "no package database")
    return builder.build()


def _package(builder: EvidenceBuilder, fields: Mapping[str, str], place: Location) -> ArtifactRef | None:
    name, version = fields.get("package", ""), fields.get("version", "")
    if not _PACKAGE.match(name) or not _VERSION.match(version):
        return None
    architecture = fields.get("architecture", "")
    qualifiers = {"arch": architecture} if _PACKAGE.match(architecture) else {}
    ref = identity.package(identity.package_url("deb", name, version, "debian", qualifiers))
    builder.artifact(ref, place, name=name, version=version)
    source = _SOURCE.match(fields.get("source", ""))
    origin = f"{source[1]}@{source[2]}" if source and source[2] else source[1] if source else None
    relations: dict[str, Json] = {
        "depends": _listed(fields.get("pre-depends", "")) + _listed(fields.get("depends", "")),
        "provides": _listed(fields.get("provides", "")),
        "source": origin,
    }
    builder.state(ref, "relations", relations, place)
    return ref


def _listed(value: str) -> list[str]:
    return [" ".join(item.split()) for item in value.split(",") if item.strip()]
