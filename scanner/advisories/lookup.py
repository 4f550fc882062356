"""The first engine: what the store says about one package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scanner.advisories import osv
from scanner.advisories.ecosystems import NotAuditable, Target, advisory_name, target_of
from scanner.advisories.matching import Evidence, Match, Undetermined, match
from scanner.advisories.merge import preference
from scanner.advisories.severity import worst
from scanner.advisories.store import Advisory, AdvisoryStore
from scanner.advisories.verdicts import LADING, AdvisoryMatch, PackageAudit, State
from scanner.advisories.versions import ascending, order_of
from scanner.advisories.versions.pypi import is_pep440

_STRONGEST_FIRST: Final[Sequence[Evidence]] = ("both", "versions", "range", "conflict")


@dataclass(frozen=True, slots=True)
class Hit:
    """One advisory that covers the version."""

    advisory: Advisory
    match: Match


@dataclass(frozen=True, slots=True)
class Hits:
    """``undetermined``: reasons, one per advisory that could not be compared; ``notes`` as in PackageAudit."""

    found: tuple[Hit, ...]
    undetermined: tuple[str, ...]
    notes: tuple[str, ...]


def audit_package(purl: str, store: AdvisoryStore) -> PackageAudit:
    """The verdict of the store alone."""
    target = target_of(purl)
    if isinstance(target, NotAuditable):
        return PackageAudit(purl, "unaudited", target.reason, ())
    hits = find_hits(store, target)
    advisories = merged(store, hits.found, target.ecosystem)
    state, reason = _state(store, target, advisories, hits.undetermined)
    notes = hits.notes
    if target.local:
        notes = (*notes, f"the local version +{target.local} was left out of the comparison")
    return PackageAudit(purl, state, reason, advisories, notes)


def find_hits(store: AdvisoryStore, target: Target) -> Hits:
    """Every advisory of the store against one package version."""
    order = order_of(target.ecosystem)
    legacy = target.ecosystem == "PyPI" and not is_pep440(target.version)
    found: dict[str, Hit] = {}
    undetermined: dict[str, str] = {}
    notes: set[str] = set()
    for advisory, affected in store.affected(target.ecosystem, advisory_name(target.ecosystem, target.name)):
        outcome = match(affected, target.version, order)
        if outcome is None and legacy and affected.ranges and not advisory.withdrawn:
            outcome = Undetermined("not a PEP 440 version")
        if isinstance(outcome, Match):
            if advisory.withdrawn or advisory.kind == osv.INFORMATIONAL:
                notes.add(f"{advisory.id} is {'withdrawn' if advisory.withdrawn else 'informational'}")
            else:
                found[advisory.id] = _united(found.get(advisory.id), Hit(advisory, outcome))
        elif isinstance(outcome, Undetermined):
            undetermined[advisory.id] = f"{advisory.id}: {outcome.reason}"
        elif advisory.kind == osv.MALICIOUS and not advisory.withdrawn:
            notes.add(f"{advisory.id} reports other versions under this name as malicious")
    reasons = tuple(reason for identifier, reason in sorted(undetermined.items()) if identifier not in found)
    return Hits(tuple(found[i] for i in sorted(found)), reasons, tuple(sorted(notes)))


def merged(store: AdvisoryStore, hits: Iterable[Hit], ecosystem: str) -> tuple[AdvisoryMatch, ...]:
    """One match per alias cluster, by id."""
    by_cluster: dict[str, list[Hit]] = {}
    for hit in hits:
        by_cluster.setdefault(hit.advisory.cluster, []).append(hit)
    return tuple(_merge(store, name, members, ecosystem) for name, members in sorted(by_cluster.items()))


def lookup(store: AdvisoryStore, purls: Iterable[str]) -> list[dict[str, Any]]:
    """The answer of ``lading advisories lookup``: one object per package URL, in the order given."""
    return [audit_package(purl, store).as_json() for purl in purls]


def _united(earlier: Hit | None, later: Hit) -> Hit:
    if earlier is None:
        return later
    first, second = earlier.match, later.match
    evidence = min(first.evidence, second.evidence, key=_STRONGEST_FIRST.index)
    fixed_in = tuple(dict.fromkeys(first.fixed_in + second.fixed_in))
    return Hit(later.advisory, Match(evidence, fixed_in, first.coarse and second.coarse))


def _merge(store: AdvisoryStore, cluster: str, hits: list[Hit], ecosystem: str) -> AdvisoryMatch:
    records = sorted(store.cluster(cluster), key=lambda record: preference(record.id))
    ids = {cluster} | {identifier for record in records for identifier in (record.id, *record.aliases)}
    fixes = (version for hit in hits for version in hit.match.fixed_in)
    rating = worst(record.rating for record in records)
    kinds = {hit.advisory.kind for hit in hits}
    return AdvisoryMatch(
        id=cluster,
        aliases=tuple(sorted(ids - {cluster}, key=preference)),
        fixed_in=ascending(fixes, order_of(ecosystem)),
        severity=rating.level,
        severity_source=rating.source,
        published=min((hit.advisory.published for hit in hits if hit.advisory.published), default=""),
        known_exploited=store.known_exploited(sorted(ids)) is not None,
        evidence=min((hit.match.evidence for hit in hits), key=_STRONGEST_FIRST.index),
        detected_by=(LADING,),
        summary=next((record.summary for record in records if record.summary), ""),
        kind=next(kind for kind in (osv.MALICIOUS, osv.VULNERABILITY, osv.UNSOUND) if kind in kinds),
        coarse=all(hit.match.coarse for hit in hits),
        review_status=next((hit.advisory.review_status for hit in hits if hit.advisory.review_status), ""),
        disputed=any(record.disputed for record in records),
    )


def _state(
    store: AdvisoryStore, target: Target, advisories: tuple[AdvisoryMatch, ...], undetermined: tuple[str, ...]
) -> tuple[State, str]:
    if any(entry.kind == osv.MALICIOUS for entry in advisories):
        return "malicious", "an advisory reports this version as malicious"
    if advisories:
        return "vulnerable", f"{len(advisories)} known " + ("flaw" if len(advisories) == 1 else "flaws")
    incompleteness = store.incompleteness(target.ecosystem)
    if undetermined:
        return "undetermined", "; ".join(undetermined)
    if incompleteness:
        return "unaudited", incompleteness
    return "clean", "no known flaw"
