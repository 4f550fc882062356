"""Validation of policy documents against ``policy.schema.json``, with messages that say where and what to do.

Implements the keywords of JSON Schema 2020-12 that our schema uses, and only those: the file is the one description of
the formats, for this reader and for editors. ``format`` is enforced for dates and instants.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from scanner.errors import PolicyError
from scanner.policy.yaml_loader import Document

_Path = tuple[str | int, ...]
_Problem = tuple[_Path, str]

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_TYPE_WORDS: Final = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number"}


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of all policy documents, as shipped."""
    loaded: dict[str, Any] = json.loads((files("scanner.policy") / "policy.schema.json").read_text("utf-8"))
    return loaded


def validate(document: Document, expected: str) -> dict[str, Any]:
    """The value of a document whose ``schema`` is ``expected``. Raises PolicyError for the first problem."""
    value = document.value
    if not isinstance(value, dict):
        raise PolicyError(f"{document.place(())}: not a mapping; start the file with 'schema: {expected}'")
    if value.get("schema") != expected:
        raise PolicyError(f"{document.place(('schema',))}: schema {expected} is expected; set 'schema: {expected}'")
    for path, problem in _problems(schema(), value, ()):
        place, name = document.place(path), _name(path)
        raise PolicyError(f"{place}: {name}: {problem}" if name else f"{place}: {problem}")
    return value


def _name(path: _Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text if text.isprintable() else ascii(text)


def _resolve(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in rule:
        found: Any = schema()
        for part in rule["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        rule = found
    return rule


def _valid(rule: Mapping[str, Any], value: Any) -> bool:
    return next(_problems(rule, value, ()), None) is None


def _problems(rule: Mapping[str, Any], value: Any, path: _Path) -> Iterator[_Problem]:
    rule = _resolve(rule)
    kind = rule.get("type")
    if kind is not None and not _TYPES[kind](value):
        hint = "quote it" if kind == "string" else "correct the form"
        yield path, f"{_TYPE_WORDS.get(kind, f'a {kind}')} is expected; {hint}"
        return
    if "const" in rule and value != rule["const"]:
        yield path, f"must be {rule['const']!r}; change it"
    if "enum" in rule and value not in rule["enum"]:
        yield path, _unlisted(value, rule["enum"])
    if isinstance(value, str):
        yield from _text(rule, value, path)
    elif isinstance(value, list):
        yield from _list(rule, value, path)
    elif isinstance(value, dict):
        yield from _mapping(rule, value, path)
    yield from _combined(rule, value, path)


def _unlisted(value: Any, allowed: list[Any]) -> str:
    words = [str(word) for word in allowed]
    close = difflib.get_close_matches(str(value), words, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(words)}"
    return f"{str(value)[:60]!r} is not known; {hint}"


def _text(rule: Mapping[str, Any], value: str, path: _Path) -> Iterator[_Problem]:
    if len(value) < rule.get("minLength", 0):
        yield path, f"shorter than {rule['minLength']} characters; say more"
    if len(value) > rule.get("maxLength", len(value)):
        yield path, f"longer than {rule['maxLength']} characters; shorten it"
    pattern = rule.get("pattern")
    if pattern is not None and (re.search(pattern, value) is None or (pattern.endswith("$") and value.endswith("\n"))):
        yield path, f"does not have the form {pattern}; change it"
    if not _real(rule.get("format"), value):
        yield path, "is not a date of the calendar; correct it"


def _real(format: str | None, value: str) -> bool:
    try:
        if format == "date":
            date.fromisoformat(value)
        elif format == "date-time":
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _list(rule: Mapping[str, Any], value: list[Any], path: _Path) -> Iterator[_Problem]:
    if len(value) < rule.get("minItems", 0):
        yield path, f"needs at least {rule['minItems']} members; add one or leave the key out"
    if len(value) > rule.get("maxItems", len(value)):
        yield path, f"holds more than {rule['maxItems']} members; remove some"
    if rule.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) != len(value):
        yield path, "names something twice; keep one"
    prefix = rule.get("prefixItems", [])
    for index, item in enumerate(value):
        if index < len(prefix):
            yield from _problems(prefix[index], item, (*path, index))
        elif "items" in rule:
            yield from _problems(rule["items"], item, (*path, index))


def _mapping(rule: Mapping[str, Any], value: dict[str, Any], path: _Path) -> Iterator[_Problem]:
    known = rule.get("properties", {})
    others = rule.get("additionalProperties", True)
    for key, member in value.items():
        if key in known:
            yield from _problems(known[key], member, (*path, key))
        elif others is False:
            close = difflib.get_close_matches(key, list(known), 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
            yield (*path, key), f"unknown key; {hint}"
        elif isinstance(others, dict):
            yield from _problems(others, member, (*path, key))
        if "propertyNames" in rule:
            yield from _problems(rule["propertyNames"], key, (*path, key))
    for key in rule.get("required", ()):
        if key not in value:
            yield path, f"{key!r} is missing; add it"
    if len(value) < rule.get("minProperties", 0):
        yield path, "is empty; add an entry or leave the key out"
    for key, dependent in rule.get("dependentSchemas", {}).items():
        if key in value:
            for _, problem in _problems(dependent, value, path):
                yield (*path, key), f"goes only with another key: {problem}"


def _combined(rule: Mapping[str, Any], value: Any, path: _Path) -> Iterator[_Problem]:
    for part in rule.get("allOf", ()):
        yield from _problems(part, value, path)
    if "if" in rule and _valid(rule["if"], value):
        yield from _problems(rule.get("then", {}), value, path)
    if "not" in rule and _valid(rule["not"], value):
        yield path, f"{' and '.join(rule['not'].get('required', ('this',)))} exclude each other; keep one"
    for word, wanted in (("anyOf", "at least"), ("oneOf", "exactly")):
        if word not in rule:
            continue
        branches = [_resolve(branch) for branch in rule[word]]
        valid = sum(_valid(branch, value) for branch in branches)
        if valid == 0 or (word == "oneOf" and valid > 1):
            yield from _branch(branches, value, path, wanted)


def _branch(branches: list[Mapping[str, Any]], value: Any, path: _Path, wanted: str) -> Iterator[_Problem]:
    if isinstance(value, dict) and all("required" in branch for branch in branches):
        names = ["+".join(branch["required"]) for branch in branches]
        yield path, f"{wanted} one of {', '.join(names)} is needed; correct it"
        return
    for branch in branches:
        kind = branch.get("type") or ("string" if "enum" in branch else None)
        if kind is not None and _TYPES[kind](value):
            yield from _problems(branch, value, path)
            return
    yield from _problems(branches[0], value, path)
