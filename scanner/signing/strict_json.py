"""JSON of strangers: bounded, without repeated names, every member asked for by name and type."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from scanner.signing.result import Code, Rejected

MAX_BYTES = 64 * 1024 * 1024
MAX_VALUES = 4_000_000
MAX_DEPTH = 64


def load_object(raw: bytes, what: str) -> dict[str, Any]:
    """Parse one JSON object; ``what`` names it in messages.

    Raises :class:`Rejected`: ``too-large`` over 64 MiB or four million values, ``malformed`` for anything that is not
    strict UTF-8 JSON (RFC 8259), repeats a member name or is nested deeper than 64 levels.
    """
    if len(raw) > MAX_BYTES:
        raise Rejected(Code.TOO_LARGE, f"{what} is larger than {MAX_BYTES} bytes")
    if sum(raw.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise Rejected(Code.TOO_LARGE, f"{what} holds more than {MAX_VALUES} values")
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Rejected(Code.MALFORMED, f"{what} is not strict JSON") from error
    if not isinstance(value, dict) or _deeper_than(value, MAX_DEPTH):
        raise Rejected(Code.MALFORMED, f"{what} is not a JSON object of at most {MAX_DEPTH} levels")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name is repeated")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _deeper_than(value: object, limit: int) -> bool:
    level: list[Any] = [value]
    for _ in range(limit + 1):
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def only_members(value: Mapping[str, Any], allowed: frozenset[str], what: str) -> None:
    """Refuse members that the format does not define, so that no other reader can be shown another document."""
    if not value.keys() <= allowed:
        raise Rejected(Code.MALFORMED, f"{what} has a member that the format does not define")


def text(value: Mapping[str, Any], name: str, what: str) -> str:
    """A required non-empty string that can be written as UTF-8."""
    found = value.get(name)
    if not isinstance(found, str) or not found or not _is_unicode(found):
        raise Rejected(Code.MALFORMED, f"{what} lacks the string {name}")
    return found


def _is_unicode(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def obj(value: Mapping[str, Any], name: str, what: str) -> dict[str, Any]:
    """A required object."""
    found = value.get(name)
    if not isinstance(found, dict):
        raise Rejected(Code.MALFORMED, f"{what} lacks the object {name}")
    return found


def objects(value: Mapping[str, Any], name: str, what: str) -> list[dict[str, Any]]:
    """A list of objects; absent and null count as empty, as in the JSON mapping of protocol buffers."""
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Rejected(Code.MALFORMED, f"{what}: {name} is not a list of objects")
    return found


def base64_bytes(value: Mapping[str, Any], name: str, what: str) -> bytes:
    """A required base64 string, decoded strictly: standard alphabet, padding, no other character (RFC 4648)."""
    encoded = text(value, name, what)
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected(Code.MALFORMED, f"{what}: {name} is not base64") from error
