"""Why a finding came or went between two results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.result import Finding

CAUSES: Final = (
    "rule", "artifact", "waiver", "content", "policy", "advisories", "evidence", "lineage", "baseline", "time", "other",
)  # fmt: skip
"""What a change of findings is put down to: the first of these that differs for the finding."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What differs between two results; artifacts by their id in the newer one."""

    renamed: Mapping[str, str]
    """Ids of the older result to ids of the newer one."""
    settings: frozenset[tuple[str, str]]
    """Pairs (what, name) of the settings that differ."""
    one_sided: frozenset[str]
    """Artifacts that only one of the results holds."""
    content: frozenset[str]
    """Artifacts whose id, and so whose content or version, differs."""
    advised: frozenset[str]
    """Artifacts for which the advisory data say something else."""
    evidence: frozenset[str]
    linked: frozenset[str]
    """Artifacts at an end of a relationship that differs."""

    def cause(self, finding: Finding, *, in_both: bool) -> str:
        """One of :data:`CAUSES`; ``in_both``: the finding was not added or removed, but judged otherwise."""
        ids = self._ids(finding)
        bundles = {name.partition(":")[0] for what, name in self.settings if what in ("policy", "parameter")}
        reasons = {
            "rule": ("rule", finding.rule) in self.settings,
            "artifact": not self.one_sided.isdisjoint(ids),
            "waiver": in_both and finding.waiver is not None,
            "content": not self.content.isdisjoint(ids),
            "policy": finding.bundle in bundles,
            "advisories": ("advisories", "advisories") in self.settings and not self.advised.isdisjoint(ids),
            "evidence": not self.evidence.isdisjoint(ids),
            "lineage": not self.linked.isdisjoint(ids),
            "baseline": in_both,
            "time": ("scan", "as_of") in self.settings,
        }
        return next((cause for cause in CAUSES if reasons.get(cause)), "other")

    def _ids(self, finding: Finding) -> Iterable[str]:
        ends = (finding.subject, *(step.target for step in finding.path))
        return {self.renamed.get(id, id) for id in ends}
