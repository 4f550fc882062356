"""The JSON Schema of the scan result, made from its dataclasses and from the vocabulary.

``scan-result.schema.json`` beside this module holds it for other programs; a test keeps the two equal.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scanner import result, vocabulary
from scanner.errors import REASONS
from scanner.model import Proof
from scanner.vocabulary import Fields, ListOf, OneOf, Scalar

PATH: Final = Path(__file__).with_name("scan-result.schema.json")
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_RENAMED: Final = {"source": "from", "target": "to"}
_PROOFS: Final = tuple(proof.word for proof in Proof)
_SCALARS: Final[Mapping[type, str]] = {str: "string", int: "integer", bool: "boolean", float: "number"}

_WORDS: Final[Mapping[tuple[type, str], tuple[str | int, ...]]] = {
    (result.ScanResult, "schema"): (result.SCHEMA,),
    (result.ScanResult, "gate"): ("all", "new"),
    (result.ScanResult, "verdict"): ("pass", "fail", "incomplete"),
    (result.ScanResult, "exit_code"): (0, 1, 3),
    (result.ArtifactResult, "kind"): tuple(vocabulary.KINDS),
    (result.RelationshipResult, "type"): tuple(vocabulary.RELATIONSHIPS),
    (result.RelationshipResult, "proof"): _PROOFS,
    (result.Step, "proof"): _PROOFS,
    (result.Unexamined, "reason"): REASONS,
    (result.Finding, "action"): ("block", "warn"),
    (result.Finding, "verdict"): ("fail", "unknown", "error", "waived", "not_yet_effective"),
    (result.WaiverResult, "state"): ("active", "expiring", "expired", "unused"),
}
"""Text members that hold one of a closed list of words."""

Schema = dict[str, Any]


def schema() -> Schema:
    """The schema (JSON Schema 2020-12) as plain data."""
    definitions: dict[str, Schema] = {}
    root = _of(result.ScanResult, definitions)
    for kind in vocabulary.KINDS:
        definitions[f"evidence-{kind}"] = _evidence(kind)
    definitions["ArtifactResult"]["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind}}},
            "then": {"properties": {"evidence": {"$ref": f"#/$defs/evidence-{kind}"}}},
        }
        for kind in vocabulary.KINDS
    ]
    return {
        "$schema": _DIALECT,
        "$id": f"urn:{result.SCHEMA.replace('/', ':')}",
        "title": "Scan result of Lading",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _of(hint: Any, definitions: dict[str, Schema]) -> Schema:
    """The schema of one type hint; records go into ``definitions``."""
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _record(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin in (typing.Union, types.UnionType) and type(None) in arguments and len(arguments) == 2:
        (other,) = (item for item in arguments if item is not type(None))
        return {"anyOf": [_of(other, definitions), {"type": "null"}]}
    return {}  # any JSON value


def _record(record: type, definitions: dict[str, Schema]) -> Schema:
    renamed = _RENAMED if record is result.RelationshipResult else {}
    members = {
        renamed.get(name, name): _closed(_WORDS[record, name]) if (record, name) in _WORDS else _of(hint, definitions)
        for name, hint in typing.get_type_hints(record).items()
    }
    described = inspect.getdoc(record) or ""
    return {
        **({} if described.startswith(f"{record.__name__}(") else {"description": described}),
        "type": "object",
        "required": list(members),
        "additionalProperties": False,
        "properties": members,
    }


def _closed(words: tuple[str | int, ...]) -> Schema:
    return {"enum": list(words)}


def _evidence(kind: str) -> Schema:
    groups = vocabulary.groups_of(kind)
    return {
        "description": vocabulary.KINDS[kind].meaning,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": group.meaning, **_value(group.type)} for name, group in sorted(groups.items())
        },
    }


def _value(type: vocabulary.Type) -> Schema:
    match type:
        case Scalar(name, nullable):
            word = {"int": "integer", "bool": "boolean", "time": "string"}.get(name, name)
            form = {"format": "date-time"} if name == "time" else {}
            return {"type": [word, "null"] if nullable else word, **form}
        case OneOf(values):
            return _closed(values)
        case Fields(members):
            return {
                "type": "object",
                "required": list(members),
                "additionalProperties": False,
                "properties": {name: _value(member) for name, member in members.items()},
            }
        case ListOf(item):
            return {"type": "array", "items": _value(item)}
