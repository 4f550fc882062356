"""Reading and joining the records of a large release, beside what its bytes cost anyway."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.registry import ENRICHERS
from scanner.examine import examine
from scanner.graph import Graph
from scanner.model import Evidence
from scanner.sources.directory import Handle, walk
from tests.bench.releases import write_release
from tests.bench.test_scan import hash_tree

FILES = 20_000
RUNS = 200
LIMIT = 10
"""Seconds on two processors, beside hashing."""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("release")
    write_release(root, FILES, RUNS)
    return root


def test_a_release_of_many_records(benchmark: Any, run: Any, best: Any, release: Path, tmp_path: Path) -> None:
    """The whole scan: walk, hash, read, join, judge with all default packs, and the result as JSON."""
    floor = best(lambda: hash_tree(release))
    output = tmp_path / "scan.json"
    words = ("--as-of", "2025-10-20T00:00:00Z", "--quiet", "--exit-zero", "--output", f"json={output}")
    done = benchmark.pedantic(run, ("-m", "scanner", "scan", str(release), *words), rounds=3)
    seconds = benchmark.stats.stats.min
    benchmark.extra_info |= {"hashing s": floor, "beside hashing s": seconds - floor, "MiB": done.peak_mib}
    _expect_whole_chains(json.loads(output.read_text()))
    assert done.code == 0
    assert seconds - floor <= LIMIT


def _expect_whole_chains(result: dict[str, Any]) -> None:
    """Each model leads to its run and its data by digest, five deployments to their images, adapters to their bases."""
    proofs: dict[str, list[str]] = {}
    for one in result["relationships"]:
        ends = (one["from"].partition(":")[0], one["type"], one["to"].partition(":")[0])
        proofs.setdefault(" ".join(ends), []).append(one["proof"])
    assert proofs["model trained_on dataset"].count("matched") == RUNS
    assert proofs["model generated_by run"].count("matched") == RUNS
    assert proofs["image contains model"].count("matched") == RUNS
    assert proofs["deployment runs image"] == ["matched"] * 5
    assert proofs["model derived_from model"] == ["declared"] * 5


def joining(root: Path) -> float:
    """Processor seconds that all enrichers together need for a release."""
    handles = [item for item in walk(root, "") if isinstance(item, Handle)]
    graph = Graph.fold(evidence for handle in handles for evidence in examine(handle))
    context = Context(
        identity.release("bench"),
        "bench",
        datetime(2025, 10, 20, tzinfo=UTC),
        {handle.path: handle for handle in handles},
        with_pip_audit=False,
    )
    start = time.process_time()
    for enricher in ENRICHERS:
        evidence: Evidence = enricher.enrich(graph, context)
        graph.add(evidence)
    return time.process_time() - start


def test_joining_is_linear(benchmark: Any, tmp_path: Path) -> None:
    """Twice the records, about twice the time."""
    write_release(tmp_path / "small", 4_000, 100)
    write_release(tmp_path / "large", 8_000, 200)
    small = min(joining(tmp_path / "small") for _ in range(3))
    large = benchmark.pedantic(joining, (tmp_path / "large",), rounds=3)
    large = min(large, min(joining(tmp_path / "large") for _ in range(2)))
    benchmark.extra_info |= {"small s": small, "large s": large, "ratio": large / small}
    assert large / small < 2.8
