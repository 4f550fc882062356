"""Which effect a reference has, judged by module, by name and by the way a dotted name walks."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.pickle.effects_data import DENIED, EFFECT_MODULES, TELLING_METHODS, TELLING_NAMES


class _Names:
    """The denied names of one module pattern, each with its effect."""

    __slots__ = ("every", "exact", "prefixes")

    def __init__(self) -> None:
        self.every: str | None = None
        self.exact: dict[str, str] = {}
        self.prefixes: list[tuple[str, str]] = []

    def add(self, name: str, effect: str) -> None:
        if name == "*":
            self.every = self.every or effect
        elif name.endswith("*"):
            self.prefixes.append((name[:-1], effect))
        else:
            self.exact.setdefault(name, effect)

    def effect(self, name: str) -> str | None:
        found = self.exact.get(name) or self.every
        if found is None:
            found = next((effect for prefix, effect in self.prefixes if name.startswith(prefix)), None)
        return found


def _parse() -> tuple[dict[str, _Names], dict[str, _Names]]:
    """The data as two indexes: by exact module, and by package for patterns ending in ``.*``."""
    modules: dict[str, _Names] = {}
    packages: dict[str, _Names] = {}
    for effect, text in DENIED.items():
        for line in text.strip().splitlines():
            patterns, names = line.split(":", 1)
            for pattern in patterns.split():
                index = packages if pattern.endswith(".*") else modules
                entry = index.setdefault(pattern.removesuffix(".*"), _Names())
                for name in names.split():
                    entry.add(name, effect)
    return modules, packages


_MODULES, _PACKAGES = _parse()
_TELLING_NAMES: Final = frozenset(TELLING_NAMES.split())
_TELLING_METHODS: Final = frozenset(TELLING_METHODS.split())
_EFFECT_MODULES: Final = frozenset(EFFECT_MODULES.split())
_DEEPEST_PACKAGE: Final = 8
"""No package of the data has more segments; a hostile module name may have thousands."""

_ORDINARY_MODULES: Final = frozenset(("__main__", "__mp_main__", "__builtin__", "__future__", "__torch__"))


def effect_of(module: str, name: str) -> str | None:
    """The effect that makes ``module.name`` denied, or None when no rule knows one.

    ``name`` may be dotted: protocol 4 resolves it by one ``getattr`` a segment, whatever the first module is.
    """
    parts = {name, name.partition(".")[0], name.rpartition(".")[2]}
    listed = (_listed(module, part) for part in sorted(parts))
    return next(filter(None, listed), None) or _by_path(module) or _by_name(name)


def _listed(module: str, name: str) -> str | None:
    entry = _MODULES.get(module)
    effect = entry.effect(name) if entry else None
    package = ".".join(module.split(".")[:_DEEPEST_PACKAGE])
    while effect is None and package:
        entry = _PACKAGES.get(package)
        effect = entry.effect(name) if entry else None
        package = package.rpartition(".")[0]
    return effect


def _by_path(module: str) -> str | None:
    """A known module under another package (``six.moves.subprocess``), or a module path through a special name."""
    segments = module.split(".")
    for position, segment in enumerate(segments):
        if position and segment in _EFFECT_MODULES:
            return "run"
        if _is_special(segment) and segment not in _ORDINARY_MODULES:
            return "traversal"
    return None


def _by_name(name: str) -> str | None:
    segments = name.split(".")
    dotted = len(segments) > 1
    if segments[-1] in _TELLING_NAMES:
        return "traversal" if dotted else "run"
    for segment in segments:
        if segment in _EFFECT_MODULES or segment.lstrip("_") in _EFFECT_MODULES:
            return "traversal"
        if _is_special(segment) and not segment.startswith("__pyx_unpickle_"):
            return "traversal"
    if dotted and segments[-1] in _TELLING_METHODS:
        return "traversal"
    return None


def _is_special(segment: str) -> bool:
    return len(segment) > 4 and segment.startswith("__") and segment.endswith("__")
