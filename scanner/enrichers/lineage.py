"""What records say of files, said of the models and datasets these files are.

A pipeline tool knows files only: ``model.pkl`` was made from ``claims.csv`` and ``train.py``. Here the same is said of the
model and the dataset, with the proof class of the record, and every model and dataset learns whether any record speaks of
its origin at all.
"""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph, RelationshipView
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof

NAME: Final = "lineage"
VERSION: Final = "1"
CODE: Final = (".py", ".sh", ".r", ".ipynb", ".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".txt", ".md", ".lock")
"""Endings of inputs that are code or settings; only asked where the input itself is not here to be recognised."""
ORIGINS: Final = ("trained_on", "derived_from", "generated_by")


def enrich(graph: Graph, context: Context) -> Evidence:
    """Relationships of models and datasets lifted from those of their files."""
    builder = EvidenceBuilder(NAME)
    hints = {claim.ref: claim.path for claim in sorted(graph.claims, key=lambda claim: claim.ref) if claim.path}
    for kind in ("model", "dataset"):
        for whole in graph.refs(kind):
            for part in graph.outgoing(whole, ("contains",)):
                if part.target.kind == "file":
                    for relationship in graph.outgoing(part.target, ("derived_from", "generated_by")):
                        _lift(builder, graph, whole, relationship, hints)
    _tie_pipelines(builder, graph)
    _tie_runs(builder, graph)
    return builder.build()


def _tie_runs(builder: EvidenceBuilder, graph: Graph) -> None:
    """A run that recorded the digest of each code file it used ran the commit that contains all of them, unchanged."""
    for run in graph.refs("run"):
        used = [
            one for one in graph.outgoing(run, ("used",)) if one.target.kind == "file" and one.proof is Proof.MATCHED
        ]
        code = [one for one in used if not _is_data(graph, one.target)]
        holders = [
            {held.source for held in graph.incoming(one.target, ("contains",)) if held.source.kind == "commit"}
            for one in code
        ]
        for commit in sorted(set.intersection(*holders)) if holders else ():
            place = code[0].location
            builder.relate(run, "used", commit, Proof.MATCHED, place, "every code file it used is in the commit")
            builder.state(run, "code", {"commit": commit.key.removeprefix("git:"), "dirty": False}, place)


def _is_data(graph: Graph, file: ArtifactRef) -> bool:
    return any(one.source.kind in ("dataset", "model") for one in graph.incoming(file, ("contains",)))


def _tie_pipelines(builder: EvidenceBuilder, graph: Graph) -> None:
    """A pipeline whose definition a commit contains is that commit's pipeline."""
    for pipeline in graph.refs("pipeline"):
        for place in graph.artifact(pipeline).locations:
            for file in graph.at(place.path):
                for one in graph.incoming(file, ("contains",)):
                    if one.source.kind == "commit":
                        builder.relate(
                            pipeline, "used", one.source, one.proof, place, "its definition is in the commit"
                        )


def _lift(
    builder: EvidenceBuilder,
    graph: Graph,
    whole: ArtifactRef,
    relationship: RelationshipView,
    hints: dict[ArtifactRef, str],
) -> None:
    proof, place, note = relationship.proof, relationship.location, relationship.note
    target = relationship.target
    if relationship.type == "generated_by":
        builder.relate(whole, "generated_by", target, proof, place, note)
        return
    sources = {one.source for one in graph.incoming(target, ("contains",))}
    datasets = sorted(ref for ref in sources if ref.kind == "dataset" and ref != whole)
    models = sorted(ref for ref in sources if ref.kind == "model" and ref != whole)
    on_data = "trained_on" if whole.kind == "model" else "derived_from"
    if datasets or models:
        for dataset in datasets:
            builder.relate(whole, on_data, dataset, proof, place, note)
        for model in models:
            builder.relate(whole, "derived_from", model, proof, place, note)
    elif not graph.seen(target) and not hints.get(target, "").lower().endswith(CODE):
        missing = builder.artifact(
            ArtifactRef("dataset", target.key), name=hints.get(target, "").rpartition("/")[2] or None, resolved=False
        )
        builder.relate(whole, on_data, missing, min(proof, Proof.DECLARED), place, note)
    elif whole.kind == "model":
        builder.relate(whole, "built_from", target, proof, place, note)


def state_groups(graph: Graph, context: Context) -> Evidence:
    """The groups that follow from the finished lineage: lineage, evaluation, registration."""
    builder = EvidenceBuilder(NAME)
    registry = any("registration" in graph.artifact(ref).groups for ref in graph.refs("model"))
    for kind in ("model", "dataset"):
        for ref in graph.refs(kind):
            view = graph.artifact(ref)
            if not view.resolved:
                continue
            place = view.locations[0] if view.locations else Location(context.release_name)
            origins = graph.outgoing(ref, ORIGINS)
            builder.state(ref, "lineage", {"state": "recorded" if origins else "none"}, place)
            if kind == "model":
                _state_evaluation(builder, graph, ref, place)
                if "licences" not in view.groups:
                    builder.state(ref, "licences", [], place)
                _state_package(builder, graph, ref)
                if registry and "registration" not in view.groups:
                    builder.state(ref, "registration", {"registered": False, "digest_matches": None}, place)
    return builder.build()


def _state_evaluation(builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, place: Location) -> None:
    """A link by name only says neither that data overlap nor that they do not."""
    tested, trained = (
        {one.target for one in graph.outgoing(model, (type,)) if one.proof > Proof.INFERRED}
        for type in ("tested_on", "trained_on")
    )
    if not tested:
        return
    known = all(graph.seen(ref) and identity.is_content(ref) for ref in tested | trained)
    overlaps = True if tested & trained else (False if known and trained else None)
    builder.state(model, "evaluation", {"overlaps_training": overlaps}, place)


def _state_package(builder: EvidenceBuilder, graph: Graph, model: ArtifactRef) -> None:
    """The package that owns every weight file of a model, where the model lies nowhere else."""
    files = [one.target for one in graph.outgoing(model, ("contains",)) if one.target.kind == "file"]
    owners = [
        {one.source: one.location for one in graph.incoming(file, ("contains",)) if one.source.kind == "package"}
        for file in files
    ]
    for package in sorted(set.intersection(*map(set, owners)) if owners else ()):
        record = owners[0][package]
        # RECORD lies in the dist-info folder beside what it lists.
        installed = identity.folder(identity.folder(record.path)[:-1])
        if all(place.path.startswith(installed) for place in graph.artifact(model).locations):
            builder.state(model, "packaged", {"by": package.key}, record)
            return
