"""Small graphs and policies for the tests of the policy engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, Proof, Relationship
from scanner.policy.compiled import PolicySet
from scanner.policy.evaluate import Evaluation, evaluate
from scanner.policy.load import load_policies
from scanner.policy.sketch import Sketch

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def graph(artifacts: Mapping[str, Mapping[str, Any]], relationships: Iterable[tuple[str, ...]] = ()) -> Graph:
    """A graph of artifacts by id and relationships ``(source, type, target[, proof])``; see policy tests."""
    return Sketch(artifacts, tuple(relationships), "test").graph()[0]


def policy(directory: Path, text: str, *, name: str = "test-policy", **options: Any) -> PolicySet:
    """Load a policy whose rules (and params) are given as YAML text."""
    path = directory / f"{name}.yaml"
    path.write_text(f"schema: policy/v1\nbundle: {{name: {name}, version: 1.0.0}}\n{text}", encoding="utf-8")
    return load_policies([str(path)], **options)


def judge(graph: Graph, policies: PolicySet, **options: Any) -> Evaluation:
    """Evaluate at :data:`NOW`."""
    return evaluate(graph, policies, **{"as_of": NOW, **options})


def verdicts(evaluation: Evaluation, rule: str) -> dict[str, str]:
    """Verdict by the last part of the artifact's id."""
    found = evaluation.verdicts[rule].by_artifact
    return {id.rpartition("#")[2].rpartition(":")[2]: verdict for id, verdict in found.items()}


def bare(kinds: Mapping[str, str], edges: Iterable[tuple[str, str, str]], proof: Proof = Proof.DECLARED) -> Evidence:
    """Evidence with nothing but relationships between named artifacts."""
    from scanner.model import Artifact, Location

    refs = {name: ArtifactRef(kind, f"name:{name}") for name, kind in kinds.items()}
    return Evidence(
        "test",
        artifacts=tuple(Artifact(ref, name=name) for name, ref in refs.items()),
        relationships=tuple(
            Relationship(refs[source], type, refs[target], proof, Location("x")) for source, type, target in edges
        ),
    )
