"""DOT, the language of Graphviz: a drawing of the whole graph, or of what a trace found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scanner.reports import summary
from scanner.reports.summary import label
from scanner.reports.visible import visible
from scanner.result import ArtifactResult, RelationshipResult, ScanResult

_STYLES: Final = {
    "signed": 'color="#1b6b3a", penwidth=2.5',
    "matched": 'color="#0b5cad"',
    "declared": 'color="#55626f", style=dashed',
    "inferred": 'color="#55626f", style=dotted',
}


def render(result: ScanResult) -> bytes:
    """The whole graph (UTF-8); the verdict and what it rests on stand in comments above it."""
    return draw(result, result.artifacts, result.relationships)


def draw(result: ScanResult, artifacts: Iterable[ArtifactResult], relationships: Iterable[RelationshipResult]) -> bytes:
    """These artifacts and relationships, flowing from what things are made of to what uses them."""
    lines = [f"// {name}: {visible(text, 1000)}" for name, text in summary.facts(result).items() if text]
    lines += ["digraph lading {", '  rankdir="LR";', '  node [shape=box, fontname="sans-serif"];']
    numbers: dict[str, str] = {}
    for artifact in artifacts:
        numbers[artifact.id] = f"n{len(numbers)}"
        shape = "" if artifact.resolved else ", style=dashed"
        text = quoted(f"{artifact.kind}: {label(artifact, artifact.id)}")
        lines.append(f"  {numbers[artifact.id]} [label={text}, tooltip={quoted(artifact.id)}{shape}];")
    for one in relationships:
        if one.source in numbers and one.target in numbers:
            style = _STYLES.get(one.proof, _STYLES["inferred"])
            ends = f"{numbers[one.target]} -> {numbers[one.source]}"
            lines.append(f"  {ends} [label={quoted(f'{one.type} ({one.proof})')}, {style}];")
    lines.append("}")
    return ("\n".join(lines) + "\n").encode()


def quoted(text: str) -> str:
    """A DOT string: quotes and backslashes escaped, so that no text ends it or starts an escape such as ``\\N``."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
