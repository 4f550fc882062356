"""How a module and a name that a model file mentions are judged, outside pickle streams: by the same lists."""

from __future__ import annotations

from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.known_safe import class_rule, exact_rule


def verdict_of(module: str, name: str) -> str:
    """``malicious`` for a denied effect, ``known-safe`` for a listed reference, ``unknown`` for everything else."""
    if exact_rule(module, name) is not None:
        return "known-safe"
    if effect_of(module, name) is not None:
        return "malicious"
    return "unknown" if class_rule(module, name) is None else "known-safe"
