"""OSV records (schema 1.7): the part that matching and reporting read, with every field checked.

A record is hostile input: a wrong required field refuses the record, a wrong optional field counts as absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scanner.advisories.severity import Rating, rate
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

LARGEST_RECORD: Final = 8 * 1024 * 1024
"""Bytes of one record; the largest of the public sets are below 3 MB."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}", re.ASCII)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,12})?Z", re.ASCII)
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escape that may be half a character, which no file or database can hold."""
_EVENT_KINDS: Final = ("introduced", "fixed", "last_affected", "limit")
_SUMMARY_LENGTH: Final = 200
_NAME_LENGTH: Final = 512

VULNERABILITY: Final = "vulnerability"
MALICIOUS: Final = "malicious"
UNSOUND: Final = "unsound"
INFORMATIONAL: Final = "informational"

Event = tuple[str, str]
"""(``introduced`` | ``fixed`` | ``last_affected`` | ``limit``, version)"""


@dataclass(frozen=True, slots=True)
class Range:
    """One non-GIT range; ``semver`` when its versions are semantic versions whatever the ecosystem."""

    semver: bool
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """One package of a record. ``custom_ranges`` are the tighter intervals that Go keeps outside ``ranges``."""

    ecosystem: str
    name: str
    ranges: tuple[Range, ...]
    versions: tuple[str, ...]
    custom_ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One advisory. Times are RFC 3339 UTC to the second, or None where the record has none that means anything."""

    id: str
    kind: str
    modified: str | None
    published: str | None
    withdrawn: bool
    aliases: tuple[str, ...]
    summary: str
    rating: Rating
    review_status: str | None
    disputed: bool
    affected: tuple[Affected, ...]


def parse_record(content: bytes) -> Record:
    """The record in ``content``. Raises NotExaminable when it is too large, not JSON, or lacks id or modified."""
    if len(content) > LARGEST_RECORD:
        raise NotExaminable(OVER_LIMIT, "advisory record too large")
    try:
        document = json.loads(content)
        if _SURROGATE.search(content):
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NotExaminable(UNREADABLE, "advisory record is not JSON, or not Unicode, or nested too deeply") from None
    if not isinstance(document, dict):
        raise NotExaminable(UNREADABLE, "advisory record is not an object")
    identifier = document.get("id")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise NotExaminable(UNREADABLE, "advisory record without a usable id")
    if not isinstance(document.get("modified"), str):
        raise NotExaminable(UNREADABLE, "advisory record without modified")
    specific = _mapping(document.get("database_specific"))
    packages = [_mapping(entry) for entry in _list(document.get("affected"))]
    details = _text(document.get("details"))
    return Record(
        id=identifier,
        kind=_kind(identifier, packages),
        modified=normal_time(document["modified"]),
        published=normal_time(document.get("published")),
        withdrawn=document.get("withdrawn") is not None,
        aliases=tuple(sorted({a for a in _list(document.get("aliases")) if _is_id(a) and a != identifier})),
        summary=_first_line(_text(document.get("summary")) or details),
        rating=_rating(identifier, document, packages, specific),
        review_status=_text(specific.get("review_status")) or None,
        disputed="disputed" in details.lower(),
        affected=tuple(_affected(entry) for entry in packages if _has_package(entry)),
    )


def normal_time(value: object) -> str | None:
    """RFC 3339 UTC to the second; None for anything else and for year 1, which Go writes for "not known"."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[1].startswith("0001-"):
        return None
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _kind(identifier: str, packages: list[Mapping[str, Any]]) -> str:
    if identifier.startswith("MAL-"):
        return MALICIOUS
    notes = {_text(_mapping(entry.get("database_specific")).get("informational")) for entry in packages} or {""}
    if "" in notes:
        return VULNERABILITY
    return UNSOUND if UNSOUND in notes else INFORMATIONAL


def _rating(
    identifier: str,
    document: Mapping[str, Any],
    packages: list[Mapping[str, Any]],
    specific: Mapping[str, Any],
) -> Rating:
    entries = _list(document.get("severity")) or [s for entry in packages for s in _list(entry.get("severity"))]
    scores = [(_text(_mapping(entry).get("type")), _text(_mapping(entry).get("score"))) for entry in entries]
    return rate(identifier, scores, _text(specific.get("severity")))


def _has_package(entry: Mapping[str, Any]) -> bool:
    package = _mapping(entry.get("package"))
    return all(0 < len(_text(package.get(field))) <= _NAME_LENGTH for field in ("ecosystem", "name"))


def _affected(entry: Mapping[str, Any]) -> Affected:
    package = entry["package"]
    custom = _mapping(entry.get("ecosystem_specific")).get("custom_ranges")
    return Affected(
        ecosystem=package["ecosystem"],
        name=package["name"],
        ranges=tuple(_ranges(entry.get("ranges"))),
        versions=tuple(v for v in _list(entry.get("versions")) if isinstance(v, str)),
        custom_ranges=tuple(_ranges(custom)),
    )


def _ranges(value: object) -> Iterator[Range]:
    for entry in map(_mapping, _list(value)):
        kind = entry.get("type")
        if kind == "GIT":
            continue
        events = tuple(
            (name, version)
            for event in map(_mapping, _list(entry.get("events")))
            for name, version in event.items()
            if name in _EVENT_KINDS and isinstance(version, str)
        )
        if events:
            yield Range(kind == "SEMVER", events)


def _first_line(text: str) -> str:
    line = " ".join(text.split("\n\n", 1)[0].split())
    return line if len(line) <= _SUMMARY_LENGTH else line[: _SUMMARY_LENGTH - 1].rstrip() + "…"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
