"""Policy parameters: their types, the values given for them, and where each value comes from (policy format, section 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.errors import PolicyError
from scanner.model import Json
from scanner.policy.documents import ParamSpec
from scanner.policy.schema import validate
from scanner.policy.yaml_loader import Document, load

Value = str | int | float | bool | timedelta | datetime | list[str]
_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([wdhms])\Z")
_SETTING: Final = re.compile(r"(?:([a-z][a-z0-9-]*):)?([a-z][a-z0-9_]*)=(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """A value for a parameter of a bundle, and what gave it: ``extended by site-policy``, ``--set``."""

    bundle: str
    name: str
    value: Json
    origin: str


def duration(text: str) -> timedelta | None:
    """``180d`` and the like as a time span; None for anything else."""
    match = _DURATION.match(text)
    return None if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})


def instant(text: str) -> datetime | None:
    """An RFC 3339 instant in UTC (``2026-11-20T12:00:00Z``); None for anything else."""
    if not text.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def typed(spec: ParamSpec, value: Json, where: str) -> Value:
    """The value as its declared type, checked against choices and limits. Raises PolicyError."""
    found = _convert(spec.type, value)
    if found is None:
        raise PolicyError(f"{where}: {spec.name} must be of type {spec.type}; correct the value")
    members = found if isinstance(found, list) else [found]
    if spec.choices and not all(str(member) in spec.choices for member in members):
        raise PolicyError(f"{where}: {spec.name} allows only {', '.join(spec.choices)}; choose from these")
    for limit, word in ((spec.min, "min"), (spec.max, "max")):
        if limit is None:
            continue
        bound = _convert(spec.type, limit)
        if not isinstance(bound, int | float | timedelta):
            raise PolicyError(f"{where}: {word} of {spec.name} does not fit type {spec.type}; correct the declaration")
        if _beyond(found, bound, word):
            raise PolicyError(f"{where}: {spec.name} is beyond its {word} of {limit}; choose a value inside the limits")
    return found


def _beyond(value: Value, bound: float | timedelta, word: str) -> bool:
    if isinstance(value, timedelta) and isinstance(bound, timedelta):
        return value < bound if word == "min" else value > bound
    if isinstance(value, int | float) and isinstance(bound, int | float):
        return value < bound if word == "min" else value > bound
    return True


def _convert(type: str, value: Json) -> Value | None:
    if type == "list(string)":
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return [str(item) for item in value] if good and isinstance(value, list) else None
    if type == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, str):
        return {"string": value, "duration": duration(value), "timestamp": instant(value)}.get(type)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if type == "number":
        return float(value)
    return value if type == "int" and isinstance(value, int) and abs(value) < 1 << 63 else None


def from_file(document: Document) -> list[Given]:
    """The values of a ``policy-params/v1`` file. Raises PolicyError."""
    value = validate(document, "policy-params/v1")
    return [
        Given(bundle, name, one, document.where)
        for bundle, members in sorted(value["params"].items())
        for name, one in sorted(members.items())
    ]


def from_settings(settings: Sequence[str], declared: Mapping[str, Mapping[str, ParamSpec]]) -> list[Given]:
    """The values of ``--set [BUNDLE:]NAME=VALUE``; lists are written ``[a, b]``. Raises PolicyError."""
    given = []
    for setting in settings:
        match = _SETTING.match(setting)
        if match is None:
            raise PolicyError(f"--set {setting[:80]!r}: not [BUNDLE:]NAME=VALUE; write for example max_data_age=90d")
        bundle, name, text = match[1], match[2], match[3]
        owners = [bundle] if bundle else sorted(one for one, specs in declared.items() if name in specs)
        if len(owners) > 1:
            raise PolicyError(f"--set {name}: bundles {', '.join(owners)} use it; write BUNDLE:{name}=VALUE")
        if not owners:
            raise PolicyError(f"--set {name}: no loaded bundle has this parameter; see lading policy list")
        spec = declared.get(owners[0], {}).get(name)
        is_text = spec is not None and spec.type in ("string", "duration", "timestamp")
        value = text if is_text else load(text.encode(), f"--set {name}").value
        given.append(Given(owners[0], name, value, "--set"))
    return given
