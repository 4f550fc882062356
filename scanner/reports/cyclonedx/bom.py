"""The bill of materials of a release: components, services, dependencies, completeness and how models were made."""

from __future__ import annotations

from typing import Final

from scanner.reports import summary
from scanner.reports.cyclonedx.component import TYPES, component, is_component, service
from scanner.reports.cyclonedx.values import (
    Object,
    filled,
    properties_of,
    property_of,
    record,
    records,
    reference,
    text,
    timestamp,
)
from scanner.reports.links import Links
from scanner.result import ArtifactResult, ScanResult

MAX_PLACES: Final = 1_000


def bill_of_materials(result: ScanResult, version: str) -> Object:
    """The document in specification ``version`` (1.6 or 1.7), members in the order of the XML schema."""
    links = Links(result)
    parts = [item for item in result.artifacts if item.id != result.release]
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": f"urn:uuid:{summary.document_id(result, 'bill-of-materials')}",
        "version": 1,
        "metadata": metadata(result, links),
        **filled(
            components=[component(item, links) for item in parts if item.kind in TYPES],
            services=[service(item, links) for item in parts if item.kind == "deployment"],
            dependencies=_dependencies(result, links),
            compositions=_compositions(result),
            properties=_loose_relationships(result, links),
            formulation=_formulation(result, links),
        ),
    }


def metadata(result: ScanResult, links: Links) -> Object:
    """When and with what the document was made, about which release, and what the scan decided."""
    release = links.artifacts.get(result.release)
    subject = (
        component(release, links)
        if release is not None and release.kind in TYPES
        else {"type": "application", "bom-ref": reference(result.release), "name": text(result.release)}
    )
    plugins = sorted({(item.name, item.version, item.role) for item in result.tool.plugins})
    tools = [{"type": "application", "name": text(result.tool.name), "version": text(result.tool.version)}]
    tools += [
        {"type": "application", "group": f"lading {text(role)}", "name": text(name), "version": text(number)}
        for name, number, role in plugins
    ]
    places = result.coverage.not_examined
    properties = [
        *properties_of(summary.facts(result)),
        *(property_of("notice", notice) for notice in result.notices),
        *(property_of("not_examined:place", f"{place.location}: {place.reason}") for place in places[:MAX_PLACES]),
    ]
    return filled(
        timestamp=timestamp(result.as_of), tools={"components": tools}, component=subject, properties=properties
    )


def _dependencies(result: ScanResult, links: Links) -> list[Object]:
    ids = sorted({result.release, *(item.id for item in result.artifacts if is_component(item))})
    entries = []
    for id in ids:
        targets = {one.target for one in links.outgoing(id) if is_component(links.artifacts.get(one.target))} - {id}
        entries.append(filled(ref=reference(id), dependsOn=[reference(target) for target in sorted(targets)]))
    return entries


def _compositions(result: ScanResult) -> list[Object]:
    """Which assemblies are known to be incomplete; nothing is ever claimed to be complete."""
    incomplete: set[str] = set()
    unknown: set[str] = set()
    for artifact in result.artifacts:
        if is_component(artifact):
            (incomplete if _is_incomplete(artifact) else unknown).add(reference(artifact.id))
    release = reference(result.release)
    unknown.discard(release)
    (incomplete if result.coverage.not_examined else unknown).add(release)
    unknown -= incomplete
    return [
        {"aggregate": word, "assemblies": sorted(references)}
        for word, references in (("incomplete", incomplete), ("unknown", unknown))
        if references
    ]


def _is_incomplete(artifact: ArtifactResult) -> bool:
    state = record(artifact.evidence.get("examined")).get("state")
    return not artifact.resolved or bool(artifact.missing) or state in ("partly", "not_examined")


def _loose_relationships(result: ScanResult, links: Links) -> list[Object]:
    """Relationships of artifacts that are neither components nor workflows, so that none is lost."""
    return [
        property_of(f"relationship:{one.type}", f"{one.proof} {one.source} {one.target}")
        for one in sorted(result.relationships, key=lambda item: (item.source, item.type, item.target))
        if not is_component(links.artifacts.get(one.source)) and links.kind(one.source) != "run"
    ]


def _formulation(result: ScanResult, links: Links) -> list[Object]:
    runs = [_workflow(item, links) for item in result.artifacts if item.kind == "run"]
    return [{"bom-ref": "lading:runs", "workflows": runs}] if runs else []


def _workflow(run: ArtifactResult, links: Links) -> Object:
    used = links.outgoing(run.id)
    made = [one.source for one in links.incoming(run.id) if one.type == "generated_by"]
    parameters = [
        {"name": text(str(item.get("name"))), "value": text(str(item.get("value")))}
        for item in records(run.evidence.get("parameters"))
    ]
    inputs: list[Object] = [
        {"resource": {"ref": reference(one.target)}} for one in used if is_component(links.artifacts.get(one.target))
    ]
    return filled(
        bom_ref=reference(run.id),
        uid=text(run.id),
        name=text(run.name),
        taskTypes=["build"],
        inputs=[*inputs, *([{"parameters": parameters}] if parameters else [])],
        outputs=[
            {"resource": {"ref": reference(id)}, "type": "artifact"}
            for id in made
            if is_component(links.artifacts.get(id))
        ],
        timeStart=timestamp(run.evidence.get("started")),
        timeEnd=timestamp(run.evidence.get("ended")),
        properties=[
            *(property_of(f"evidence:{name}", run.evidence[name]) for name in ("by", "code", "status", "metrics")
              if name in run.evidence),
            *(property_of(f"proof:{one.type}", f"{one.proof} {one.target}") for one in used),
            *(property_of("location", location) for location in run.locations[:MAX_PLACES]),
        ],
    )  # fmt: skip
