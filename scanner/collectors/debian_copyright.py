"""Licences of Debian packages: ``usr/share/doc/<package>/copyright`` in machine-readable form (copyright-format 1.0).

A copyright file in free form says nothing that can be read with certainty: the licences stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner.model import Evidence, EvidenceBuilder
from scanner.records.deb822 import paragraphs
from scanner.records.licences import licence_ids
from scanner.sources.blob import Blob

NAME: Final = "debian_copyright"
VERSION: Final = "1"
LIMIT: Final = 8 << 20
SHORT_NAMES: Final[Mapping[str, str]] = {
    "artistic": "Artistic-1.0",
    "perl": "GPL-1.0-or-later OR Artistic-1.0",
    "w3c-software": "W3C",
    "bsd-2": "BSD-2-Clause",
    "lppl": "LPPL-1.0",
}
"""Short names of section 7.1 of the format that SPDX spells in another way."""
_PLACE: Final = re.compile(r"(?:^|/)usr/share/doc/[^/]+/copyright\Z")
_FORMAT: Final = re.compile(r"(?i)copyright-format|\bdep-?5\b")
_JOINED: Final = re.compile(r"(?i),? (?:and|or) |, ?")


def wants(blob: Blob) -> bool:
    """The copyright file of an installed package."""
    return blob.name == "copyright" and _PLACE.search(blob.path.rpartition("!")[2]) is not None


def collect(blob: Blob) -> Evidence:
    """The licences that the file names, as a statement on the file. Raises NotExaminable when it is too large."""
    builder = EvidenceBuilder(NAME)
    content = blob.read(LIMIT).decode("utf-8", "replace")
    described = list(paragraphs(content, ("format", "license")))
    if described and _FORMAT.search(described[0].fields.get("format", "")):
        names = {paragraph.fields.get("license", "").partition("\n")[0] for paragraph in described}
        builder.state(blob.ref, "debian_licences", _ids(names), blob.location)
    return builder.build()


def _ids(names: set[str]) -> list[str]:
    parts = {part.strip() for name in names for part in _JOINED.sub("\n", " ".join(name.split())).split("\n")}
    return licence_ids(sorted(SHORT_NAMES.get(part.lower(), part) for part in parts))
