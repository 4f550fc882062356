"""What the inspectors of files said behind a finding: code, place in the content, CWE and ATLAS numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner.records.plain import mappings
from scanner.reports.links import Links
from scanner.result import ArtifactResult, Finding

GROUPS: Final = ("code_scan", "findings", "imports", "engine_disagreement")
"""A finding that shows one of these groups is about what loading a file does."""
MOST: Final = 20
"""Reasons told for one finding; the files of the result hold them all."""
FILES: Final = 1_000
"""Files looked at for one finding."""
_RANK: Final = ("malicious", "unknown", "known-safe")


@dataclass(frozen=True, slots=True, order=True)
class ReasonView:
    """One reason: ``place`` is the file with the member or part, ``offset`` a byte in it (None: the whole)."""

    rank: int
    place: str
    offset: int | None
    code: str
    title: str
    detail: str
    engine: str
    cwe: int
    atlas: str
    help: str

    @property
    def where(self) -> str:
        """Place and offset in words."""
        return self.place if self.offset is None else f"{self.place} offset {self.offset:#x}"


def reasons(links: Links, finding: Finding) -> list[ReasonView]:
    """Reasons of the files that the artifact at fault consists of, worst first; none for findings about other things."""
    if not any(f".{group}" in f".{item.path}" for item in finding.shown for group in GROUPS):
        return []
    found = {
        view
        for file in _files(links, finding.path[-1].target if finding.path else finding.subject)
        for one in mappings(file.evidence.get("findings"))
        if (view := _view(file, one)) is not None
    }
    return sorted(found, key=_order)[:MOST]


def _order(one: ReasonView) -> tuple[int, str, int, str, str]:
    return one.rank, one.place, one.offset or 0, one.code, one.detail


def _files(links: Links, id: str) -> list[ArtifactResult]:
    """The artifact and the files it consists of, nearest first."""
    todo, seen = [id], {id}
    for one in todo:
        for link in links.outgoing(one):
            inside = link.type == "contains" and links.kind(link.target) == "file"
            if inside and link.target not in seen and len(todo) < FILES:
                seen.add(link.target)
                todo.append(link.target)
    return [links.artifacts[one] for one in todo if one in links.artifacts]


def _view(file: ArtifactResult, one: Mapping[str, object]) -> ReasonView | None:
    """The reason; None for one that no inspector of this version wrote."""
    member, offset, cwe, verdict = one.get("member"), one.get("offset"), one.get("cwe"), one.get("verdict")
    if verdict not in _RANK or not isinstance(cwe, int):
        return None
    place = file.locations[0] if file.locations else file.name
    return ReasonView(
        rank=_RANK.index(str(verdict)),
        place=place if member in (None, "whole file") else f"{place}: {member}",
        offset=offset if isinstance(offset, int) else None,
        code=str(one.get("code")),
        title=str(one.get("title")),
        detail=str(one.get("detail")),
        engine=str(one.get("engine")),
        cwe=cwe,
        atlas=str(one.get("atlas")),
        help=str(one.get("help")),
    )
