"""Packages against the local advisory data, by our own matching and by pip-audit."""

from __future__ import annotations

from typing import Final

from scanner.enrichers.context import Context
from scanner.errors import SOURCE_UNREACHABLE
from scanner.graph import Graph
from scanner.model import Evidence, EvidenceBuilder, Json, Location

NAME: Final = "advisories"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """Audit state and matching advisories of every package; a gap on each where no advisory data were given."""
    builder = EvidenceBuilder(NAME)
    packages = {ref: graph.artifact(ref) for ref in graph.refs("package") if graph.artifact(ref).resolved}
    if not packages:
        return builder.build()
    if context.advisories is None:
        for ref, view in packages.items():
            place = view.locations[0] if view.locations else Location(".")
            for group in ("audit", "vulnerabilities"):
                builder.gap(ref, group, SOURCE_UNREACHABLE, "no advisory data were given", place)
        return builder.build()
    from scanner.advisories.audit import audit
    from scanner.advisories.verdicts import PackageQuery

    queries = [PackageQuery(purl) for purl in sorted({view.purl or ref.key for ref, view in packages.items()})]
    audits = audit(queries, context.advisories, with_pip_audit=context.with_pip_audit)
    answers = {answer.purl: answer for answer in audits}
    for ref, view in packages.items():
        place = view.locations[0] if view.locations else Location(".")
        answer = answers[view.purl or ref.key]
        builder.state(ref, "audit", {"state": answer.state}, place)
        matches: list[Json] = [
            {
                "id": match.id,
                "severity": match.severity,
                "published": match.published or "1970-01-01T00:00:00Z",
                "fixed_in": list(match.fixed_in),
                "known_exploited": match.known_exploited,
                "aliases": list(match.aliases),
                "summary": match.summary or "",
                "detected_by": list(match.detected_by),
            }
            for match in answer.advisories
        ]
        if answer.state in ("clean", "vulnerable", "malicious"):
            builder.state(ref, "vulnerabilities", matches, place)
        else:
            builder.gap(ref, "vulnerabilities", SOURCE_UNREACHABLE, answer.reason or "not audited", place)
    return builder.build()
