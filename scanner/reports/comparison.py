"""What changed between two results, artifact by artifact and finding by finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from scanner.model import Json
from scanner.reports import making, summary
from scanner.reports.causes import Touched
from scanner.reports.pairing import pairs
from scanner.result import ArtifactResult, Finding, ScanResult, to_json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs; ``old`` is None for something added, ``new`` for something removed."""

    what: str
    name: str
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class RelationshipChange:
    """A relationship that was added, removed or is proved otherwise; ``old`` and ``new`` are proof classes."""

    from_: str
    type: str
    to: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that is new, gone, or judged otherwise; ``cause`` is one of :data:`scanner.reports.causes.CAUSES`."""

    finding: Finding
    old: str | None
    new: str | None
    """Disposition in either result; None where the finding is absent."""
    cause: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs; every member is sorted and empty when nothing differs."""

    settings: tuple[Change, ...]
    """Time, tool, policies, parameters, trust, advisories, waivers and rules: what the scans rest on."""
    findings: tuple[FindingChange, ...]
    artifacts: tuple[Change, ...]
    relationships: tuple[RelationshipChange, ...]
    making: tuple[Change, ...]
    """How models of both results were made: runs, commits, data, parameters, results, packages, approvals."""
    evidence: tuple[Change, ...]
    """Groups that differ; ``what`` is the id of the artifact in the newer result. A null value counts as absent."""
    coverage: tuple[Change, ...]
    """Places that were not examined in one of the results only."""


def compare(old: ScanResult, new: ScanResult) -> Comparison:
    """What changed from ``old`` to ``new``. Artifacts are paired by id, else by kind and identity."""
    paired = pairs(old.artifacts, new.artifacts)
    both = [(before, after) for before, after in paired if before is not None and after is not None]
    renamed = {before.id: after.id for before, after in both}
    settings = tuple(_settings(old, new))
    artifacts = [change for before, after in paired for change in _artifact(before, after)]
    evidence = [change for before, after in both for change in _by_key(before.evidence, after.evidence, after.id)]
    missing = [change for before, after in both for change in _by_key(before.missing, after.missing, after.id)]
    relationships = tuple(_relationships(old, new, renamed))
    touched = Touched(
        renamed,
        settings=frozenset((item.what, item.name) for item in settings),
        one_sided=frozenset(
            {item.id for one in (old, new) for item in one.artifacts}.difference(renamed, renamed.values())
        ),
        content=frozenset(after.id for before, after in both if before.id != after.id),
        advised=frozenset(item.what for item in evidence if item.name in ("audit", "vulnerabilities")),
        evidence=frozenset(item.what for item in (*evidence, *missing)),
        linked=frozenset(end for item in relationships for end in (item.from_, item.to)),
    )
    return Comparison(
        settings=settings,
        findings=tuple(_findings(old, new, touched)),
        artifacts=tuple(artifacts),
        relationships=relationships,
        making=tuple(Change(*change) for change in making.changes(old, new)),
        evidence=tuple(evidence),
        coverage=tuple(_by_key(_places(old), _places(new), "not examined")),
    )


def _change(what: str, name: str, old: Json, new: Json) -> list[Change]:
    return [] if old == new else [Change(what, name, old, new)]


def _by_key(old: Mapping[str, Json], new: Mapping[str, Json], what: str) -> list[Change]:
    return [change for key in sorted({*old, *new}) for change in _change(what, key, old.get(key), new.get(key))]


def _artifact(before: ArtifactResult | None, after: ArtifactResult | None) -> list[Change]:
    some = after or before
    assert some is not None
    return _change(some.kind, some.identity, _shape(before), _shape(after))


def _shape(artifact: ArtifactResult | None) -> Json:
    """What makes two artifacts of one identity different."""
    if artifact is None:
        return None
    return {
        "id": artifact.id,
        "name": artifact.name,
        "version": artifact.version,
        "resolved": artifact.resolved,
        "locations": list(artifact.locations),
    }


def _places(result: ScanResult) -> dict[str, Json]:
    return {f"{item.location} ({item.component})": item.reason for item in result.coverage.not_examined}


def _settings(old: ScanResult, new: ScanResult) -> Iterator[Change]:
    def members(what: str, items: Callable[[ScanResult], Iterable[T]], key: Callable[[T], str]) -> list[Change]:
        before, after = ({key(item): to_json(item) for item in items(one)} for one in (old, new))
        return _by_key(before, after, what)

    for name in ("as_of", "gate", "release"):
        yield from _change("scan", name, getattr(old, name), getattr(new, name))
    yield from _change("scan", "tool", f"{old.tool.name} {old.tool.version}", f"{new.tool.name} {new.tool.version}")
    yield from members("plugin", lambda one: one.tool.plugins, lambda plugin: plugin.name)
    yield from members("policy", lambda one: one.policy, lambda policy: policy.name)
    yield from members("parameter", lambda one: one.parameters, lambda item: f"{item.bundle}:{item.name}")
    yield from _change("trust", "trust file", to_json(old.trust), to_json(new.trust))
    yield from _change("waivers", "waiver file", to_json(old.waiver_file), to_json(new.waiver_file))
    yield from _change("baseline", "baseline", to_json(old.baseline), to_json(new.baseline))
    yield from _change("advisories", "advisories", to_json(old.advisories), to_json(new.advisories))
    yield from members("waiver", lambda one: one.waivers, lambda waiver: waiver.id)
    yield from _by_key(_rules(old), _rules(new), "rule")


def _rules(result: ScanResult) -> dict[str, Json]:
    """What every rule says and does, without how often it passed."""
    return {
        rule.id: {"title": rule.title, "severity": rule.severity, "action": rule.action, "reason": rule.reason}
        for rule in result.rules
    }


def _relationships(old: ScanResult, new: ScanResult, renamed: Mapping[str, str]) -> Iterator[RelationshipChange]:
    before = {
        (renamed.get(item.source, item.source), item.type, renamed.get(item.target, item.target)): item.proof
        for item in old.relationships
    }
    after = {(item.source, item.type, item.target): item.proof for item in new.relationships}
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield RelationshipChange(*key, before.get(key), after.get(key))


def _findings(old: ScanResult, new: ScanResult, touched: Touched) -> list[FindingChange]:
    before, after = _by_fingerprint(old), _by_fingerprint(new)
    changes = []
    for fingerprint in {*before, *after}:
        was, now = before.get(fingerprint), after.get(fingerprint)
        some = now or was
        if some is not None and (was is None or now is None or was[0] != now[0]):
            cause = touched.cause(some[1], in_both=was is not None and now is not None)
            changes.append(FindingChange(some[1], was and was[0], now and now[0], cause))
    return sorted(changes, key=_weight)


def _by_fingerprint(result: ScanResult) -> dict[str, tuple[str, Finding]]:
    """The weightiest finding of every fingerprint, with its disposition."""
    return {finding.fingerprint: (word, finding) for word, finding in reversed(summary.ordered(result))}


def _weight(change: FindingChange) -> tuple[bool, int, str, str]:
    """New and changed findings first, worst first."""
    word = change.new or change.old or ""
    return change.new is None, summary.DISPOSITIONS.index(word), change.finding.rule, change.finding.fingerprint
