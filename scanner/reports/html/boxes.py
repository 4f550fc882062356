"""What a box of a chain says about its artifact: name, one line of detail, and how it stands with the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.reports import summary
from scanner.reports.html.chains import IMAGE
from scanner.reports.html.findings import message
from scanner.reports.html.lookup import Lookup
from scanner.reports.html.times import age
from scanner.result import Finding

STATUS: Final[Mapping[str, tuple[str, str]]] = {
    "fail": ("✕", "blocking finding"),
    "gap": ("?", "missing"),
    "undecided": ("?", "undecided"),
    "warn": ("!", "warning"),
    "blind": ("?", "not examined to its end"),
    "unseen": ("?", "named in a record, not seen in this scan"),
    "ok": ("✓", "no finding"),
}
"""Statuses of a box, worst first: its sign and its words."""
STATUS_ORDER: Final = tuple(STATUS)
_OF_DISPOSITION: Final = {"blocked": "fail", "undecided": "undecided"}


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its key within the chain, its lane, its texts and its status."""

    key: str
    lane: int
    name: str
    detail: str
    status: str
    own: bool = False
    """The model that the chain is about."""

    @property
    def title(self) -> str:
        """The name without the registry and folders before it, for the little room of a drawn box."""
        return self.name.rpartition("/")[2] if self.lane == IMAGE else self.name


def worst_findings(look: Lookup, of: Mapping[str, str]) -> dict[str, tuple[str, Finding]]:
    """The most urgent finding of each drawn artifact, with its disposition.

    ``of`` names the drawn artifact that stands for another one. A finding belongs to the last artifact on its path,
    from subject to culprit, that is drawn.
    """
    worst: dict[str, tuple[str, Finding]] = {}
    for disposition, finding in look.findings:
        way = [finding.subject, *(step.target for step in finding.path)]
        drawn = next((of[id] for id in reversed(way) if id in of), None)
        if drawn is not None:
            worst.setdefault(drawn, (disposition, finding))
    return worst


def box(look: Lookup, id: str, lane: int, key: str, worst: tuple[str, Finding] | None, note: str, own: bool) -> Box:
    """The box of an artifact. ``note`` is put before the detail; a blocking finding's sentence replaces the detail."""
    artifact = look.artifacts[id]
    status, detail = "ok", ""
    if worst is not None:
        disposition, finding = worst
        status = _OF_DISPOSITION.get(disposition, "warn")
        detail = _blocked(look, id, finding) if status == "fail" else ""
    elif not artifact.resolved:
        status = "unseen"
    elif look.text(id, "examined", "state") in ("not_examined", "partly"):
        status = "blind"
    said = detail or _joined([note, *_DETAILS.get(artifact.kind, _plain)(look, id)])
    return Box(key, lane, look.label(id), said or artifact.kind, status, own)


def _blocked(look: Lookup, id: str, finding: Finding) -> str:
    culprit = finding.path[-1].target if finding.path else finding.subject
    told = message(finding)
    return told if id in (culprit, finding.subject) else f"{look.label(culprit)} {told}"


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def _plain(look: Lookup, id: str) -> list[str]:
    return [look.kind(id)]


def _dataset(look: Lookup, id: str) -> list[str]:
    rows = look.evidence(id, "rows")
    return [
        age(look.text(id, "as_of", "time"), look.result.as_of),
        f"{rows} rows" if isinstance(rows, int) else "",
        ", ".join(look.strings(id, "licences")),
    ]


def _run(look: Lookup, id: str) -> list[str]:
    commit = look.text(id, "code", "commit")
    dirty = " (changed)" if look.evidence(id, "code", "dirty") is True else ""
    by = look.text(id, "by")
    return [f"commit {commit[:7]}{dirty}" if commit else "no commit recorded", f"by {by}" if by else ""]


def _model(look: Lookup, id: str) -> list[str]:
    state = look.text(id, "signing", "state")
    signed = {"verified": "signed", "": "", "unsigned": "not signed"}.get(state, f"signature {state}")
    pinned = look.evidence(id, "source", "revision_pinned")
    return [look.text(id, "format"), signed, "revision not pinned" if pinned is False else ""]


def _image(look: Lookup, id: str) -> list[str]:
    inside = look.packages_in(id)
    bad = sum(look.text(package, "audit", "state") in ("vulnerable", "malicious") for package in inside)
    level = look.evidence(id, "provenance", "slsa_level")
    builder = f"SLSA level {level}" if isinstance(level, int) else ""
    packages = summary.plural(len(inside), "package") if inside else "no package found"
    return [packages, f"{bad} vulnerable" if bad else "", builder]


def _deployment(look: Lookup, id: str) -> list[str]:
    pinned = look.evidence(id, "image_pinned", "by_digest")
    named = {True: "by digest", False: "tag, not digest"}
    return [look.text(id, "environment"), named[pinned] if isinstance(pinned, bool) else ""]


def _commit(look: Lookup, id: str) -> list[str]:
    return ["commit", look.text(id, "authored")[:10]]


_DETAILS: Final = {
    "dataset": _dataset,
    "run": _run,
    "model": _model,
    "image": _image,
    "deployment": _deployment,
    "commit": _commit,
}
