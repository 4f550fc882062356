"""``lading.toml`` or ``[tool.lading]`` of a ``pyproject.toml``, discovered from the working directory upwards.

The scanned project never chooses its own gate: only the working directory counts, never a scanned path.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scanner.errors import ConfigError

KEYS: Final[Mapping[str, type]] = {
    "policy": list,
    "params": str,
    "set": list,
    "trust": str,
    "waivers": str,
    "strict-waivers": bool,
    "baseline": str,
    "gate": str,
    "as-of": str,
    "advisories": str,
    "max-advisory-age": int,
    "jobs": int,
    "release": str,
}
LIMITS: Final[Mapping[str, Collection[object]]] = {
    "gate": ("all", "new"),
    "jobs": range(1, 257),
    "max-advisory-age": range(36_501),
}
LIMITS_SHOWN: Final = {"gate": "all or new", "jobs": "1 to 256", "max-advisory-age": "0 to 36500 days"}
PATHS: Final = frozenset({"params", "trust", "waivers", "baseline", "advisories"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings of the file at ``path``; paths in it are relative to its folder and given here as they can be opened."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str, given: Any) -> Any:
        """The command line's value, else the file's."""
        absent = given is None or given is False or given == ()
        return self.values.get(key, given) if absent else given


def discover(start: Path) -> Configuration:
    """The nearest configuration at or above ``start``. Raises ConfigError for anything in it that is not known."""
    for folder in (start, *start.parents):
        own = folder / "lading.toml"
        if own.is_file():
            return _checked(own, _load(own))
        project = folder / "pyproject.toml"
        if project.is_file():
            tools = _load(project).get("tool")
            table = tools.get("lading") if isinstance(tools, dict) else None
            if table is not None:
                return _checked(project, table)
    return Configuration()


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path.name}: not readable TOML ({error}); correct it") from None


def _checked(path: Path, table: Any) -> Configuration:
    if not isinstance(table, dict):
        raise ConfigError(f"{path.name}: tool.lading is not a table; write [tool.lading]")
    values: dict[str, Any] = {}
    for key, value in table.items():
        expected = KEYS.get(key)
        if expected is None:
            known = ", ".join(sorted(KEYS))
            raise ConfigError(f"{path.name}: unknown key {key!r}; use one of {known}")
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise ConfigError(f"{path.name}: {key} must be of type {expected.__name__}; correct it")
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            raise ConfigError(f"{path.name}: {key} must list strings; correct it")
        if key in LIMITS and value not in LIMITS[key]:
            raise ConfigError(f"{path.name}: {key} must be {LIMITS_SHOWN[key]}; correct it")
        if key in PATHS:
            value = str(path.parent / str(value))
        if key == "policy":
            value = [str(path.parent / name) if name.endswith((".yaml", ".yml")) else name for name in value]
        values[key] = value
    return Configuration(path, values)
