"""The section "Evidence": where each finding's facts were read, by what, and the digest of what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner.reports.html.lookup import Lookup
from scanner.reports.summary import place_of
from scanner.result import Finding

MOST_ROWS: Final = 300
_FILES: Final = frozenset({"file", "notebook", "document"})


@dataclass(slots=True)
class Piece:
    """One place: which components read it, what they said there, and the sha256 of the file."""

    anchor: str
    place: str
    digest: str
    by: dict[str, None] = field(default_factory=dict)
    says: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The places shown, their full number, and the anchors of each finding's places."""

    pieces: tuple[Piece, ...]
    total: int
    of: Mapping[str, tuple[str, ...]]

    def behind(self, findings: Iterable[str]) -> list[str]:
        """Anchors of the places behind several findings, each once."""
        return list(dict.fromkeys(anchor for id in findings for anchor in self.of.get(id, ())))


def evidence(look: Lookup, findings: Iterable[Finding]) -> Evidence:
    """The places behind ``findings``, in the order in which the findings come."""
    digests = {
        place: artifact.digests["sha256"]
        for artifact in look.artifacts.values()
        if artifact.kind in _FILES and "sha256" in artifact.digests
        for place in artifact.locations
    }
    pieces: dict[str, Piece] = {}
    of: dict[str, tuple[str, ...]] = {}
    total: set[str] = set()
    for finding in findings:
        anchors: dict[str, None] = {}
        for place, by, says in _stated(look, finding):
            total.add(place)
            if place not in pieces and len(pieces) < MOST_ROWS:
                digest = digests.get(place_of(place).path, "")
                pieces[place] = Piece(f"E-{len(pieces) + 1:02}", place, digest)
            if place in pieces:
                pieces[place].by |= {by: None} if by else {}
                pieces[place].says |= {says: None} if says else {}
                anchors[pieces[place].anchor] = None
        of[finding.id] = tuple(anchors)
    return Evidence(tuple(pieces.values()), len(total), of)


def _stated(look: Lookup, finding: Finding) -> Iterator[tuple[str, str, str]]:
    """Places, components and what they say there: the witness path, the groups named, the culprit itself."""
    upper = finding.subject
    for step in finding.path:
        for item in look.outgoing(upper):
            if item.target == step.target and item.type == step.type:
                yield item.location, item.by, f"{look.label(upper)} {item.type} {look.label(item.target)}"
        upper = step.target
    culprit = look.artifacts.get(upper)
    groups = {parts[1] for item in finding.shown if len(parts := item.path.split(".")) > 1}
    groups |= {"vulnerabilities"} if finding.about else set()
    for group in sorted(groups & set(culprit.stated_by)) if culprit else ():
        for origin in culprit.stated_by[group] if culprit else ():
            yield origin.location, origin.by, f"{group} of {look.label(upper)}"
    for place in finding.locations:
        yield place, "", ""
