"""GraphML (graphml.graphdrawing.org): the whole graph for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from scanner.reports import summary
from scanner.reports.summary import compact
from scanner.reports.visible import xml_safe
from scanner.reports.xml_text import document
from scanner.result import ScanResult

ARTIFACT_KEYS: Final = (
    "id", "kind", "name", "version", "purl", "sha256", "identity", "resolved", "locations", "evidence",
)  # fmt: skip
RELATIONSHIP_KEYS: Final = ("type", "proof", "by", "location", "note")
MAX_VALUE: Final = 4_000


def render(result: ScanResult) -> bytes:
    """The graph as XML (UTF-8): every relationship leads from an artifact to what it is made of."""
    root = Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    facts = {name: text for name, text in summary.facts(result).items() if text}
    for domain, names in (("graph", tuple(facts)), ("node", ARTIFACT_KEYS), ("edge", RELATIONSHIP_KEYS)):
        for name in names:
            SubElement(root, "key", {"id": f"{domain}-{name}", "for": domain, "attr.name": name, "attr.type": "string"})
    graph = SubElement(root, "graph", id="lading", edgedefault="directed")
    _data(graph, "graph", facts)
    numbers = {artifact.id: f"n{number}" for number, artifact in enumerate(result.artifacts)}
    for artifact in result.artifacts:
        values = {
            "id": artifact.id,
            "kind": artifact.kind,
            "name": artifact.name,
            "version": artifact.version or "",
            "purl": artifact.purl or "",
            "sha256": artifact.digests.get("sha256", ""),
            "identity": artifact.identity,
            "resolved": "true" if artifact.resolved else "false",
            "locations": "\n".join(artifact.locations),
            "evidence": compact(dict(artifact.evidence), MAX_VALUE) if artifact.evidence else "",
        }
        _data(SubElement(graph, "node", id=numbers[artifact.id]), "node", values)
    for one in result.relationships:
        if one.source in numbers and one.target in numbers:
            ends = {"source": numbers[one.source], "target": numbers[one.target]}
            values = {"type": one.type, "proof": one.proof, "by": one.by, "location": one.location, "note": one.note}
            _data(SubElement(graph, "edge", ends), "edge", values)
    return document(root)


def _data(parent: Element, domain: str, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if value:
            SubElement(parent, "data", key=f"{domain}-{name}").text = xml_safe(value)
