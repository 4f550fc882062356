"""The audit of packages: our own matching, pip-audit as second opinion on Python packages, differences kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scanner.advisories.ecosystems import Target, target_of
from scanner.advisories.engines.pip_audit_cli import Judged, NotJudged, Opinion, Pin, Reported, run_pip_audit
from scanner.advisories.lookup import Hit, audit_package, merged
from scanner.advisories.matching import Match
from scanner.advisories.store import AdvisoryStore
from scanner.advisories.verdicts import (
    PIP_AUDIT,
    AdvisoryMatch,
    Disagreement,
    PackageAudit,
    PackageQuery,
    SecondOpinion,
)
from scanner.advisories.versions import PYPI, ascending


def audit(packages: Sequence[PackageQuery], store: AdvisoryStore, *, with_pip_audit: bool = True) -> list[PackageAudit]:
    """One verdict per package, in the order given.

    A second opinion adds findings and disagreements; its absence never turns into a better verdict, because the first
    engine's answer stands.
    """
    audits = [audit_package(package.purl, store) for package in packages]
    if not with_pip_audit:
        return audits
    pins = [_pin(package.purl) for package in packages]
    opinions = run_pip_audit({pin for pin in pins if pin}, store)
    return [_with_opinion(own, opinions[pin], store) if pin else own for own, pin in zip(audits, pins, strict=True)]


def _pin(purl: str) -> Pin | None:
    target = target_of(purl)
    return (target.name, target.version) if isinstance(target, Target) and target.ecosystem == "PyPI" else None


def _with_opinion(own: PackageAudit, opinion: Opinion, store: AdvisoryStore) -> PackageAudit:
    if isinstance(opinion, NotJudged):
        return replace(own, second_opinion=SecondOpinion(False, opinion.reason))
    theirs = _by_cluster(opinion, store)
    ours = {entry.id: entry for entry in own.advisories}
    confirmed = {
        name: replace(entry, detected_by=(*entry.detected_by, PIP_AUDIT)) if name in theirs else entry
        for name, entry in ours.items()
    }
    added = {name: _their_match(name, flaw, store) for name, flaw in theirs.items() if name not in ours}
    advisories = confirmed | added
    return replace(
        own,
        state="vulnerable" if added and own.state not in ("vulnerable", "malicious") else own.state,
        reason="only pip-audit reports a known flaw" if added and not ours else own.reason,
        advisories=tuple(advisories[name] for name in sorted(advisories)),
        second_opinion=SecondOpinion(True),
        disagreements=_disagreements(ours, theirs),
    )


def _by_cluster(opinion: Judged, store: AdvisoryStore) -> dict[str, Reported]:
    """Their flaws under our cluster names; a flaw we do not know keeps its first id."""
    found: dict[str, Reported] = {}
    for flaw in opinion.reported:
        known = (store.advisory(identifier) for identifier in flaw.ids)
        name = next((advisory.cluster for advisory in known if advisory), flaw.ids[0])
        earlier = found.get(name)
        found[name] = Reported(earlier.ids + flaw.ids, earlier.fixed_in + flaw.fixed_in) if earlier else flaw
    return found


def _their_match(name: str, flaw: Reported, store: AdvisoryStore) -> AdvisoryMatch:
    fixed_in = ascending(flaw.fixed_in, PYPI)
    records = store.cluster(name)
    if records:
        match = merged(store, [Hit(record, Match("range", fixed_in)) for record in records], "PyPI")[0]
        return replace(match, evidence=None, detected_by=(PIP_AUDIT,))
    return AdvisoryMatch(
        id=name,
        aliases=tuple(sorted(set(flaw.ids) - {name})),
        fixed_in=fixed_in,
        severity="unknown",
        severity_source="",
        published="",
        known_exploited=store.known_exploited(flaw.ids) is not None,
        evidence=None,
        detected_by=(PIP_AUDIT,),
        summary="",
    )


def _disagreements(ours: Mapping[str, AdvisoryMatch], theirs: Mapping[str, Reported]) -> tuple[Disagreement, ...]:
    rows = []
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs or name not in ours:
            rows.append(Disagreement(name, "presence", _words(name in ours), _words(name in theirs)))
            continue
        known_to_them = {PYPI.canonical(version) for version in theirs[name].fixed_in}
        if any(PYPI.canonical(version) not in known_to_them for version in ours[name].fixed_in):
            listed = (", ".join(ours[name].fixed_in), ", ".join(theirs[name].fixed_in) or "no fix")
            rows.append(Disagreement(name, "fixed_in", *listed))
    return tuple(rows)


def _words(reported: bool) -> str:
    return "reported" if reported else "not reported"
