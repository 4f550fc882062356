"""The model card of a model and the data description of a dataset."""

from __future__ import annotations

from scanner.reports.cyclonedx.values import Object, filled, property_of, record, records, reference, strings, text
from scanner.reports.links import Links
from scanner.result import ArtifactResult


def model_card(artifact: ArtifactResult, links: Links) -> Object:
    """What is known of a model: task, training data, measured results, intended use, parameters."""
    task = artifact.evidence.get("task")
    card = record(artifact.evidence.get("card"))
    use = card.get("intended_use")
    trained_on = [one.target for one in links.outgoing(artifact.id) if one.type == "trained_on"]
    return filled(
        modelParameters=filled(
            task=text(task) if isinstance(task, str) else None,
            datasets=[{"ref": reference(id)} for id in trained_on if links.kind(id) == "dataset"],
        ),
        quantitativeAnalysis=filled(
            performanceMetrics=[
                {"type": text(str(item.get("name"))), "value": text(str(item.get("value")))}
                for item in records(artifact.evidence.get("metrics"))
            ]
        ),
        considerations=filled(useCases=[text(use)] if isinstance(use, str) else []),
        properties=[
            property_of(f"parameter:{item.get('name')}", str(item.get("value")))
            for item in records(artifact.evidence.get("parameters"))
        ],
    )


def data_of(artifact: ArtifactResult) -> Object:
    """The data entry of a dataset: rows, columns, newest record, and whether it holds personal data."""
    evidence = artifact.evidence
    names = ("format", "rows", "as_of", "drift", "freshness")
    contents = [property_of(name, evidence[name]) for name in names if name in evidence]
    contents += [property_of("column", column) for column in strings(evidence.get("columns"))]
    personal = record(evidence.get("personal_data")).get("present") is True
    return filled(
        type="dataset",
        name=text(artifact.name),
        contents=filled(properties=contents),
        sensitiveData=["personal data"] if personal else [],
    )
