"""Packages installed by rpm: its database in SQLite, as Fedora, Red Hat's images since version 9 and their kin have it, or in
Berkeley DB as those before, or in ndb, as openSUSE and SUSE.

The distribution is named by another file; the enricher that sees both completes the package URL.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location
from scanner.records import berkeley_hash, rpm_header, rpm_ndb
from scanner.records.licences import licence_ids
from scanner.records.rpm_header import Values
from scanner.records.sqlite_readonly import opened
from scanner.sources.blob import Blob, ends_with

NAME: Final = "rpm"
VERSION: Final = "2"
FOLDERS: Final = ("var/lib/rpm/", "usr/lib/sysimage/rpm/")
NAMES: Final = ("rpmdb.sqlite", "Packages", "Packages.db")
PLACES: Final = tuple(folder + name for folder in FOLDERS for name in NAMES)
PACKAGES: Final = 50_000
FILES: Final = 500_000
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~^\-]{0,200}\Z")
_SOURCE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._+\-]{0,200})-([^-]{1,100}-[^-]{1,100})\.(?:no)?src\.rpm\Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_NO_PACKAGES: Final = ("rpmlib(", "(")
"""Requirements that no package meets: those on rpm itself, and conditions."""


def wants(blob: Blob) -> bool:
    """The package database of a root file system, in SQLite, Berkeley DB or ndb."""
    return blob.name in NAMES and ends_with(blob, PLACES)


def collect(blob: Blob) -> Evidence:
    """Every installed package with its relations, licence and files. Raises NotExaminable for a broken database."""
    builder = EvidenceBuilder(NAME)
    headers: list[Mapping[int, Values]] = []
    broken = 0
    for data in _stored(blob):
        try:
            headers.append(rpm_header.read(data))
        except NotExaminable:
            broken += 1
    needed = {one for header in headers for one in rpm_header.texts(header, rpm_header.REQUIRES) if one.startswith("/")}
    left = FILES
    for header in headers[:PACKAGES]:
        paths = list(rpm_header.files(header))
        left -= len(paths)
        if left < 0:
            builder.missed(blob.location, OVER_LIMIT, f"more than {FILES} installed files")
            break
        package = _package(builder, header, needed & {f"/{path}" for path, _ in paths}, blob.location)
        if package is not None:
            _state_files(builder, blob, package, paths)
        elif rpm_header.text(header, rpm_header.NAME) != "gpg-pubkey":
            broken += 1
    if len(headers) > PACKAGES:
        builder.missed(blob.location, OVER_LIMIT, f"more than {PACKAGES} packages")
    if broken:
        builder.missed(blob.location, UNREADABLE, f"{broken} packages without a readable header, name and version")
    return builder.build()


def _stored(blob: Blob) -> Iterator[bytes]:
    """The header of every package as it is stored. Raises NotExaminable."""
    if blob.name == "Packages":
        # Beside the headers there is the number of the last one, four bytes long.
        yield from (value for value in berkeley_hash.values(blob) if len(value) != 4)
        return
    if blob.name == "Packages.db":
        yield from rpm_ndb.values(blob)
        return
    with opened(blob) as database:
        if "Packages" not in database.tables:
            raise NotExaminable(UNREADABLE, "no package database")
        for row in database.rows("Packages", ("hnum", "blob")):
            yield row["blob"] if isinstance(row["blob"], bytes) else b""


def _package(
    builder: EvidenceBuilder, header: Mapping[int, Values], paths: set[str], place: Location
) -> ArtifactRef | None:
    name, version, release = (
        rpm_header.text(header, tag) or "" for tag in (rpm_header.NAME, rpm_header.VERSION, rpm_header.RELEASE)
    )
    # Keys to verify packages with are kept as packages of this name.
    if name == "gpg-pubkey" or not all(_WORD.match(word) for word in (name, version, release)):
        return None
    architecture = rpm_header.text(header, rpm_header.ARCHITECTURE) or ""
    epoch = rpm_header.numbers(header, rpm_header.EPOCH)
    qualifiers = {"arch": architecture} if _WORD.match(architecture) else {}
    if epoch and epoch[0]:
        qualifiers["epoch"] = str(epoch[0])
    full = f"{version}-{release}"
    ref = identity.package(identity.package_url("rpm", name, full, None, qualifiers))
    builder.artifact(ref, place, name=name, version=full)
    source = _SOURCE.match(rpm_header.text(header, rpm_header.SOURCE_RPM) or "")
    requires = rpm_header.texts(header, rpm_header.REQUIRES)
    relations: dict[str, Json] = {
        "depends": sorted({one for one in requires if not one.startswith(_NO_PACKAGES)}),
        "provides": sorted({*rpm_header.texts(header, rpm_header.PROVIDES), *paths}),
        "source": f"{source[1]}@{source[2]}" if source else None,
    }
    builder.state(ref, "relations", relations, place)
    builder.state(ref, "licences", licence_ids([rpm_header.text(header, rpm_header.LICENCE) or ""]), place)
    return ref


def _state_files(builder: EvidenceBuilder, blob: Blob, package: ArtifactRef, paths: list[tuple[str, str]]) -> None:
    """What the package brought, at its place in the root that the database lies in."""
    up = "/".join([".."] * next(one for one in PLACES if ends_with(blob, (one,))).count("/"))
    listed: list[Json] = [
        {"path": place, "digest": f"sha256:{sha256}" if sha256 else ""}
        for path, sha256 in paths
        if (not sha256 or _DIGEST.match(sha256))
        and (place := identity.beside(blob.path, posixpath.join(up, path))) is not None
    ]
    if listed:
        builder.state(package, "installed_files", listed, blob.location)
