"""The artifact of a result that a person means: by id, purl, digest, path or name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from scanner.errors import UsageError
from scanner.reports.summary import label, place_of
from scanner.reports.visible import visible
from scanner.result import ArtifactResult, ScanResult

SHOWN: Final = 10
SHORTEST_DIGEST: Final = 8
"""Hex digits that a shortened digest must have."""

_PARTS: Final = ("file", "layer")
"""Kinds that give way when the same words also mean what the part belongs to: a weight file and its model."""
_DIGEST: Final = re.compile(r"(?:(?P<algorithm>[a-z0-9]+):)?(?P<hex>[0-9a-fA-F]+)")


def find(result: ScanResult, what: str) -> ArtifactResult:
    """The one artifact that ``what`` names. Raises UsageError, listing the candidates, for none and for several."""
    candidates = _candidates(result, what)
    if len(candidates) > 1:
        raise _ambiguous(what, candidates)
    return candidates[0]


def find_alike(result: ScanResult, what: str) -> list[ArtifactResult]:
    """The artifacts of one identity that ``what`` names, such as one model in several formats; those seen, if any were.

    Raises UsageError for none, and for several of different identity.
    """
    candidates = _candidates(result, what)
    candidates = [one for one in candidates if one.resolved] or candidates
    if len({one.identity for one in candidates}) > 1:
        raise _ambiguous(what, candidates)
    return candidates


def _ambiguous(what: str, candidates: list[ArtifactResult]) -> UsageError:
    return UsageError(f"{visible(what)}: names {len(candidates)} artifacts; give one id:\n{_listed(candidates)}")


def _candidates(result: ScanResult, what: str) -> list[ArtifactResult]:
    for matches in _tests(what):
        found = [artifact for artifact in result.artifacts if matches(artifact)]
        wholes = [artifact for artifact in found if artifact.kind not in _PARTS]
        if found:
            return wholes or found
    near = [item for item in result.artifacts if what and what.lower() in item.name.lower()]
    hint = f"did you mean:\n{_listed(near)}" if near else "give an id, purl, digest, path or name of the result"
    raise UsageError(f"{visible(what)}: no such artifact in this result; {hint}")


def _tests(what: str) -> Iterator[Callable[[ArtifactResult], bool]]:
    """Ways to read ``what``, the most exact first."""
    yield lambda artifact: artifact.id == what
    yield lambda artifact: artifact.purl == what
    digest = _DIGEST.fullmatch(what)
    if digest and len(digest["hex"]) >= SHORTEST_DIGEST:
        yield lambda artifact: _has_digest(artifact, digest["algorithm"], digest["hex"].lower())
    yield lambda artifact: any(what in (place, place_of(place).path) for place in artifact.locations)
    yield lambda artifact: what in (f"{artifact.name} {artifact.version}", f"{artifact.name}@{artifact.version}")
    yield lambda artifact: artifact.identity == what
    yield lambda artifact: artifact.name == what


def _has_digest(artifact: ArtifactResult, algorithm: str | None, start: str) -> bool:
    key = artifact.id.rpartition(":")[2]
    values = {key} | {value for name, value in artifact.digests.items() if algorithm in (None, name)}
    return any(value.startswith(start) for value in values)


def _listed(artifacts: list[ArtifactResult]) -> str:
    lines = [f"  {visible(item.id)}  ({item.kind} {label(item, item.id)}{_place(item)})" for item in artifacts[:SHOWN]]
    if len(artifacts) > SHOWN:
        lines.append(f"  and {len(artifacts) - SHOWN} more")
    return "\n".join(lines)


def _place(artifact: ArtifactResult) -> str:
    return f" at {visible(artifact.locations[0])}" if artifact.locations else ""
