"""The whole flow on one screen: walk, examine, fold, enrich, judge."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner import assemble, identity
from scanner.enrichers.context import MAX_ADVISORY_AGE, Context
from scanner.enrichers.registry import ENRICHERS
from scanner.errors import UsageError
from scanner.graph import Graph
from scanner.model import Evidence, NotExamined
from scanner.result import SCHEMA, AdvisoriesUsed, FileUsed, ScanResult, TrustUsed
from scanner.sources.directory import Handle, walk
from scanner.workers import examine_all

if TYPE_CHECKING:
    from scanner.policy.baseline import Baseline
    from scanner.policy.compiled import PolicySet
    from scanner.policy.waivers import Waivers
    from scanner.signing.trust import Trust


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one scan depends on. ``progress`` is told (files, bytes) done; ``stage`` the name of each step."""

    paths: tuple[Path, ...]
    policies: PolicySet
    as_of: datetime
    as_of_source: str
    release: str | None = None
    trust: Trust | None = None
    advisories: Path | None = None
    max_advisory_age: int = MAX_ADVISORY_AGE
    waivers: Waivers | None = None
    baseline: Baseline | None = None
    gate: str = "all"
    jobs: int = 2
    with_pip_audit: bool = True
    progress: Callable[[int, int], None] = lambda files, size: None
    stage: Callable[[str], None] = lambda name: None


def scan(settings: Settings) -> ScanResult:
    """Scan, join and judge. Raises UsageError for a path that does not exist and PolicyError for a wrong policy."""
    names = place_names(settings.paths)
    handles, missed = collect(settings.paths, names)
    settings.stage("examine")
    with _acyclic():
        graph = Graph.fold([Evidence("directory", not_examined=tuple(missed), blobs=len(missed))])
        for evidence in examine_all(handles, settings.jobs, settings.progress):
            graph.add(evidence)
    context = _context(settings, handles)
    for enricher in ENRICHERS:
        settings.stage(enricher.name)
        graph.add(enricher.enrich(graph, context))
    settings.stage("policy")
    with _acyclic():
        return _result(settings, graph, context, names)


@contextmanager
def _acyclic() -> Iterator[None]:
    """Keep the cycle collector away from many small objects that never form a cycle; it would walk them all, often."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def place_names(paths: Iterable[Path]) -> tuple[str, ...]:
    """How places of each scanned path begin: ``.`` for a single one, else its own name, made unique."""
    found = [path.resolve().name or "root" for path in paths]
    if len(found) == 1:
        return (".",)
    return tuple(name if found.count(name) == 1 else f"{name}-{number + 1}" for number, name in enumerate(found))


def collect(paths: Iterable[Path], names: Iterable[str]) -> tuple[list[Handle], list[NotExamined]]:
    """Every file of the scanned paths, and what cannot be opened. Raises UsageError for a path that does not exist."""
    handles: list[Handle] = []
    missed: list[NotExamined] = []
    for path, name in zip(paths, names, strict=True):
        if not path.exists():
            raise UsageError(f"{path}: no such file or directory; name an existing path to scan")
        for item in walk(path, "" if name == "." else name):
            if isinstance(item, Handle):
                handles.append(item)
            else:
                missed.append(item)
    return handles, missed


def _context(settings: Settings, handles: list[Handle]) -> Context:
    name = settings.release or settings.paths[0].resolve().name or "release"
    store = None
    if settings.advisories is not None:
        from scanner.advisories.importing import open_store

        store = open_store(settings.advisories)
    return Context(
        identity.release(name),
        name,
        settings.as_of,
        {handle.path: handle for handle in handles},
        settings.trust,
        store,
        settings.with_pip_audit,
        settings.max_advisory_age,
    )


def _result(settings: Settings, graph: Graph, context: Context, names: tuple[str, ...]) -> ScanResult:
    from scanner.policy.evaluate import evaluate

    evaluation = evaluate(
        graph,
        settings.policies,
        as_of=settings.as_of,
        waivers=settings.waivers,
        baseline=settings.baseline,
        gate=settings.gate,
    )
    evaluation = replace(evaluation, verdicts={})  # the result keeps counts and findings; these name every artifact
    used = None
    if (store := context.advisories) is not None:
        used = AdvisoriesUsed(store.digest, store.snapshot_time, tuple(sorted(store.ecosystems)))
    seen = assemble.coverage(graph)
    verdict, exit_code = evaluation.verdict, evaluation.exit_code
    if seen.blobs == 0 and exit_code == 0:
        verdict, exit_code = "incomplete", 3
    return ScanResult(
        SCHEMA,
        assemble.tool(),
        settings.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
        settings.as_of_source,
        str(context.release),
        assemble.inputs(graph, names),
        settings.policies.used,
        settings.policies.parameters,
        TrustUsed(settings.trust.sha256, len(settings.trust.keys)) if settings.trust else None,
        used,
        _file_used(settings.waivers),
        _file_used(settings.baseline),
        settings.gate,
        verdict,
        exit_code,
        evaluation.blocking,
        evaluation.undecided,
        seen,
        tuple(assemble.artifact(view) for view in graph.views()),
        tuple(assemble.relationship(one) for one in graph.relationships()),
        evaluation.findings,
        evaluation.waivers,
        evaluation.rules,
        (*settings.policies.notices, *evaluation.notices),
    )


def _file_used(loaded: Waivers | Baseline | None) -> FileUsed | None:
    return None if loaded is None else FileUsed(loaded.where, loaded.digest)


def default_jobs() -> int:
    """The number of processors this process may use."""
    return max(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 1)
