"""Which references are known to be safe, and the rule for the arguments of those that are called."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from scanner.inspectors.pickle.known_safe_data import CLASSES, CONSTRUCTIBLE, EXACT, IMPORTED

FREE: Final = "free"
"""Rule of a reference that may be called with anything that is itself judged."""

_CLASS_NAME: Final = re.compile(
    r"_{0,2}[A-Z][A-Za-z0-9_]*\Z|__pyx_unpickle_\w+\Z|_unpickle_?\w*\Z|_new_[A-Z]\w*\Z|newObj\Z"
)
_DEEPEST_PACKAGE: Final = 8
_CLASSES: Final = frozenset(CLASSES.split())
_IMPORTED: Final = frozenset(IMPORTED.split())


def _parse() -> tuple[dict[tuple[str, str], str], list[tuple[str, str]]]:
    exact: dict[tuple[str, str], str] = {}
    suffixes: list[tuple[str, str]] = []
    for text in EXACT.values():
        for line in text.strip().splitlines():
            modules, names = line.split(":", 1)
            for module in modules.split():
                for entry in names.split():
                    name, _, rule = entry.partition("/")
                    if name.startswith("*"):
                        suffixes.append((module, name[1:]))
                    else:
                        exact[module, name] = rule or FREE
    return exact, suffixes


_EXACT, _SUFFIXES = _parse()


def exact_rule(module: str, name: str) -> str | None:
    """The argument rule of an exactly listed reference, or None when it is not listed."""
    rule = _EXACT.get((module, name))
    if rule is None and name.isidentifier():
        matches = any(module == listed and name.endswith(suffix) for listed, suffix in _SUFFIXES)
        rule = "data" if matches else None
    return rule


def class_rule(module: str, name: str) -> str | None:
    """The argument rule of a class (or unpickle helper) of a listed package, or None.

    No dots, no other lower-case function, nothing imported from elsewhere, no tests: those stay unknown.
    """
    package = ".".join(module.split(".")[:_DEEPEST_PACKAGE])
    while package and package not in _CLASSES:
        package = package.rpartition(".")[0]
    if not package or not _CLASS_NAME.match(name) or name in _IMPORTED or "tests" in module.split("."):
        return None
    return FREE if package.partition(".")[0] in CONSTRUCTIBLE else "no_arguments"


def list_digest() -> str:
    """SHA-256 (hex) over the lists, so that a verdict can name the lists that it rests on."""
    text = repr((sorted(EXACT.items()), sorted(_CLASSES), CONSTRUCTIBLE, sorted(_IMPORTED)))
    return hashlib.sha256(text.encode()).hexdigest()
