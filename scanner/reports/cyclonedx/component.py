"""One artifact as a CycloneDX component or service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanner.reports.cyclonedx.model_card import data_of, model_card
from scanner.reports.cyclonedx.values import (
    Object,
    filled,
    hashes,
    licences,
    property_of,
    record,
    reference,
    strings,
    text,
    timestamp,
)
from scanner.reports.links import Links
from scanner.reports.summary import place_of, uri
from scanner.result import ArtifactResult
from scanner.vocabulary import groups_of

TYPES: Final[Mapping[str, str]] = {
    "release": "application",
    "package": "library",
    "image": "container",
    "layer": "file",
    "model": "machine-learning-model",
    "dataset": "data",
    "file": "file",
    "notebook": "file",
    "document": "file",
    "pipeline": "data",
}
"""Component type by artifact kind. A deployment is a service; commits, runs and signatures are no components."""
MAX_OCCURRENCES: Final = 1_000

_TELLING: Final = ("release", "image", "model", "dataset", "deployment", "pipeline", "notebook", "document")
_ELSEWHERE: Final = ("licences", "metrics", "parameters", "audit", "vulnerabilities", "loader_risks", "columns")
"""Groups with a place of their own, or that belong into the VEX document."""
_REFERENCES: Final = {"model_card": "model-card", "licence": "license", "sbom": "bom", "vex": "vulnerability-assertion"}


def is_component(artifact: ArtifactResult | None) -> bool:
    """Whether a document can refer to the artifact."""
    return artifact is not None and (artifact.kind in TYPES or artifact.kind == "deployment")


def component(artifact: ArtifactResult, links: Links) -> Object:
    """The component of an artifact whose kind is in :data:`TYPES`."""
    found = filled(
        type=TYPES[artifact.kind],
        bom_ref=reference(artifact.id),
        name=text(artifact.name) or text(artifact.id),
        version=text(artifact.version or ""),
        hashes=hashes(artifact.digests),
        licenses=licences(strings(artifact.evidence.get("licences"))),
        purl=artifact.purl if artifact.purl and artifact.purl.startswith("pkg:") else None,
        pedigree=_pedigree(artifact, links),
        externalReferences=_documents(artifact, links),
        properties=_properties(artifact, links),
        evidence=_occurrences(artifact),
    )
    if artifact.kind == "model":
        found |= filled(modelCard=model_card(artifact, links))
    if artifact.kind == "dataset":
        found["data"] = [data_of(artifact)]
    if artifact.kind == "pipeline":
        found["data"] = [{"type": "configuration", "name": text(artifact.name)}]
    return found


def service(artifact: ArtifactResult, links: Links) -> Object:
    """The service of a deployment."""
    return filled(
        bom_ref=reference(artifact.id),
        name=text(artifact.name) or text(artifact.id),
        version=text(artifact.version or ""),
        properties=[
            *_properties(artifact, links),
            *(property_of("location", location) for location in artifact.locations[:MAX_OCCURRENCES]),
        ],
    )


def _properties(artifact: ArtifactResult, links: Links) -> list[Object]:
    found = [property_of("kind", artifact.kind), property_of("identity", artifact.identity)]
    if not artifact.resolved:
        found.append(property_of("resolved", False))
    examined = record(artifact.evidence.get("examined"))
    if examined.get("state") in ("partly", "not_examined"):
        found.append(property_of("examined", f"{examined['state']} {examined.get('reason') or ''}".strip()))
    found += [property_of(f"missing:{group}", artifact.missing[group]) for group in sorted(artifact.missing)]
    if artifact.kind in _TELLING:
        known = groups_of(artifact.kind)
        found += [
            property_of(f"evidence:{group}", artifact.evidence[group])
            for group in sorted(artifact.evidence)
            if group not in _ELSEWHERE and group in known and not known[group].internal
        ]
    found += [
        property_of(f"proof:{one.type}", f"{one.proof} {one.target}")
        for one in links.outgoing(artifact.id)
        if (one.type, one.proof) != ("depends_on", "declared")
    ]
    return found


def _occurrences(artifact: ArtifactResult) -> Object:
    places = (place_of(location) for location in artifact.locations[:MAX_OCCURRENCES])
    occurrences = [filled(location=text(place.path) or ".", additionalContext=text(place.at)) for place in places]
    return filled(occurrences=occurrences)


def _pedigree(artifact: ArtifactResult, links: Links) -> Object:
    ancestors, commits = [], []
    for one in links.outgoing(artifact.id):
        target = links.artifacts.get(one.target)
        if target is None:
            continue
        if one.type in ("derived_from", "based_on") and target.kind in TYPES:
            ancestors.append(_ancestor(target, one.proof))
        if one.type == "built_from" and target.kind == "commit":
            commits.append(_commit(target))
    return filled(ancestors=ancestors, commits=commits)


def _ancestor(artifact: ArtifactResult, proof: str) -> Object:
    found = filled(
        type=TYPES[artifact.kind],
        name=text(artifact.name) or text(artifact.id),
        version=text(artifact.version or ""),
        hashes=hashes(artifact.digests),
        purl=artifact.purl,
        properties=[property_of("proof", proof), property_of("artifact", artifact.id)],
    )
    if artifact.kind == "dataset":
        found["data"] = [{"type": "dataset", "name": text(artifact.name)}]
    return found


def _commit(artifact: ArtifactResult) -> Object:
    repository = artifact.evidence.get("repository")
    is_address = isinstance(repository, str) and repository.startswith(("http://", "https://"))
    author = artifact.evidence.get("author")
    return filled(
        uid=artifact.id.rpartition(":")[2],
        url=uri(str(repository), safe=":/") if is_address else None,
        author=filled(
            timestamp=timestamp(artifact.evidence.get("authored")),
            name=text(author) if isinstance(author, str) else None,
        ),
    )


def _documents(artifact: ArtifactResult, links: Links) -> list[Object]:
    found = []
    for one in links.outgoing(artifact.id):
        target = links.artifacts.get(one.target)
        if one.type == "described_by" and target is not None and target.locations:
            role = _REFERENCES.get(str(target.evidence.get("role")), "documentation")
            address = uri(place_of(target.locations[0]).file)
            found.append({"type": role, "url": address, "comment": f"{one.proof} by {text(one.by)}"})
    return found
