"""What every report says in the same words: the verdict, both counts, what they rest on, and the order of findings."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from scanner.model import Json
from scanner.reports.visible import visible
from scanner.result import ArtifactResult, FileUsed, Finding, ScanResult

SEVERITIES: Final = ("critical", "high", "medium", "low", "unknown")
DISPOSITIONS: Final = ("blocked", "undecided", "warning", "known", "not yet effective", "waived")
"""What a finding does to the release, worst first."""

_VERDICTS: Final = {"pass": "May ship", "fail": "Blocked", "incomplete": "Incomplete"}
_EXIT_CODES: Final = {
    0: "every blocking rule passed",
    1: "policy failed",
    2: "usage or configuration error",
    3: "incomplete",
    4: "internal error",
}
_PLACE: Final = re.compile(r"(?P<path>.+?) \((?P<at>[^()]*)\)", re.DOTALL)
_LINE: Final = re.compile(r"line (\d{1,9})\b")


def plural(count: int, singular: str, plural: str = "") -> str:
    """``1 finding``, ``2 findings``."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def verdict_word(result: ScanResult) -> str:
    """``May ship``, ``Blocked`` or ``Incomplete``."""
    return _VERDICTS.get(result.verdict, result.verdict)


def verdict_sentence(result: ScanResult) -> str:
    """The verdict with both counts and the number of places that were not examined."""
    return (
        f"{verdict_word(result)}: {plural(result.blocking, 'blocking finding')}, {result.undecided} undecided, "
        f"{plural(len(result.coverage.not_examined), 'place')} not examined"
    )


def exit_meaning(result: ScanResult) -> str:
    """What the exit code means, in words; a 0 that was asked for is not called a pass."""
    if result.exit_code == 0 and result.verdict != "pass":
        return f"{'policy failed' if result.verdict == 'fail' else 'incomplete'}; 0 because --exit-zero asked for it"
    return _EXIT_CODES.get(result.exit_code, "unknown exit code")


def ordered(result: ScanResult) -> list[tuple[str, Finding]]:
    """Every finding with its disposition: worst disposition first, then severity, rule and id."""

    def place(item: tuple[str, Finding]) -> tuple[int, int, str, str]:
        word, finding = item
        severity = SEVERITIES.index(finding.severity) if finding.severity in SEVERITIES else len(SEVERITIES)
        return DISPOSITIONS.index(word), severity, finding.rule, finding.id

    told = [(_disposition(index, finding, result), finding) for index, finding in enumerate(result.findings)]
    return sorted(told, key=place)


def _disposition(index: int, finding: Finding, result: ScanResult) -> str:
    """One of :data:`DISPOSITIONS`. ``known``: would block, but is in the baseline and only new findings count.

    A result lists its findings in the order of the gate: first the :attr:`ScanResult.blocking` ones that block, then
    the :attr:`ScanResult.undecided` ones. Only the policy knows what a verdict of unknown means for a rule.
    """
    if index < result.blocking:
        return "blocked"
    if index < result.blocking + result.undecided:
        return "undecided"
    if finding.verdict == "waived":
        return "waived"
    if finding.verdict == "not_yet_effective":
        return "not yet effective"
    return "known" if finding.verdict == "fail" and finding.action == "block" else "warning"


def label(artifact: ArtifactResult | None, id: str) -> str:
    """Name and version of an artifact for people; its id when the result does not hold it."""
    if artifact is None:
        return visible(id)
    return visible(artifact.name) + (f" {visible(artifact.version)}" if artifact.version else "")


def compact(value: Json, limit: int = 160) -> str:
    """A value on one line: text as it is, everything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return visible(text, limit)


def release_label(result: ScanResult) -> str:
    """Name and version of the release for people."""
    return label(next((item for item in result.artifacts if item.id == result.release), None), result.release)


@dataclass(frozen=True, slots=True)
class Place:
    """A location taken apart. ``file`` is what lies on disk, ``path`` includes members of containers."""

    path: str
    file: str
    at: str
    line: int | None


def place_of(location: str) -> Place:
    """The parts of a location of the result: ``outer!inner (line 7)``."""
    match = _PLACE.fullmatch(location)
    path, at = (match["path"], match["at"]) if match else (location, "")
    line = _LINE.search(at)
    file = path.partition("!")[0]
    return Place(path, file, at, max(1, int(line[1])) if line and file == path else None)


def uri(path: str, safe: str = "/") -> str:
    """A relative URI reference (RFC 3986) for a path of the scan; ``safe`` names further characters that stay."""
    quoted = quote(path.encode("utf-8", "surrogatepass"), safe=safe)
    return quoted.lstrip("/") or "."


def short(digest: str) -> str:
    """The first twelve hex digits of a digest, without the name of its algorithm."""
    return visible(digest.rpartition(":")[2][:12])


def policy_digest(result: ScanResult) -> str:
    """One sha256 (hex) over the names, versions and digests of all policies."""
    lines = sorted(f"{item.name}\0{item.version}\0{item.digest}\n" for item in result.policy)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def release_digest(result: ScanResult) -> str:
    """The sha256 (hex) of the release, or one over the digests of the scanned inputs."""
    for artifact in result.artifacts:
        if artifact.id == result.release and "sha256" in artifact.digests:
            return artifact.digests["sha256"]
    lines = sorted(f"{item.path}\0{item.digest}\n" for item in result.inputs)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def document_id(result: ScanResult, purpose: str) -> uuid.UUID:
    """The UUID (version 5) of a document about this release: equal for equal release, purpose and time of the scan."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"lading:{purpose}:{release_digest(result)}:{result.as_of}")


def _file(used: FileUsed | None) -> str:
    return "none" if used is None else f"{used.name} {used.digest}"


def facts(result: ScanResult) -> dict[str, str]:
    """What every format carries, as pairs of name and text, in a fixed order."""
    advisories = result.advisories
    return {
        "tool": f"{result.tool.name} {result.tool.version}",
        "release": result.release,
        "release_digest": release_digest(result),
        "as_of": f"{result.as_of} ({result.as_of_source})",
        "policy": ", ".join(f"{item.name} {item.version} {item.digest}" for item in result.policy) or "none",
        "policy_digest": policy_digest(result),
        "parameters": ", ".join(f"{item.bundle}:{item.name}={compact(item.value)}" for item in result.parameters),
        "trust": result.trust.digest if result.trust else "none",
        "advisories": f"{advisories.digest} of {advisories.snapshot_time or 'unknown time'}" if advisories else "none",
        "waiver_file": _file(result.waiver_file),
        "baseline": _file(result.baseline),
        "gate": result.gate,
        "verdict": result.verdict,
        "exit_code": str(result.exit_code),
        "blocking": str(result.blocking),
        "undecided": str(result.undecided),
        "not_examined": str(len(result.coverage.not_examined)),
    }
