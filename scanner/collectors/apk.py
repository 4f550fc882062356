"""Packages installed by apk, as in Alpine, Wolfi and Chainguard images: ``lib/apk/db/installed``, below ``usr`` too.

Format: records of one-letter fields, parted by empty lines (Apk spec, installed database v2). The distribution is named by
another file; the enricher that sees both completes the package URL.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location
from scanner.records.licences import licence_ids
from scanner.sources.blob import Blob, ends_with

NAME: Final = "apk"
VERSION: Final = "2"
PLACES: Final = ("usr/lib/apk/db/installed", "lib/apk/db/installed")
PACKAGES: Final = 50_000
FILES: Final = 500_000
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+\-]{0,200}\Z")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~\-]{0,200}\Z")
_CONSTRAINT: Final = re.compile(r"[<>=~@].*")

Fields = dict[str, str]


def wants(blob: Blob) -> bool:
    """The package database of a root file system."""
    return blob.name == "installed" and ends_with(blob, PLACES)


def collect(blob: Blob) -> Evidence:
    """Every installed package with its relations, licence and files. Raises NotExaminable when there is none at all."""
    builder = EvidenceBuilder(NAME)
    up = "../" * next(one for one in PLACES if ends_with(blob, (one,))).count("/")
    found = broken = files = 0
    for line, fields, paths in _records(blob.read().decode("utf-8", "replace")):
        place = blob.at(f"line {line}")
        package = _package(builder, fields, place)
        if package is None:
            broken += 1
            continue
        found += 1
        files += len(paths)
        if found > PACKAGES or files > FILES:
            builder.missed(blob.location, OVER_LIMIT, f"more than {PACKAGES} packages or {FILES} files")
            break
        listed: list[Json] = [
            {"path": there, "digest": digest}
            for path, digest in paths.items()
            if (there := identity.beside(blob.path, up + path)) is not None
        ]
        if listed:
            builder.state(package, "installed_files", listed, place)
    if broken:
        builder.missed(blob.location, UNREADABLE, f"{broken} packages without a valid name and version")
    elif not found and blob.size:
        raise NotExaminable(UNREADABLE, "no package database")
    return builder.build()


def _records(text: str) -> Iterator[tuple[int, Fields, dict[str, str]]]:
    """Line, fields and files of every record: path to digest, which configuration has none of, as it may change."""
    start, folder, path = 0, "", ""
    fields, paths = Fields(), dict[str, str]()
    for number, line in enumerate([*text.split("\n"), ""], 1):
        letter, colon, value = line.partition(":")
        if not line:
            if fields:
                yield start, fields, paths
            start, folder, path, fields, paths = 0, "", "", {}, {}
        elif colon and len(letter) == 1:
            start = start or number
            if letter == "F":
                folder, path = value, ""
            elif letter == "R":
                path = f"{folder}/{value}".lstrip("/")
                paths[path] = ""
            elif letter == "Z":
                if path and not path.startswith("etc/"):
                    paths[path] = _digest(value)
            else:
                fields.setdefault(letter, value)


def _digest(written: str) -> str:
    """A checksum as apk writes it: ``Q1`` and the SHA-1 in base64; of a link it is that of its target."""
    try:
        value = base64.b64decode(written.removeprefix("Q1"), validate=True)
    except ValueError:
        return ""
    return f"sha1:{value.hex()}" if written.startswith("Q1") and len(value) == 20 else ""


def _package(builder: EvidenceBuilder, fields: Fields, place: Location) -> ArtifactRef | None:
    name, version = fields.get("P", ""), fields.get("V", "")
    if not _NAME.match(name) or not _VERSION.match(version):
        return None
    architecture, origin = fields.get("A", ""), fields.get("o", "")
    qualifiers = {"arch": architecture} if _NAME.match(architecture) else {}
    ref = identity.package(identity.package_url("apk", name, version, "alpine", qualifiers))
    builder.artifact(ref, place, name=name, version=version)
    relations: dict[str, Json] = {
        "depends": sorted(_names(one for one in fields.get("D", "").split() if not one.startswith("!"))),
        "provides": sorted(_names(fields.get("p", "").split())),
        "source": origin if _NAME.match(origin) else None,
    }
    builder.state(ref, "relations", relations, place)
    if "L" in fields:
        builder.state(ref, "licences", licence_ids([fields["L"]]), place)
    return ref


def _names(words: Iterator[str] | list[str]) -> set[str]:
    """Names without the versions that they are bound to: ``so:libc.musl-x86_64.so.1``, ``busybox``."""
    return {name for word in words if (name := _CONSTRAINT.sub("", word))}
