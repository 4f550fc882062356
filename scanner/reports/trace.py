"""``lading trace``: what an artifact is made of (lineage), and what is made of it (blast radius)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.errors import UsageError
from scanner.reports import dot, summary
from scanner.reports.json_result import to_bytes
from scanner.reports.links import Links
from scanner.reports.lookup import find, find_alike
from scanner.reports.summary import label, plural
from scanner.reports.visible import log_safe, visible
from scanner.result import ArtifactResult, RelationshipResult, ScanResult, to_json

FORMATS: Final = ("text", "json", "dot")
CHAIN: Final = ("dataset", "run", "commit", "model", "image", "deployment")
"""The lanes from data to deployment, in the order in which they are printed."""
MAX_ROWS: Final = 500
"""Rows of one printed tree."""
SHOWN_NAMES: Final = 3
"""Names that one lane of the printed chain holds."""
FOLD_OVER: Final = 5
"""So many packages, files or layers under one artifact are printed one by one; more become a count."""

_FOLDED: Final = ("package", "file", "layer")
_ELSEWHERE: Final = ("derived_from", "version_of")
_EXPECTED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "model": {"trained_on": _ELSEWHERE, "generated_by": _ELSEWHERE},
    "run": {"used": ()},
    "image": {"built_from": ()},
    "deployment": {"runs": ("serves",)},
}
"""Relationships whose absence is a gap in the chain, by kind of the artifact they start from, and what does instead."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything above and below one artifact; relationships nearest first, each once."""

    artifact: ArtifactResult
    lineage: tuple[RelationshipResult, ...]
    used_by: tuple[RelationshipResult, ...]


def trace(result: ScanResult, what: str, format: str = "text") -> bytes:
    """The trace of the artifact that ``what`` names, as ``text``, ``json`` or ``dot`` (UTF-8).

    Text holds one trace after the other where several artifacts of one identity are meant: a model in several formats.
    Raises UsageError for an unknown format, and when ``what`` names no artifact or several.
    """
    if format not in FORMATS:
        raise UsageError(f"--format {format}: unknown format; choose one of {', '.join(FORMATS)}")
    links = Links(result)
    if format == "text":
        texts = [_text(result, follow(links, one), links) for one in find_alike(result, what)]
        return "\n".join("".join(f"{log_safe(line).rstrip()}\n" for line in text) for text in texts).encode()
    found = follow(links, find(result, what))
    if format == "json":
        return _json(result, found, links)
    return dot.draw(result, _artifacts(found, links), (*found.lineage, *found.used_by))


def follow(links: Links, artifact: ArtifactResult) -> Trace:
    """Walk the relationships from ``artifact`` in both directions."""
    down = _walk(artifact.id, links.outgoing, lambda one: one.target)
    up = _walk(artifact.id, links.incoming, lambda one: one.source)
    return Trace(artifact, tuple(down), tuple(up))


def _walk(
    start: str,
    steps: Callable[[str], Iterable[RelationshipResult]],
    far_end: Callable[[RelationshipResult], str],
) -> Iterator[RelationshipResult]:
    todo, seen = [start], {start}
    for id in todo:
        for one in steps(id):
            yield one
            if far_end(one) not in seen:
                seen.add(far_end(one))
                todo.append(far_end(one))


def _artifacts(found: Trace, links: Links) -> list[ArtifactResult]:
    ids = {found.artifact.id}
    for one in (*found.lineage, *found.used_by):
        ids |= {one.source, one.target}
    return [links.artifacts[id] for id in sorted(ids) if id in links.artifacts]


def _json(result: ScanResult, found: Trace, links: Links) -> bytes:
    return to_bytes(
        {
            "schema": "lading/trace/1",
            "result": summary.facts(result),
            "artifact": to_json(found.artifact),
            "chain": {kind: [item.id for item in items] for kind, items in _chain(found, links).items()},
            "lineage": to_json(found.lineage),
            "used_by": to_json(found.used_by),
            "missing": [
                {"artifact": item.id, "type": type} for item in _artifacts(found, links) for type in _gaps(item, links)
            ],
            "artifacts": to_json(_artifacts(found, links)),
        }
    )


def _chain(found: Trace, links: Links) -> dict[str, list[ArtifactResult]]:
    artifacts = _artifacts(found, links)
    return {kind: [item for item in artifacts if item.kind == kind] for kind in CHAIN}


def _gaps(artifact: ArtifactResult, links: Links) -> list[str]:
    """Relationships the artifact should have and has not; nothing is expected of content that was not seen."""
    present = {one.type for one in links.outgoing(artifact.id)}
    expected = _EXPECTED.get(artifact.kind, {}) if artifact.resolved else {}
    return [type for type, instead in expected.items() if present.isdisjoint((type, *instead))]


def _text(result: ScanResult, found: Trace, links: Links) -> Iterator[str]:
    artifact = found.artifact
    yield f"{artifact.kind} {label(artifact, artifact.id)}"
    yield f"  id        {visible(artifact.id)}"
    for location in artifact.locations[:FOLD_OVER]:
        yield f"  found at  {visible(location)}"
    if len(artifact.locations) > FOLD_OVER:
        yield f"  found at  {plural(len(artifact.locations) - FOLD_OVER, 'more place')}"
    if not artifact.resolved:
        yield "  its content was not seen in this scan"
    yield ""
    yield "from data to deployment"
    for kind, items in _chain(found, links).items():
        if not items and artifact.kind not in CHAIN:
            continue
        names = [label(item, item.id) for item in items[:SHOWN_NAMES]]
        names += [f"and {len(items) - SHOWN_NAMES} more"] if len(items) > SHOWN_NAMES else []
        yield f"  {kind:<11} {', '.join(names) or 'not recorded'}"
    yield ""
    yield "made of"
    yield from _tree(artifact.id, links, used_by=False)
    yield ""
    yield "used by"
    yield from _tree(artifact.id, links, used_by=True)
    yield ""
    facts = summary.facts(result)
    yield f"as of {facts['as_of']} · policy digest {facts['policy_digest'][:12]} · {facts['tool']}"
    yield summary.verdict_sentence(result)


@dataclass(frozen=True, slots=True)
class _Row:
    indent: str
    """Lines drawn in front of the row."""
    is_last: bool
    text: str
    id: str | None
    """The artifact to go on from; None for a row that ends its branch."""


def _tree(start: str, links: Links, *, used_by: bool) -> Iterator[str]:
    """A drawn tree, depth first; an artifact that was drawn before is named and not followed again."""
    drawn = {start}
    todo = _rows(start, "  ", links, drawn, used_by=used_by)[::-1]
    if not todo:
        yield "  nothing recorded"
    for _ in range(MAX_ROWS):
        if not todo:
            return
        row = todo.pop()
        again = row.id in drawn
        yield f"{row.indent}{'└─' if row.is_last else '├─'} {row.text}{' (see above)' if again else ''}"
        if row.id is not None and not again:
            drawn.add(row.id)
            indent = row.indent + ("   " if row.is_last else "│  ")
            todo += _rows(row.id, indent, links, drawn, used_by=used_by)[::-1]
    if todo:
        yield f"  … cut after {MAX_ROWS} rows: --format json holds them all"


def _rows(id: str, indent: str, links: Links, drawn: set[str], *, used_by: bool) -> list[_Row]:
    steps = sorted(links.incoming(id) if used_by else links.outgoing(id), key=lambda one: _order(one, links, used_by))
    groups: dict[tuple[str, str], list[RelationshipResult]] = {}
    for one in steps:
        groups.setdefault((one.type, links.kind(_far(one, used_by))), []).append(one)
    told: list[tuple[str, str | None]] = []
    for (type, kind), members in groups.items():
        if kind in _FOLDED and len(members) > FOLD_OVER:
            told.append((_folded(type, kind, members, used_by), None))
        else:
            told += [(_told(one, links, used_by), _far(one, used_by)) for one in members]
    artifact = links.artifacts.get(id)
    if artifact is not None and not used_by:
        told += [(f"{type}: not recorded", None) for type in _gaps(artifact, links)]
    return [_Row(indent, index == len(told) - 1, text, far) for index, (text, far) in enumerate(told)]


def _far(one: RelationshipResult, used_by: bool) -> str:
    return one.source if used_by else one.target


def _order(one: RelationshipResult, links: Links, used_by: bool) -> tuple[int, int, str, str]:
    """Models and lineage first, packages and files last."""
    kind = links.kind(_far(one, used_by))
    rank = CHAIN.index(kind) if kind in CHAIN else len(CHAIN)
    return _FOLDED.index(kind) + 1 if kind in _FOLDED else 0, rank, one.type, _far(one, used_by)


def _told(one: RelationshipResult, links: Links, used_by: bool) -> str:
    far = _far(one, used_by)
    artifact = links.artifacts.get(far)
    name = f"{links.kind(far)} {label(artifact, far)}".strip()
    sentence = f"{name} {one.type} it" if used_by else f"{one.type} {name}"
    unseen = " [content not seen]" if artifact is not None and not artifact.resolved else ""
    note = f", {visible(one.note)}" if one.note else ""
    return f"{sentence}{unseen}  ({one.proof}: {visible(one.location)}{note})"


def _folded(type: str, kind: str, members: list[RelationshipResult], used_by: bool) -> str:
    proofs = [one.proof for one in members]
    counts = ", ".join(f"{proofs.count(word)} {word}" for word in sorted(set(proofs)))
    many = plural(len(members), kind)
    return f"{many} {type} it  ({counts})" if used_by else f"{type} {many}  ({counts})"
