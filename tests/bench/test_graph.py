"""The fold and the policy on a graph far larger than a usual release."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner import identity
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.policy.evaluate import evaluate
from scanner.policy.load import load_policies

ARTIFACTS = 100_000
RELATIONSHIPS = 500_000
BATCH = 1_000


def package(number: int) -> ArtifactRef:
    return identity.package(f"pkg:pypi/package{number}@1.0")


def large_evidence() -> list[Evidence]:
    """100,000 packages, each depending on the five that follow it in a shuffled ring; one release holds the first."""
    found = []
    place = Location("requirements.txt")
    for first in range(0, ARTIFACTS, BATCH):
        builder = EvidenceBuilder("bench")
        for number in range(first, first + BATCH):
            ref = builder.artifact(package(number), place, name=f"package{number}", version="1.0")
            builder.state(ref, "pinning", {"exact": True, "hashed": number % 2 == 0}, place)
            for step in range(RELATIONSHIPS // ARTIFACTS):
                target = package((number * 7 + step * 7919 + 1) % ARTIFACTS)
                builder.relate(ref, "depends_on", target, Proof.DECLARED, place)
        found.append(builder.build())
    builder = EvidenceBuilder("bench")
    release = builder.artifact(identity.release("bench"), Location("."), name="bench")
    builder.relate(release, "contains", package(0), Proof.DECLARED, place)
    return [*found, builder.build()]


@pytest.fixture(scope="module")
def evidence() -> list[Evidence]:
    return large_evidence()


def copy_records(evidence: list[Evidence]) -> tuple[dict[object, object], dict[object, set[object]]]:
    """The floor: the same records put into plain dictionaries, without identity, proof or order."""
    artifacts: dict[object, object] = {}
    outgoing: dict[object, set[object]] = {}
    for one in evidence:
        for artifact in one.artifacts:
            artifacts[artifact.ref] = artifact
        for record in one.relationships:
            outgoing.setdefault(record.source, set()).add((record.type, record.target))
    return artifacts, outgoing


def test_fold(benchmark: Any, best: Any, evidence: list[Evidence]) -> None:
    gc.disable()
    floor = best(lambda: copy_records(evidence))
    graph = benchmark.pedantic(Graph.fold, (evidence,), rounds=3)
    gc.enable()
    benchmark.extra_info |= {"floor s": floor, "ratio": benchmark.stats.stats.min / floor}
    assert len(graph.refs()) == ARTIFACTS + 1
    assert benchmark.stats.stats.min / floor < 15


def test_policy(benchmark: Any, evidence: list[Evidence]) -> None:
    graph = Graph.fold(evidence)
    policies = load_policies(())
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    gc.disable()
    evaluation = benchmark.pedantic(lambda: evaluate(graph, policies, as_of=moment), rounds=2)
    gc.enable()
    judged = sum(rule.evaluated for rule in evaluation.rules)
    benchmark.extra_info |= {"judgements": judged, "µs each": benchmark.stats.stats.min / judged * 1e6}
    assert judged >= ARTIFACTS
    assert benchmark.stats.stats.min < 60


def test_reach(benchmark: Any, evidence: list[Evidence]) -> None:
    graph = Graph.fold(evidence)
    graph.reach([package(0)])
    found = benchmark.pedantic(lambda: graph.reach([identity.release("bench")]), rounds=3)
    assert len(found) > ARTIFACTS // 2
