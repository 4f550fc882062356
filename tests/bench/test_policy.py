"""The default rules on a release of 100,000 artifacts and 500,000 relationships, with about 30,000 findings."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner import identity
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.policy.compiled import PolicySet
from scanner.policy.evaluate import evaluate
from scanner.policy.load import load_policies

COUNTS = {
    "package": 60_000,
    "file": 22_000,
    "model": 4_000,
    "signature": 3_500,
    "dataset": 3_000,
    "run": 3_000,
    "image": 2_000,
    "document": 1_500,
    "deployment": 500,
    "commit": 500,
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACE = Location("release/records.json")
GROUPS: dict[str, dict[str, Callable[[int], Any]]] = {
    "package": {
        "audit": lambda n: {"state": "vulnerable" if n % 40 == 0 else "clean"},
        "licences": lambda n: [["MIT"], ["Apache-2.0"], ["GPL-3.0-only"], []][n % 37 % 4],
        "pinning": lambda n: {"exact": True, "hashed": n % 9 != 0},
        "vulnerabilities": lambda n: [_advisory(n)] if n % 40 == 0 else [],
    },
    "file": {
        "format": lambda n: ("pickle", "safetensors", "csv", "text")[n % 4],
        "secrets": lambda n: [],
        "remote_code": lambda n: {"present": n % 50 == 0},
        "code_scan": lambda n: {"verdict": "unknown" if n % 90 == 0 else "known-safe", "reason": None},
    },
    "model": {
        "format": lambda n: "pickle" if n % 4 == 0 else "safetensors",
        "code_scan": lambda n: {"verdict": "unknown" if n % 20 == 0 else "known-safe", "reason": None},
        "remote_code": lambda n: {"present": n % 50 == 0},
        "signing": lambda n: {"state": "verified" if n % 8 else "unsigned", "unsigned_extras": 0},
        "lineage": lambda n: {"state": "recorded"},
        "licences": lambda n: ["MIT"] if n % 6 else [],
        "card": lambda n: {"licence": "MIT", "intended_use": "scoring" if n % 4 else None, "updated": None},
    },
    "signature": {"status": lambda n: "verified", "scheme": lambda n: "key"},
    "document": {"role": lambda n: ("model_card", "data_sheet")[n % 2]},
    "commit": {"repository": lambda n: "shop"},
    "dataset": {
        "as_of": lambda n: {
            "time": f"2025-{10 + n % 3}-01T00:00:00Z" if n % 40 else "2024-01-01T00:00:00Z",
            "basis": "content",
        },
        "licences": lambda n: ["CC-BY-4.0"] if n % 6 else [],
        "lineage": lambda n: {"state": "recorded"},
    },
    "run": {"code": lambda n: {"commit": f"{n:040x}", "dirty": n % 7 == 0}},
    "image": {
        "configuration": lambda n: {"user": None if n % 8 == 0 else "app", "exposes_secrets": False},
        "provenance": lambda n: {"slsa_level": n % 3, "builder": None},
    },
    "deployment": {
        "environment": lambda n: "production",
        "image_pinned": lambda n: {"by_digest": n % 4 != 0},
        "traffic": lambda n: [],
    },
}


def _advisory(number: int) -> dict[str, Any]:
    return {
        "id": f"GHSA-{number}",
        "severity": "high",
        "published": "2025-10-01T00:00:00Z",
        "fixed_in": ["2.0"],
        "known_exploited": False,
        "aliases": [],
        "summary": "a flaw",
        "detected_by": ["lading"],
    }


def ref(kind: str, number: int) -> ArtifactRef:
    if kind == "package":
        return identity.package(f"pkg:pypi/package{number}@1.0")
    return ArtifactRef(kind, f"sha256:{number:064x}")


def release_evidence() -> list[Evidence]:
    found = []
    examined = {"state": "examined", "reason": None}
    for kind, count in COUNTS.items():
        builder = EvidenceBuilder("bench")
        for number in range(count):
            one = builder.artifact(ref(kind, number), PLACE, name=f"{kind}{number}", version="1.0")
            builder.state(one, "examined", examined, PLACE)
            for group, value in GROUPS[kind].items():
                builder.state(one, group, value(number), PLACE)
        found.append(builder.build())
    builder = EvidenceBuilder("bench")

    def relate(source: str, type: str, target: str, each: int, step: int) -> None:
        for number in range(COUNTS[source]):
            for turn in range(each):
                end = (number * step + turn * 7919) % COUNTS[target]
                builder.relate(ref(source, number), type, ref(target, end), Proof.DECLARED, PLACE)

    relate("image", "contains", "package", 170, 23)
    relate("image", "contains", "file", 20, 11)
    relate("image", "contains", "model", 2, 2)
    relate("image", "built_from", "commit", 1, 3)
    relate("package", "depends_on", "package", 1, 7)
    relate("model", "contains", "file", 2, 5)
    relate("model", "trained_on", "dataset", 2, 3)
    relate("model", "generated_by", "run", 1, 1)
    relate("model", "signed_by", "signature", 1, 1)
    relate("model", "described_by", "document", 1, 1)
    relate("dataset", "derived_from", "dataset", 1, 13)
    relate("dataset", "described_by", "document", 1, 1)
    relate("run", "used", "dataset", 2, 3)
    relate("run", "used", "commit", 1, 1)
    relate("deployment", "runs", "image", 5, 5)
    relate("deployment", "serves", "model", 10, 10)
    return [*found, builder.build()]


@pytest.fixture(scope="module")
def graph() -> Graph:
    graph = Graph.fold(release_evidence())
    for one in graph.refs():  # a scan has asked for every artifact before it judges
        graph.artifact(one)
    return graph


def as_lambdas(graph: Graph, rules: int) -> int:
    """The floor: as many plain Python conditions on every artifact, over the same views."""
    held = 0
    for one in graph.refs():
        groups = graph.artifact(one).groups
        for _ in range(rules):
            held += "audit" in groups and groups["audit"] == {"state": "clean"}
    return held


@pytest.mark.parametrize("rules", [16, None])
def test_policy(benchmark: Any, best: Any, graph: Graph, rules: int | None) -> None:
    loaded = load_policies(())
    chosen = PolicySet(loaded.bundles, loaded.rules[:rules], loaded.parameters, loaded.notices)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.disable()
    floor = best(lambda: as_lambdas(graph, len(chosen.rules)))
    evaluation = benchmark.pedantic(lambda: evaluate(graph, chosen, as_of=NOW), rounds=3)
    gc.enable()
    judged = sum(rule.evaluated for rule in evaluation.rules)
    benchmark.extra_info |= {
        "rules": len(chosen.rules),
        "judgements": judged,
        "findings": len(evaluation.findings),
        "floor s": floor,
        "ratio": benchmark.stats.stats.min / floor,
        "more MiB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
    }
    assert judged > 40_000
    assert benchmark.stats.stats.min / floor < 15
