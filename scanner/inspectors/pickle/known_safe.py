"""Which references are known to be safe, and the rule for the arguments of those that are called.

The lists are data under ``lists/``: one file a library, generated from published wheels by :mod:`.listing`, and beside
them ``by_hand/`` for what no wheel shows the source of. A file is read when a pickle first names its library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FREE: Final = "free"
"""Rule of a reference that may be called with anything that is itself judged."""

LISTS: Final = Path(__file__).with_name("lists")
BY_HAND: Final = "by_hand/"
_TORCHSCRIPT: Final = "__torch__"
_RULE_OF_USE: Final = {"new": "new", "call": FREE}


@dataclass(frozen=True, slots=True)
class _List:
    """One file: rules by module and name, and the name endings that a module's names may have."""

    rules: Mapping[str, Mapping[str, str]]
    endings: Mapping[str, tuple[str, ...]]


def exact_rule(module: str, name: str) -> str | None:
    """The argument rule of a reference that is listed by hand, or None."""
    for file in _index().get(module.partition(".")[0], ()):
        if file.startswith(BY_HAND):
            found = _read(file)
            rule = found.rules.get(module, {}).get(name)
            if rule is not None:
                return rule
            if name.isidentifier() and name.endswith(found.endings.get(module, ())):
                return "data"
    return None


def class_rule(module: str, name: str) -> str | None:
    """The argument rule of a class or reconstructing function of a generated list, or None.

    ``__torch__`` is no module: TorchScript's unpickler finds the classes of that prefix in the archive that it reads.
    """
    package = module.partition(".")[0]
    if package == _TORCHSCRIPT:
        return FREE if name.isidentifier() and not name.startswith("__") else None
    for file in _index().get(package, ()):
        if not file.startswith(BY_HAND):
            rule = _read(file).rules.get(module, {}).get(name)
            if rule is not None:
                return rule
    return None


def list_digest() -> str:
    """SHA-256 (hex) over the index, which holds that of every list: a verdict can name the lists that it rests on."""
    return hashlib.sha256((LISTS / "index.txt").read_bytes()).hexdigest()


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    """Top-level package to the lists that speak about it."""
    files: dict[str, tuple[str, ...]] = {}
    for line in (LISTS / "index.txt").read_text(encoding="ascii").splitlines():
        file, _, *packages = line.split()
        for package in packages:
            files[package] = (*files.get(package, ()), file)
    return files


@cache
def _read(file: str) -> _List:
    text = (LISTS / file).read_text(encoding="ascii")
    lines = [line.partition(":") for line in text.splitlines() if line and not line.startswith("#")]
    rules: dict[str, dict[str, str]] = {}
    endings: dict[str, tuple[str, ...]] = {}
    for head, _, names in lines:
        modules = head.split()
        use = _RULE_OF_USE[modules.pop()] if not file.startswith(BY_HAND) else FREE
        for module in modules:
            entries = rules.setdefault(module, {})
            for entry in names.split():
                name, _, rule = entry.partition("/")
                if name.startswith("*"):
                    endings[module] = (*endings.get(module, ()), name[1:])
                else:
                    entries[name] = rule or use
    return _List(rules, endings)
