"""Which artifact of one result is which of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest

from scanner.result import ArtifactResult

Pair = tuple[ArtifactResult | None, ArtifactResult | None]


def pairs(old: Iterable[ArtifactResult], new: Iterable[ArtifactResult]) -> list[Pair]:
    """Every artifact of both results once, sorted by kind, identity and id; None where one side has no counterpart.

    Equal ids belong together; what is left is paired by kind and identity, in the order of version and id, so that the
    new version of a package stands beside the old one.
    """
    befores, afters = {item.id: item for item in old}, {item.id: item for item in new}
    found: list[Pair] = [(befores[id], afters[id]) for id in befores if id in afters]
    left: dict[tuple[str, str], tuple[list[ArtifactResult], list[ArtifactResult]]] = defaultdict(lambda: ([], []))
    for side, own, other in ((0, befores, afters), (1, afters, befores)):
        for id, artifact in own.items():
            if id not in other:
                left[artifact.kind, artifact.identity][side].append(artifact)
    for only_old, only_new in left.values():
        only_old.sort(key=_age)
        only_new.sort(key=_age)
        found += zip_longest(only_old, only_new)
    return sorted(found, key=_place)


def _age(artifact: ArtifactResult) -> tuple[str, str]:
    return artifact.version or "", artifact.id


def _place(pair: Pair) -> tuple[str, str, str]:
    artifact = pair[1] or pair[0]
    assert artifact is not None
    return artifact.kind, artifact.identity, artifact.id
