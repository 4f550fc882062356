"""Packages against the local advisory data, by our own matching and by pip-audit.

Data older than the run allows still accuse, but their silence proves nothing: a package without a match is unaudited then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scanner.enrichers.context import Context
from scanner.errors import SOURCE_UNREACHABLE
from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location

if TYPE_CHECKING:
    from scanner.advisories.store import AdvisoryStore
    from scanner.advisories.verdicts import AdvisoryMatch, PackageAudit

NAME: Final = "advisories"
VERSION: Final = "1"
LONG_AGO: Final = "1970-01-01T00:00:00Z"
"""For an advisory without a date, so that no grace period hides it."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """Audit state, matching advisories and disagreements of the engines for every package of the release.

    A gap where no advisory data were given, where they are too old to be silent, or where a package cannot be audited.
    """
    builder = EvidenceBuilder(NAME)
    packages = {ref: view for ref in graph.refs("package") if (view := graph.artifact(ref)).resolved}
    if not packages:
        return builder.build()
    if context.advisories is None:
        for ref, view in packages.items():
            for group in ("audit", "vulnerabilities"):
                builder.gap(ref, group, SOURCE_UNREACHABLE, "no advisory data were given", _place(view))
        return builder.build()
    audits = _audit(packages, context.advisories, with_pip_audit=context.with_pip_audit)
    days = context.advisory_max_age_days
    stale = context.advisories.is_stale(context.as_of, days)
    for ref, view in packages.items():
        audit = audits[_purl(ref, view)]
        if stale and audit.state == "clean":
            builder.state(ref, "audit", {"state": "unaudited"}, _place(view))
            detail = f"advisory data older than {days} days"
            builder.gap(ref, "vulnerabilities", SOURCE_UNREACHABLE, detail, _place(view))
        else:
            _state(builder, ref, audit, _place(view))
    return builder.build()


def _audit(
    packages: dict[ArtifactRef, ArtifactView], store: AdvisoryStore, *, with_pip_audit: bool
) -> dict[str, PackageAudit]:
    from scanner.advisories.audit import audit
    from scanner.advisories.verdicts import PackageQuery

    purls = sorted({_purl(ref, view) for ref, view in packages.items()})
    answers = audit([PackageQuery(purl) for purl in purls], store, with_pip_audit=with_pip_audit)
    return {answer.purl: answer for answer in answers}


def _purl(ref: ArtifactRef, view: ArtifactView) -> str:
    return view.purl or ref.key


def _place(view: ArtifactView) -> Location:
    return view.locations[0] if view.locations else Location(".")


def _state(builder: EvidenceBuilder, ref: ArtifactRef, audit: PackageAudit, place: Location) -> None:
    builder.state(ref, "audit", {"state": audit.state}, place)
    if audit.state in ("clean", "vulnerable", "malicious"):
        builder.state(ref, "vulnerabilities", [_vulnerability(match) for match in audit.advisories], place)
    else:
        builder.gap(ref, "vulnerabilities", SOURCE_UNREACHABLE, audit.reason or "not audited", place)
    if audit.disagreements:
        differences: list[Json] = [
            {"id": f"{one.id} {one.what}", "detail": f"lading: {one.lading}; pip-audit: {one.pip_audit}"}
            for one in audit.disagreements
        ]
        builder.state(ref, "disagreements", differences, place)


def _vulnerability(match: AdvisoryMatch) -> dict[str, Json]:
    return {
        "id": match.id,
        "severity": match.severity,
        "published": match.published or LONG_AGO,
        "fixed_in": list(match.fixed_in),
        "known_exploited": match.known_exploited,
        "aliases": list(match.aliases),
        "summary": match.summary,
        "detected_by": list(match.detected_by),
    }
