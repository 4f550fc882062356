"""Reading a zip of OSV records under limits; member names never become paths on disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.advisories.osv import LARGEST_RECORD
from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.sources.archive import BROKEN_ZIP

_MEMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}\.json", re.ASCII)
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes. The defaults leave room for the largest public set (about 0.5 million records, 4 GB)."""

    archive: int = 2 * 1024**3
    members: int = 2_000_000
    expanded: int = 16 * 1024**3


@dataclass(frozen=True, slots=True)
class Member:
    """One member by name: its bytes, or why it was left out."""

    name: str
    content: bytes | NotExaminable


def read_members(path: Path, limits: Limits | None = None) -> Iterator[Member]:
    """The members in order of their names.

    Raises NotExaminable when the archive as a whole cannot be trusted: not a zip, truncated, duplicate member names,
    a member name that is a path, an unknown or encrypted member, or more than ``limits`` allow.
    """
    limits = limits or Limits()
    try:
        if path.stat().st_size > limits.archive:
            raise NotExaminable(OVER_LIMIT, "advisory archive too large")
        with zipfile.ZipFile(path) as archive:
            infos = _vetted(archive, limits)
            budget = limits.expanded
            for info in infos:
                member = _read(archive, info)
                budget -= len(member.content) if isinstance(member.content, bytes) else LARGEST_RECORD
                if budget < 0:
                    raise NotExaminable(OVER_LIMIT, "advisory archive expands too far")
                yield member
    except BROKEN_ZIP:
        raise NotExaminable(UNREADABLE, "not a complete zip archive") from None


def _vetted(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    infos = sorted(
        (info for info in archive.infolist() if not info.filename.endswith("/")), key=lambda info: info.filename
    )
    if len(infos) > limits.members:
        raise NotExaminable(OVER_LIMIT, "advisory archive has too many members")
    if len({info.filename for info in infos}) != len(infos):
        raise NotExaminable(UNREADABLE, "advisory archive holds one member name twice")
    for info in infos:
        if not _MEMBER.fullmatch(info.filename):
            raise NotExaminable(UNREADABLE, "advisory archive holds a member that is not named <ID>.json")
        if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
            raise NotExaminable(UNSUPPORTED, "advisory archive holds an encrypted or unusually compressed member")
    return infos


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    with archive.open(info) as stream:
        content = stream.read(LARGEST_RECORD + 1)
    if len(content) > LARGEST_RECORD:
        return Member(info.filename, NotExaminable(OVER_LIMIT, "advisory record too large"))
    return Member(info.filename, content)
