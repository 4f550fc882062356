"""Which Linux distribution a root file system is: ``etc/os-release`` and ``usr/lib/os-release`` (os-release(5))."""

from __future__ import annotations

import re
from typing import Final

from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob, ends_with

NAME: Final = "os_release"
VERSION: Final = "1"
LIMIT: Final = 1 << 16
_FIELD: Final = re.compile(r"(ID|VERSION_ID)=(['\"]?)([A-Za-z0-9._\-]{1,64})\2\s*\Z")


def wants(blob: Blob) -> bool:
    """The file at one of its two standard places."""
    return blob.name == "os-release" and ends_with(blob, ("etc/os-release", "usr/lib/os-release"))


def collect(blob: Blob) -> Evidence:
    """The distribution's id and version, as a statement on the file. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    fields = {match[1]: match[3] for line in blob.text(LIMIT).splitlines() if (match := _FIELD.match(line))}
    if "ID" in fields:
        value = {"id": fields["ID"].lower(), "version": fields.get("VERSION_ID")}
        builder.state(blob.ref, "os_release", value, blob.location)
    return builder.build()
