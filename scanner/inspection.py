"""Files → one verdict each, without policy: what ``lading inspect`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scanner import pipeline
from scanner.formats import HOLDERS, MODEL_FORMATS
from scanner.graph import ArtifactView, Graph
from scanner.model import Evidence
from scanner.records.plain import mappings
from scanner.workers import examine_all

VERDICTS: Final = ("malicious", "not-examined", "unknown", "known-safe")
"""Worst first; a container is as bad as the worst it holds."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """The verdict of one file at one place; ``engines`` maps an engine to what it says."""

    path: str
    format: str
    verdict: str
    reasons: tuple[Mapping[str, str], ...]
    engines: Mapping[str, str]
    sha256: str | None

    def to_json(self) -> dict[str, Any]:
        """The object of the contract."""
        return {
            "path": self.path,
            "format": self.format,
            "verdict": self.verdict,
            "reasons": [dict(reason) for reason in self.reasons],
            "engines": dict(self.engines),
            "sha256": self.sha256,
        }


def inspect_paths(paths: Sequence[Path], jobs: int) -> list[Inspected]:
    """Every model file below ``paths`` and inside their archives, and every place that was not examined.

    Sorted by place. Raises UsageError for a path that does not exist.
    """
    names = pipeline.place_names(paths)
    handles, missed = pipeline.collect(paths, names)
    graph = Graph.fold([Evidence("directory", not_examined=tuple(missed))])
    for evidence in examine_all(handles, jobs, lambda files, size: None):
        graph.add(evidence)
    own = {ref: _own_verdict(graph.artifact(ref)) for ref in graph.refs("file")}
    found: dict[str, Inspected] = {}
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        inside = {one for one in graph.reach([ref], ("contains",)) if one.kind == "file"}
        verdicts = [verdict for one in {ref, *inside} if (verdict := own[one]) is not None]
        if not verdicts and view.groups.get("format") in MODEL_FORMATS:
            verdicts = ["not-examined"]
        if verdicts:
            for place in view.locations:
                found[place.path] = _inspected(view, place.path, min(verdicts, key=VERDICTS.index))
    for by, item in graph.not_examined:
        if item.location.path not in found:
            reason = {"code": item.reason, "detail": f"{by}: {item.detail}", "member": item.location.path}
            found[item.location.path] = Inspected(item.location.path, "", "not-examined", (reason,), {}, None)
    return [found[path] for path in sorted(found)]


def _own_verdict(view: ArtifactView) -> str | None:
    """What the file itself is judged; None for a file that is no model and that nothing was said about."""
    scan, examined = view.groups.get("code_scan"), view.groups.get("examined")
    verdicts = [str(scan["verdict"])] if isinstance(scan, Mapping) else []
    if isinstance(examined, Mapping) and examined["state"] != "examined":
        verdicts.append("not-examined")
    unjudged = view.groups.get("format") in MODEL_FORMATS - HOLDERS and "code_scan" not in view.groups
    if unjudged or "code_scan" in view.missing:
        verdicts.append("not-examined")
    return min(verdicts, key=VERDICTS.index, default=None)


def _inspected(view: ArtifactView, path: str, verdict: str) -> Inspected:
    listed = view.groups.get("findings")
    reasons = tuple(
        {
            "code": str(one["code"]),
            "detail": str(one["detail"]),
            **_place(one),
            "engine": str(one["engine"]),
            "title": str(one["title"]),
            "cwe": f"CWE-{one['cwe']}",
            "atlas": str(one["atlas"]),
            "help": str(one["help"]),
        }
        for one in sorted(mappings(listed), key=_worst_first)
    )
    said = view.groups.get("engines")
    engines = {str(one["engine"]): str(one["verdict"]) for one in (said if isinstance(said, list) else ())}
    if verdict == "not-examined" and not reasons:
        state = view.groups.get("examined")
        detail = (
            str(state["reason"]) if isinstance(state, Mapping) and state["reason"] else "no inspector for this format"
        )
        reasons = ({"code": "not-examined", "detail": detail, "member": path},)
    return Inspected(path, str(view.groups.get("format", "")), verdict, reasons, engines, view.digests.get("sha256"))


def _worst_first(finding: Mapping[str, Any]) -> tuple[int, str, int, str, str]:
    worst = VERDICTS.index(str(finding["verdict"])), str(finding["engine"])
    return *worst, finding["offset"] or 0, str(finding["at"]), str(finding["code"])


def _place(finding: Mapping[str, Any]) -> dict[str, str]:
    """Where a reason was found: a member or part of the content, an offset in bytes, or both."""
    member, offset = finding["member"], finding["offset"]
    return ({} if member is None else {"member": str(member)}) | ({} if offset is None else {"offset": f"{offset:#x}"})


def worst(found: Sequence[Inspected]) -> str | None:
    """The worst verdict of all; None when nothing was found."""
    return min((one.verdict for one in found), key=VERDICTS.index, default=None)
