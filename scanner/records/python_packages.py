"""Python packages as records name them: one spelling of names and versions for every collector.

Names by PEP 503 and PEP 508, versions by PEP 440; what is neither is kept as it stands when it is short and printable.
"""

from __future__ import annotations

import re
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from scanner import identity
from scanner.model import ArtifactRef, EvidenceBuilder, Json, Location

LENGTH: Final = 200
"""Characters of the longest name or version."""
REQUIREMENT: Final = 4_000
"""Characters of the longest requirement."""
_OLD_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_~-]*\Z")


def name_of(text: str | None) -> str | None:
    """The normalised project name, or None when ``text`` is not one."""
    if text is None or len(text) > LENGTH:
        return None
    try:
        return canonicalize_name(text.strip(), validate=True)
    except InvalidName:
        return None


def version_of(text: str | None) -> str | None:
    """The normalised version; an old-style one as it stands; None when ``text`` can be no version."""
    if text is None or len(text) > LENGTH:
        return None
    try:
        return str(Version(text))
    except InvalidVersion:
        bare = text.strip()
        return bare if _OLD_VERSION.match(bare) else None


def file_version(filename: str) -> str | None:
    """The version in the name of a wheel or source archive; None when the name has none."""
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def requirement_of(text: str) -> Requirement | None:
    """A PEP 508 requirement, or None when ``text`` is not one."""
    if len(text) > REQUIREMENT:
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def exact_version(requirement: Requirement) -> str | None:
    """The one version that a requirement allows (``==`` or ``===``, no wildcard), or None."""
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator not in ("==", "===") or specifiers[0].version.endswith(".*"):
        return None
    return version_of(specifiers[0].version)


def add_package(
    builder: EvidenceBuilder, name: str, version: str | None, location: Location, *, resolved: bool = True
) -> ArtifactRef:
    """The package of a normalised name and version, with its package URL stated."""
    purl = identity.package_url("pypi", name, version)
    ref = builder.artifact(identity.package(purl), location, name=name, version=version, purl=purl, resolved=resolved)
    builder.state(ref, "purl", purl, location)
    return ref


def state_pinning(builder: EvidenceBuilder, package: ArtifactRef, location: Location, *, hashed: bool) -> None:
    """Say that a record fixes the package to one version, and whether also to its content."""
    pinning: dict[str, Json] = {"exact": True, "hashed": hashed}
    builder.state(package, "pinning", pinning, location)
