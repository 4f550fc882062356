"""How the models of a result were made, and what of it differs in another: runs, commits, data, parameters, packages.

Models of one identity are taken together, because one training often gives the model in several formats. Each fact is a
set of texts, so that two runs of one model stand beside each other and their order says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.model import Json
from scanner.records.plain import mapping, mappings, text
from scanner.reports.links import Links
from scanner.reports.summary import label
from scanner.result import ArtifactResult, ScanResult

SHORT: Final = 12
"""Characters of a digest that are shown."""

Facts = Mapping[str, frozenset[str]]
"""What is known of the making of one model: ``parameter learning_rate`` → its values."""

_ROLES: Final = {
    ("trained_on", "dataset"): "training data",
    ("tested_on", "dataset"): "test data",
    ("derived_from", "model"): "base model",
    ("built_from", "file"): "code",
}
_LISTS: Final = (("parameters", "parameter"), ("metrics", "metric"))


def making(result: ScanResult) -> dict[str, Facts]:
    """Identity of every model whose content was seen → how it was made."""
    links = Links(result)
    found: dict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for artifact in result.artifacts:
        if artifact.kind == "model" and artifact.resolved:
            for name, value in _facts(artifact, links):
                found[artifact.identity][name].add(value)
    return {identity: {name: frozenset(values) for name, values in facts.items()} for identity, facts in found.items()}


def changes(old: ScanResult, new: ScanResult) -> Iterator[tuple[str, str, Json, Json]]:
    """Model, fact, and its values on either side (null for none), for every model that both results hold; sorted."""
    before, after = making(old), making(new)
    for identity in sorted(before.keys() & after.keys()):
        was, now = before[identity], after[identity]
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name):
                yield identity, name, _shown(was.get(name)), _shown(now.get(name))


def _shown(values: frozenset[str] | None) -> Json:
    return ", ".join(sorted(values)) if values else None


def _facts(model: ArtifactResult, links: Links) -> Iterator[tuple[str, str]]:
    yield from _own(model)
    for one in links.outgoing(model.id):
        target = links.artifacts.get(one.target)
        if target is None:
            continue
        if (role := _ROLES.get((one.type, target.kind))) is not None:
            yield f"{role} {target.name}", _version(target)
        elif one.type == "built_from" and target.kind == "commit":
            yield "commit", target.name
        elif one.type == "generated_by" and target.kind == "run":
            yield "run", label(target, target.id)
            yield from _of_run(target, links)


def _own(artifact: ArtifactResult) -> Iterator[tuple[str, str]]:
    for group, word in _LISTS:
        for entry in mappings(artifact.evidence.get(group)):
            yield f"{word} {text(entry.get('name')) or ''}", text(entry.get("value")) or ""
    fresh = mapping(artifact.evidence.get("freshness"))
    for key, word in (("trained", "time of training"), ("data_until", "end of training data")):
        if (value := text(fresh.get(key))) is not None:
            yield word, value
    for entry in mappings(artifact.evidence.get("registered_as")):
        yield "registered as", text(entry.get("id")) or ""
    for entry in mappings(artifact.evidence.get("approvals")):
        yield "approved by", text(entry.get("by")) or ""


def _of_run(run: ArtifactResult, links: Links) -> Iterator[tuple[str, str]]:
    yield from _own(run)
    for one in links.outgoing(run.id):
        target = links.artifacts.get(one.target)
        if target is not None and target.kind == "commit":
            yield "commit", target.name
        elif target is not None and target.kind == "package":
            yield f"package {target.name}", target.version or "no version"


def _version(artifact: ArtifactResult) -> str:
    """What tells two versions of one thing apart: the digest where its content was seen, else what records call it."""
    digest = artifact.digests.get("sha256")
    return digest[:SHORT] if digest is not None else artifact.version or artifact.id.partition(":")[2]
