"""What the audit of one package says; plain data for enrichers and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from scanner.advisories.matching import Evidence

LADING: Final = "lading"
PIP_AUDIT: Final = "pip-audit"

State = Literal["clean", "vulnerable", "malicious", "unaudited", "undetermined"]


@dataclass(frozen=True, slots=True)
class PackageQuery:
    """A package to audit, by package URL with version."""

    purl: str


@dataclass(frozen=True, slots=True)
class AdvisoryMatch:
    """One flaw of one package: all records that are aliases of each other.

    ``id`` is the best-known id (CVE before GHSA before database ids), ``aliases`` the others. ``fixed_in`` lists fixed
    versions above the installed one, ascending; empty: no fix is known. ``severity``: critical, high, medium, low or
    unknown, with where it comes from. ``published``: the earliest, RFC 3339, empty when not known. ``kind``:
    vulnerability, unsound or malicious. ``evidence`` is None for a flaw that only the second engine reports.
    """

    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]
    severity: str
    severity_source: str
    published: str
    known_exploited: bool
    evidence: Evidence | None
    detected_by: tuple[str, ...]
    summary: str
    kind: str = "vulnerability"
    coarse: bool = False
    review_status: str = ""
    disputed: bool = False
    withdrawn: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object of ``lading advisories lookup --format json``."""
        return {
            "id": self.id,
            "aliases": list(self.aliases),
            "fixed_in": list(self.fixed_in),
            "severity": self.severity,
            "severity_source": self.severity_source,
            "published": self.published or None,
            "known_exploited": self.known_exploited,
            "evidence": self.evidence,
            "detected_by": list(self.detected_by),
            "kind": self.kind,
            "summary": self.summary,
        }


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the engines differ about one flaw: ``what`` is ``presence`` or ``fixed_in``, then what each says."""

    id: str
    what: Literal["presence", "fixed_in"]
    lading: str
    pip_audit: str


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Whether pip-audit judged the package; ``reason`` says why not."""

    answered: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PackageAudit:
    """The verdict on one package. ``notes`` are worth telling but no finding: withdrawn, unmaintained, name history."""

    purl: str
    state: State
    reason: str
    advisories: tuple[AdvisoryMatch, ...]
    notes: tuple[str, ...] = ()
    second_opinion: SecondOpinion | None = None
    disagreements: tuple[Disagreement, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object of ``lading advisories lookup --format json``."""
        return {
            "purl": self.purl,
            "state": self.state,
            "reason": self.reason,
            "advisories": [entry.as_json() for entry in self.advisories],
            "notes": list(self.notes),
        }
