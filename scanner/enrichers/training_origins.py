"""An image compared with the training of the models in it: the commit they were trained from, and the packages.

The image should be built from a commit whose history holds the training code, and should serve with the packages that the
model was trained with. Both are said of the image, because a model may be in several.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Proof
from scanner.records.plain import mapping, texts

NAME: Final = "training_origins"
VERSION: Final = "1"
COMMITS: Final = 200_000
"""Commits of one history that are walked through."""
ENVIRONMENTS: Final = {"MLmodel": "requirements.txt", ".wandb": "files/requirements.txt"}
"""Ending of a record of a model or run → the list of packages that its tool wrote beside it."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """Statements on every image that contains a model with a recorded training."""
    builder = EvidenceBuilder(NAME)
    histories: dict[ArtifactRef, tuple[set[str], bool]] = {}
    for image in graph.refs("image"):
        models = [one.target for one in graph.outgoing(image, ("contains",)) if one.target.kind == "model"]
        if models:
            _state_commit(builder, graph, image, models, histories)
            _state_packages(builder, graph, image, models)
    return builder.build()


def _runs(graph: Graph, models: list[ArtifactRef]) -> list[ArtifactRef]:
    found = {one.target for model in models for one in graph.outgoing(model, ("generated_by",))}
    return sorted(ref for ref in found if ref.kind == "run")


def _state_commit(
    builder: EvidenceBuilder,
    graph: Graph,
    image: ArtifactRef,
    models: list[ArtifactRef],
    histories: dict[ArtifactRef, tuple[set[str], bool]],
) -> None:
    built = _commits(graph, image, "built_from")
    trained = {commit for run in _runs(graph, models) for commit in _commits(graph, run, "used")}
    if not built or not trained:
        return
    answers = []
    for commit in sorted(trained):
        found = [_is_ancestor(graph, commit, head, histories) for head in built]
        answers.append(True if True in found else None if None in found else False)
    ancestor = False if False in answers else None if None in answers else True
    place = graph.outgoing(image, ("built_from",))[0].location
    builder.state(image, "training_commit", {"ancestor": ancestor}, place)


def _commits(graph: Graph, ref: ArtifactRef, type: str) -> list[ArtifactRef]:
    """Commits that a record names in full; a branch or tag is no commit."""
    return [
        one.target for one in graph.outgoing(ref, (type,)) if one.target.kind == "commit" and one.proof > Proof.INFERRED
    ]


def _is_ancestor(
    graph: Graph, commit: ArtifactRef, head: ArtifactRef, histories: dict[ArtifactRef, tuple[set[str], bool]]
) -> bool | None:
    """Whether ``commit`` is ``head`` or lies before it; None where the history here does not tell."""
    if commit == head:
        return True
    if head not in histories:
        histories[head] = _history(graph, head)
    before, complete = histories[head]
    if commit.key in before:
        return True
    stated = {str(graph.artifact(one).groups.get("repository")) for one in (commit, head)}
    return False if complete and graph.artifact(commit).resolved and len(stated) == 1 else None


def _history(graph: Graph, head: ArtifactRef) -> tuple[set[str], bool]:
    """Keys of all commits before ``head``, and whether the scan holds every one of them."""
    met: set[str] = set()
    todo, complete = [head.key], True
    while todo and len(met) < COMMITS:
        ref = ArtifactRef("commit", todo.pop())
        history = mapping(graph.artifact(ref).groups.get("history")) if ref in graph else {}
        complete &= history.get("complete") is True
        parents = {identity.commit(parent).key for parent in texts(history.get("parents"))} - met
        met |= parents
        todo += sorted(parents)
    return met, complete and not todo


def _state_packages(builder: EvidenceBuilder, graph: Graph, image: ArtifactRef, models: list[ArtifactRef]) -> None:
    serving: dict[str, set[str]] = {}
    for one in graph.outgoing(image, ("contains",)):
        if one.target.kind == "package" and "removed_in" not in graph.artifact(one.target).groups:
            _add(serving, graph, one.target)
    training: dict[str, set[str]] = {}
    for ref in [*models, *_runs(graph, models)]:
        for package in _environment(graph, ref):
            _add(training, graph, package)
    common = sorted(training.keys() & serving.keys())
    if not common:
        return
    value: list[Json] = [
        {"id": name, "training": ", ".join(sorted(training[name])), "serving": ", ".join(sorted(serving[name]))}
        for name in common
        if training[name].isdisjoint(serving[name])
    ]
    builder.state(image, "training_packages_differ", value, graph.outgoing(image, ("contains",))[0].location)


def _add(found: dict[str, set[str]], graph: Graph, package: ArtifactRef) -> None:
    """Note a package under its package URL without version; a request without a version says nothing."""
    if (version := graph.artifact(package).version) is not None:
        found.setdefault(identity.without_version(package.key), set()).add(version)


def _environment(graph: Graph, ref: ArtifactRef) -> Iterator[ArtifactRef]:
    """Packages of the environment that made a model: those its run names, and those listed beside the record."""
    for one in graph.outgoing(ref, ("used",)):
        if one.target.kind == "package":
            yield one.target
    for place in graph.artifact(ref).locations:
        for ending, name in ENVIRONMENTS.items():
            if place.path.endswith(ending):
                yield from (found for found in graph.at(identity.folder(place.path) + name) if found.kind == "package")
