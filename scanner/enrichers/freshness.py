"""How old data were when a model was trained on them and are today, and whether something newer exists.

Policies cannot compare two artifacts, so that it is done here; what is too old, they say. A time that no record gives
stays null: nothing is taken from the times of files, which every copy resets.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from scanner import identity
from scanner.enrichers import moments
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location
from scanner.records.plain import mappings, texts

NAME: Final = "freshness"
VERSION: Final = "1"
DAY: Final = timedelta(days=1)
DOCUMENTS: Final = ("model_card", "technical_documentation")
MAIN: Final = frozenset({"main", "master", "HEAD", "heads/main", "heads/master"})
_VERSION: Final = re.compile(r"v?(\d{1,18})\Z")
_IMPORT: Final = re.compile(r"record:dvc/(?P<address>[^#]+)#.*@(?P<commit>[0-9a-f]{40})\Z")


def enrich(graph: Graph, context: Context) -> Evidence:
    """Freshness of models and datasets, and whether documentation is older than its model."""
    builder = EvidenceBuilder(NAME)
    heads = _heads(graph)
    newer = _superseded_versions(graph) | _superseded_revisions(graph, heads) | _superseded_imports(graph, heads)
    for model in graph.refs("model"):
        if graph.artifact(model).resolved:
            _state_model(builder, graph, model, newer.get(model), context.as_of)
    for dataset in graph.refs("dataset"):
        if (superseded := newer.get(dataset)) is not None:
            builder.state(dataset, "freshness", {"superseded": superseded}, _place(graph, dataset))
    return builder.build()


def _place(graph: Graph, ref: ArtifactRef) -> Location:
    locations = graph.artifact(ref).locations
    return locations[0] if locations else Location(graph.artifact(ref).name)


def _state_model(
    builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, superseded: bool | None, now: datetime
) -> None:
    data = _data_until(graph, model)
    made = moments.best(moments.trained(graph, model))
    _state_documentation(builder, graph, model, made)
    if data is None and made is None and superseded is None:
        return
    place = data.place if data else _place(graph, model)
    builder.state(
        model,
        "freshness",
        {
            "data_until": data.text if data else None,
            "data_basis": data.basis if data else None,
            "trained": made.text if made else None,
            "trained_basis": made.basis if made else None,
            "data_age_at_training_days": (made.time - data.time) // DAY if data and made else None,
            "data_age_at_release_days": (now - data.time) // DAY if data else None,
            "superseded": superseded,
        },
        place,
    )


def _data_until(graph: Graph, model: ArtifactRef) -> moments.Moment | None:
    """Where the oldest of the training data end; None where one of them has no date, because it may be the oldest."""
    found: list[moments.Moment] = []
    for dataset in moments.training_data(graph, model):
        ends = moments.stated(graph, dataset, "as_of", "time", "newest event of the data")
        if not ends:
            return None
        found += ends
    return min(found, key=lambda one: (one.time, one.place), default=None)


def _state_documentation(
    builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, made: moments.Moment | None
) -> None:
    documents = [
        one
        for one in graph.outgoing(model, ("described_by",))
        if graph.artifact(one.target).groups.get("role") in DOCUMENTS
    ]
    if documents:
        changed = [m for one in documents for m in moments.stated(graph, one.target, "updated", None, "last change")]
        newest = max((one.time for one in changed), default=None)
        older = None if newest is None or made is None else made.time - newest > moments.SLACK
        builder.state(model, "documentation", {"older_than_model": older}, documents[0].location)


def _superseded_versions(graph: Graph) -> dict[ArtifactRef, bool]:
    """Numbered versions of one registered name: all but the highest are superseded."""
    found: dict[ArtifactRef, bool] = {}
    for kind in ("model", "dataset"):
        for family in graph.refs(kind):
            numbers = {
                one.source: number
                for one in graph.incoming(family, ("version_of",))
                if (number := _number(graph, one.source, graph.artifact(family).name)) is not None
            }
            newest = max(numbers.values(), default=0)
            for ref, number in numbers.items():
                found[ref] = found.get(ref, False) or number < newest
    return found


def _number(graph: Graph, ref: ArtifactRef, family: str) -> int | None:
    view = graph.artifact(ref)
    words = [str(one["version"]) for one in mappings(view.groups.get("registered_as")) if one["name"] == family]
    numbers = [int(match[1]) for word in words or [view.version or ""] if (match := _VERSION.match(word))]
    return max(numbers, default=None)


def _heads(graph: Graph) -> dict[str, set[ArtifactRef]]:
    """Address of each repository whose main branch is known here, and the commit or commits that it leads to."""
    found: dict[str, set[ArtifactRef]] = defaultdict(set)
    for commit in graph.refs("commit"):
        if MAIN & set(texts(graph.artifact(commit).groups.get("refs"))):
            found[_repository(graph, commit)].add(commit)
    return found


def _superseded_revisions(graph: Graph, heads: Mapping[str, set[ArtifactRef]]) -> dict[ArtifactRef, bool]:
    """Models taken from a revision of a repository of which the main branch is known here."""
    found: dict[ArtifactRef, bool] = {}
    for model in graph.refs("model"):
        for one in graph.outgoing(model, ("built_from",)):
            where = _repository(graph, one.target) if one.target.kind == "commit" else ""
            # Commits of other hosts are those of code: a later one is no later model.
            if "huggingface.co/" in where and where in heads:
                found[model] = one.target not in heads[where]
    return found


def _superseded_imports(graph: Graph, heads: Mapping[str, set[ArtifactRef]]) -> dict[ArtifactRef, bool]:
    """Datasets that DVC imported at a commit, where the producer's repository is part of the scan and has moved on."""
    found: dict[ArtifactRef, bool] = {}
    for dataset in graph.refs("dataset") if heads else ():
        for one in graph.outgoing(dataset, ("derived_from",)):
            imported = _IMPORT.match(one.target.key)
            if imported is not None and (where := _address(imported["address"])) in heads:
                found[dataset] = identity.commit(imported["commit"]) not in heads[where]
    return found


def _repository(graph: Graph, commit: ArtifactRef) -> str:
    return _address(str(graph.artifact(commit).groups.get("repository", "")))


def _address(repository: str) -> str:
    """The address of a repository without what its spellings differ in."""
    return repository.rstrip("/").removesuffix(".git").lower()
