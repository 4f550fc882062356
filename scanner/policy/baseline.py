"""The baseline: debt that was taken over, recognised again by fingerprint (policy format, section 12)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from scanner.errors import PolicyError
from scanner.policy.documents import SEVERITIES
from scanner.policy.schema import validate
from scanner.policy.yaml_loader import Document, load_file
from scanner.result import Finding

SCHEMA: Final = "baseline/v1"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One known finding; ``item`` and ``culprit`` are identities for the reader."""

    fingerprint: str
    rule: str
    item: str
    culprit: str
    first_seen: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline file: entries sorted by fingerprint."""

    created: str
    tool: str
    policy_digest: str
    entries: tuple[Entry, ...]
    where: str = ""
    digest: str = ""

    @property
    def fingerprints(self) -> frozenset[str]:
        """The fingerprints of all known findings."""
        return frozenset(entry.fingerprint for entry in self.entries)


def load_baseline(path: Path) -> Baseline:
    """Load a baseline file (``.json`` or YAML). Raises PolicyError."""
    return read_baseline(load_file(path, path.name))


def read_baseline(document: Document) -> Baseline:
    """The baseline in a loaded document. Raises PolicyError."""
    value = validate(document, SCHEMA)
    entries = [
        Entry(one["fingerprint"], one["rule"], one["item"], one.get("culprit", ""), one.get("first_seen", ""))
        for one in value["findings"]
    ]
    if len({entry.fingerprint for entry in entries}) != len(entries):
        raise PolicyError(f"{document.where}: a fingerprint is listed twice; write the baseline again")
    return Baseline(
        value["created"],
        value["tool"],
        value["policy_digest"],
        tuple(sorted(entries)),
        document.where,
        document.digest,
    )


def known_now(
    findings: Iterable[Finding], identities: Mapping[str, str], as_of: datetime, *, never: Iterable[str] = ()
) -> tuple[Entry, ...]:
    """Entries for all failing findings, except those of the severities in ``never``.

    ``identities`` gives the stable identity for an artifact id. Unknowns and errors are never taken over.
    """
    kept_out = frozenset(never)
    for word in sorted(kept_out - set(SEVERITIES)):
        raise PolicyError(f"--never {word}: no such severity; use one of {', '.join(SEVERITIES)}")
    day = as_of.astimezone(UTC).date().isoformat()
    found = {
        one.fingerprint: Entry(
            one.fingerprint, one.rule, identities.get(one.subject, ""), _culprit(one, identities), day
        )
        for one in findings
        if one.verdict == "fail" and one.severity not in kept_out
    }
    return tuple(found[key] for key in sorted(found))


def _culprit(finding: Finding, identities: Mapping[str, str]) -> str:
    return finding.about or (identities.get(finding.path[-1].target, "") if finding.path else "")


def updated(old: Baseline, entries: Iterable[Entry], *, allow_growth: bool = False) -> tuple[Entry, ...]:
    """The old entries that still hold, with their first day; new ones only with ``allow_growth``."""
    before = {entry.fingerprint: entry for entry in old.entries}
    kept = [before.get(entry.fingerprint, entry) for entry in entries]
    return tuple(sorted(entry for entry in kept if allow_growth or entry.fingerprint in before))


def dumps(entries: Iterable[Entry], *, created: datetime, tool: str, policy_digest: str) -> str:
    """The text of a baseline file."""
    stamp = created.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    findings = []
    for entry in sorted(entries):
        one = {"fingerprint": entry.fingerprint, "rule": entry.rule, "item": entry.item}
        optional = {"culprit": entry.culprit, "first_seen": entry.first_seen}
        findings.append(one | {key: value for key, value in optional.items() if value})
    document = {"schema": SCHEMA, "created": stamp, "tool": tool, "policy_digest": policy_digest, "findings": findings}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
