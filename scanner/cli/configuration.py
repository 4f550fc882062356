"""``lading.toml`` or ``[tool.lading]`` of a ``pyproject.toml``, discovered from the working directory upwards.

The scanned project never chooses its own gate: only the working directory counts, never a scanned path.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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
    "jobs": int,
    "release": str,
}
PATHS: Final = frozenset({"params", "trust", "waivers", "baseline", "advisories"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings of the file at ``path``; paths in it are relative to its folder and given here as they can be opened."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str, given: Any) -> Any:
        """The command line's value, else the file's."""
        return given if given not in (None, (), False) else self.values.get(key, given)


def discover(start: Path) -> Configuration:
    """The nearest configuration at or above ``start``. Raises ConfigError for anything in it that is not known."""
    for folder in (start, *start.parents):
        own = folder / "lading.toml"
        if own.is_file():
            return _checked(own, _load(own))
        project = folder / "pyproject.toml"
        if project.is_file():
            table = _load(project).get("tool", {}).get("lading")
            if table is not None:
                return _checked(project, table)
    return Configuration()


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name}: not readable TOML ({error}); correct it") from None


def _checked(path: Path, table: Mapping[str, Any]) -> Configuration:
    values: dict[str, Any] = {}
    for key, value in table.items():
        expected = KEYS.get(key)
        if expected is None:
            known = ", ".join(sorted(KEYS))
            raise ConfigError(f"{path.name}: unknown key {key!r}; use one of {known}")
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise ConfigError(f"{path.name}: {key} must be of type {expected.__name__}; correct it")
        if key in PATHS:
            value = str(path.parent / str(value))
        if key == "policy":
            value = [str(path.parent / name) if name.endswith((".yaml", ".yml")) else name for name in value]
        values[key] = value
    return Configuration(path, values)
