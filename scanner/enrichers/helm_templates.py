"""Helm charts whose templates nobody rendered: what they would deploy is not known, so the chart was not examined.

A chart counts as rendered when the output of ``helm template`` for a chart of its name lies in the scan. Whether it was
rendered from these templates with the values of the installation is the word of whoever rendered it.
"""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.errors import UNSUPPORTED
from scanner.graph import Graph
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.records.manifests import TEMPLATE
from scanner.records.plain import texts

NAME: Final = "helm_templates"
VERSION: Final = "1"
CHART: Final = "templates of a chart that are not rendered: add the output of helm template to the scan"
LOOSE: Final = "a template that is not rendered and belongs to no chart: add what is made of it to the scan"


def enrich(graph: Graph, context: Context) -> Evidence:
    """``examined`` of charts and templates that nobody rendered."""
    builder = EvidenceBuilder(NAME)
    charts: dict[str, str] = {}
    rendered: set[str] = set()
    for ref in graph.refs("file"):
        groups = graph.artifact(ref).groups
        rendered.update(texts(groups.get("rendered_from")))
        if isinstance(name := groups.get("chart"), str):
            charts |= {identity.folder(place.path): name for place in graph.artifact(ref).locations}
    for folder, name in charts.items():
        if name not in rendered:
            _state_unexamined(builder, graph, f"{folder}Chart.yaml", CHART)
    for place in sorted({item.location.path for _, item in graph.not_examined if item.detail == TEMPLATE}):
        above = [folder for folder in charts if place.startswith(f"{folder}templates/")]
        if not above:
            _state_unexamined(builder, graph, place, LOOSE)
    return builder.build()


def _state_unexamined(builder: EvidenceBuilder, graph: Graph, place: str, detail: str) -> None:
    location = Location(place)
    builder.missed(location, UNSUPPORTED, detail)
    for ref in graph.at(place):
        if ref.kind == "file":
            builder.state(ref, "examined", {"state": "partly", "reason": f"{UNSUPPORTED}: {detail}"}, location)
