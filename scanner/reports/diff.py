"""``lading diff``: what changed between two results, for people and for programs.

What the scans rest on comes first, so that a new rule or advisory is told from a new artifact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scanner.errors import UsageError
from scanner.model import Json
from scanner.reports import summary
from scanner.reports.comparison import Change, Comparison, FindingChange, RelationshipChange, compare
from scanner.reports.json_result import to_bytes
from scanner.reports.summary import compact, label, plural
from scanner.reports.visible import log_safe, sentence, visible
from scanner.result import ScanResult, to_json

FORMATS: Final = ("text", "json")
SHOWN: Final = 100
"""Lines that the text gives to one kind of change."""
_CROWDS: Final = ("contains", "depends_on")
"""Relationships that come and go in crowds: the text counts them."""


def diff(old: ScanResult, new: ScanResult, format: str = "text") -> bytes:
    """What changed from ``old`` to ``new``, as ``text`` or ``json`` (UTF-8). Raises UsageError for another format."""
    if format not in FORMATS:
        raise UsageError(f"--format {format}: unknown format; choose one of {', '.join(FORMATS)}")
    found = compare(old, new)
    if format == "json":
        return to_bytes(
            {"schema": "lading/diff/1", "old": summary.facts(old), "new": summary.facts(new), **_json(found)}
        )
    return "".join(f"{log_safe(line).rstrip()}\n" for line in _lines(old, new, found)).encode()


def _json(found: Comparison) -> dict[str, Json]:
    members: dict[str, Json] = to_json(found)
    relationships = [
        {"from": item.from_, "type": item.type, "to": item.to, "old": item.old, "new": item.new}
        for item in found.relationships
    ]
    return {**members, "relationships": relationships}


def _lines(old: ScanResult, new: ScanResult, found: Comparison) -> Iterator[str]:
    names = {item.id: f"{item.kind} {label(item, item.id)}" for one in (old, new) for item in one.artifacts}
    yield f"old  {summary.verdict_sentence(old)}, as of {old.as_of}"
    yield f"new  {summary.verdict_sentence(new)}, as of {new.as_of}"
    yield ""
    yield from _section("what the scans rest on", found.settings, [_setting(item) for item in found.settings])
    told = [line for item in found.findings for line in _finding(item, names)]
    yield from _section("findings", found.findings, told)
    yield from _section("artifacts", found.artifacts, [_artifact(item) for item in found.artifacts])
    yield from _section("lineage", found.relationships, _relationships(found.relationships, names))
    yield from _section("how models were made", found.making, [_making(item) for item in found.making])
    told = [_evidence(item, names) for item in found.evidence]
    yield from _section("evidence", found.evidence, told)
    told = [f"{_sign(item.old, item.new)} {visible(item.name)}" for item in found.coverage]
    yield from _section("not examined", found.coverage, told)


def _section(title: str, changes: Sequence[object], lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {plural(len(changes), 'change') if changes else 'no change'}"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  … {plural(len(lines) - SHOWN, 'more line')}: --format json holds them all"
    yield ""


def _sign(old: Json, new: Json) -> str:
    return "+" if old is None else "-" if new is None else "~"


def _name(id: str, names: Mapping[str, str]) -> str:
    return names.get(id) or visible(id)


def _setting(change: Change) -> str:
    sign = _sign(change.old, change.new)
    values = [compact(value) for value in (change.old, change.new) if value is not None]
    return f"{sign} {change.what} {visible(change.name)}: {' → '.join(values)}"


def _evidence(change: Change, names: Mapping[str, str]) -> str:
    subject = f"{_sign(change.old, change.new)} {_name(change.what, names)}: {visible(change.name)}"
    if isinstance(change.old, Mapping) and isinstance(change.new, Mapping):
        old, new = change.old, change.new
        told = [f"{visible(key)} {_value(old.get(key))} → {_value(new.get(key))}" for key in sorted({*old, *new})
                if old.get(key) != new.get(key)]  # fmt: skip
        return f"{subject} {', '.join(told)}"
    return f"{subject} {_value(change.old)} → {_value(change.new)}"


def _making(change: Change) -> str:
    old, new = _value(change.old), _value(change.new)
    return f"{_sign(change.old, change.new)} {visible(change.what)}: {visible(change.name)} {old} → {new}"


def _value(value: Json) -> str:
    return "absent" if value is None else compact(value)


def _finding(change: FindingChange, names: Mapping[str, str]) -> Iterator[str]:
    finding = change.finding
    states = " → ".join(word for word in (change.old, change.new) if word)
    yield f"{_sign(change.old, change.new)} {states} {visible(finding.rule)}: {sentence(finding.title)}"
    yield f"    {_name(finding.subject, names)} {sentence(finding.message)}  (because of: {change.cause})"


def _artifact(change: Change) -> str:
    old, new = (value if isinstance(value, Mapping) else {} for value in (change.old, change.new))
    shown = new or old
    name = f"{_sign(change.old, change.new)} {change.what} {compact(shown['name'])}"
    if old and new:
        told = [f"{key} {compact(old[key])} → {compact(new[key])}" for key in old if old[key] != new[key]]
        return f"{name}: {'; '.join(told)}"
    return f"{name} {compact(shown['version'] or '')}".rstrip() + f"  ({compact(shown['id'])})"


def _relationships(changes: Sequence[RelationshipChange], names: Mapping[str, str]) -> list[str]:
    crowds = Counter((_sign(item.old, item.new), item.type) for item in changes if item.type in _CROWDS)
    told = []
    for item in changes:
        if item.type not in _CROWDS:
            proofs = " → ".join(word for word in (item.old, item.new) if word)
            ends = f"{_name(item.from_, names)} {item.type} {_name(item.to, names)}"
            told.append(f"{_sign(item.old, item.new)} {ends}  ({proofs})")
    return told + [f"{sign} {plural(count, 'relationship')} {type}" for (sign, type), count in sorted(crowds.items())]
