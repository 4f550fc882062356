"""Vulnerabilities and what was decided about them, as a document apart from the bill of materials.

A waiver accepts a risk; it never claims that a package is not affected. So a waived vulnerability is ``exploitable``
with the response ``will_not_fix`` and the reason in words, and everything without a decision is ``in_triage``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from scanner.model import Json
from scanner.reports import summary
from scanner.reports.cyclonedx.bom import metadata
from scanner.reports.cyclonedx.component import component
from scanner.reports.cyclonedx.values import Object, filled, property_of, records, reference, strings, text, timestamp
from scanner.reports.links import Links
from scanner.result import ArtifactResult, Finding, ScanResult


def exploitability(result: ScanResult) -> Object:
    """The VEX document (CycloneDX 1.6): affected packages and one vulnerability for each advisory and package."""
    alone = Links(dataclasses.replace(result, relationships=()))  # what they relate to is in the bill of materials
    packages = [item for item in result.artifacts if item.kind == "package"]
    affected = [item for item in packages if records(item.evidence.get("vulnerabilities"))]
    decisions = _decisions(result)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{summary.document_id(result, 'exploitability')}",
        "version": 1,
        "metadata": metadata(result, alone),
        **filled(
            components=[component(item, alone) for item in affected],
            vulnerabilities=[
                _vulnerability(item, advisory, decisions.get((item.id, str(advisory.get("id")))))
                for item in affected
                for advisory in records(item.evidence["vulnerabilities"])
            ],
        ),
    }


def _decisions(result: ScanResult) -> Mapping[tuple[str, str], tuple[str, Finding]]:
    """The weightiest finding for each package and advisory, with its disposition."""
    found: dict[tuple[str, str], tuple[str, Finding]] = {}
    for word, finding in summary.ordered(result):
        culprit = finding.path[-1].target if finding.path else finding.subject
        found.setdefault((culprit, finding.about), (word, finding))
    return found


def _vulnerability(
    package: ArtifactResult, advisory: Mapping[str, Json], decision: tuple[str, Finding] | None
) -> Object:
    id = text(str(advisory.get("id")))
    severity = advisory.get("severity")
    fixed = strings(advisory.get("fixed_in"))
    summary_text = advisory.get("summary")
    versions = [{"version": text(package.version), "status": "affected"}] if package.version else []
    return filled(
        bom_ref=reference(f"{id} {package.id}"),
        id=id,
        references=[
            {"id": text(alias), "source": {"name": text(alias.partition("-")[0])}}
            for alias in sorted(strings(advisory.get("aliases")))
        ],
        ratings=[{"severity": severity if severity in summary.SEVERITIES else "unknown"}],
        description=text(summary_text) if isinstance(summary_text, str) else None,
        recommendation=f"upgrade to {', '.join(text(version) for version in fixed)}" if fixed else None,
        published=timestamp(advisory.get("published")),
        analysis=_analysis(decision),
        affects=[filled(ref=reference(package.id), versions=versions)],
        properties=[
            *(property_of("detected_by", one) for one in sorted(strings(advisory.get("detected_by")))),
            property_of("known_exploited", advisory.get("known_exploited")),
        ],
    )


def _analysis(decision: tuple[str, Finding] | None) -> Object:
    if decision is None:
        return {"state": "in_triage"}
    word, finding = decision
    waiver = finding.waiver
    if word != "waived" or waiver is None:
        return {"state": "in_triage", "detail": text(f"{word} by rule {finding.rule}, finding {finding.id}")}
    until = f"owner {waiver.owner}, approved by {waiver.approved_by}, until {waiver.expires}"
    ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
    return filled(
        state="exploitable",
        response=["will_not_fix"],
        detail=text(f"waiver {waiver.id}: {waiver.reason} ({until}{ticket})"),
        firstIssued=timestamp(waiver.created),
    )
