"""Small pieces that several parts of a CycloneDX document share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from scanner.identity import HEX_LENGTH
from scanner.model import Json
from scanner.reports.visible import unicode_safe, visible

Object = dict[str, Any]

HASHES: Final = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
MAX_VALUE: Final = 2_000
"""Characters of one property value."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def reference(id: str) -> str:
    """The bom-ref of an artifact: its id."""
    return unicode_safe(id)


def text(value: str) -> str:
    """A name or version on one line that JSON and XML readers keep as it is."""
    return visible(value, MAX_VALUE)


def property_of(name: str, value: Json) -> Object:
    """A property in the ``lading`` namespace; everything but text as JSON."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return {"name": f"lading:{text(name)}", "value": text(shown)}


def properties_of(pairs: Mapping[str, str]) -> list[Object]:
    """One property a pair, in the order given; pairs without a value are left out."""
    return [property_of(name, value) for name, value in pairs.items() if value]


def timestamp(value: Json) -> str | None:
    """``value`` when it is an RFC 3339 time."""
    return value if isinstance(value, str) and _TIME.fullmatch(value) else None


def hashes(digests: Mapping[str, str]) -> list[Object]:
    """Hash objects of the digests whose algorithm CycloneDX knows and whose length fits it."""
    return [
        {"alg": HASHES[name], "content": digests[name]}
        for name in sorted(digests)
        if name in HASHES and len(digests[name]) == HEX_LENGTH[name]
    ]


def licences(ids: Iterable[str]) -> list[Object]:
    """Licence choices: an id of the SPDX list by its id, anything else by name."""
    from cyclonedx.spdx import is_supported_id

    return [{"license": {"id" if is_supported_id(id) else "name": text(id)}} for id in sorted(set(ids))]


def strings(value: Json) -> list[str]:
    """The text members of a list; nothing for anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def records(value: Json) -> list[Mapping[str, Json]]:
    """The mappings of a list; nothing for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def record(value: Json) -> Mapping[str, Json]:
    """A mapping; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def filled(**members: Any) -> Object:
    """The members that hold something, under their names with ``_`` as ``-``."""
    return {name.replace("_", "-"): value for name, value in members.items() if value not in (None, "", [], {})}
