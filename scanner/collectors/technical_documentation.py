"""Technical documentation of an AI system, as Annex IV of Regulation (EU) 2024/1689 asks for it.

No standard gives such a document a file format. It is known by its name; what it says of itself is read from YAML, JSON or
the front matter of Markdown: ``updated``, ``models`` and ``datasets``. A model or data set is named by plain name, or by a
mapping with ``sha256``, ``path`` or ``name``; of data, ``collected_to`` is the end of its collection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import json_bounded, yaml_events
from scanner.records.markdown import front_matter
from scanner.records.plain import Plain, mapping, sequence, text
from scanner.records.secrets import redact
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "technical_documentation"
VERSION: Final = "1"
LIMIT: Final = 4 << 20
SUBJECTS: Final = 1_000
"""Models, and data sets, told of one document."""
_STEM: Final = re.compile(
    r"(?:[a-z0-9]+[ _\-])*(?:technical[ _\-]documentation|annex[ _\-](?:iv|4))(?:[ _\-][a-z0-9]+)*\Z"
)
_MARKDOWN: Final = (".md", ".markdown")
_YAML: Final = (".yaml", ".yml")
_PLAIN: Final = (".pdf", ".docx", ".odt", ".html", ".rst", ".adoc", ".txt")
_DATES: Final = ("updated", "last_updated", "date")


def wants(blob: Blob) -> bool:
    """A document that is called technical documentation or Annex IV."""
    stem, dot, ending = blob.name.lower().rpartition(".")
    return f"{dot}{ending}" in (*_MARKDOWN, *_YAML, *_PLAIN, ".json") and len(stem) < 100 and bool(_STEM.match(stem))


def collect(blob: Blob) -> Evidence:
    """The document and what it describes. Raises NotExaminable for broken YAML, JSON or front matter."""
    fields = _fields(blob)
    builder = EvidenceBuilder(NAME)
    document = builder.artifact(identity.placed("document", blob.path), blob.location, name=blob.path)
    builder.state(document, "role", "technical_documentation", blob.location)
    for key in _DATES:
        if (time := from_text(text(fields.get(key)))) is not None:
            builder.state(document, "updated", time, blob.at(key))
            break
    for key, kind in (("models", "model"), ("datasets", "dataset")):
        entries = sequence(fields.get(key)) or ([fields[key]] if fields.get(key) else [])
        if len(entries) > SUBJECTS:
            raise NotExaminable(OVER_LIMIT, f"more than {SUBJECTS} {key} in a document")
        for number, entry in enumerate(entries):
            _state_subject(builder, blob, document, kind, entry, blob.at(f"{key}[{number}]"))
    return builder.build()


def _fields(blob: Blob) -> Mapping[str, Plain]:
    name = blob.name.lower()
    if name.endswith(_MARKDOWN):
        return front_matter(blob.text(LIMIT))
    if name.endswith(_YAML):
        return mapping(yaml_events.load(blob.text(LIMIT)))
    return mapping(json_bounded.loads(blob.text(LIMIT))) if name.endswith(".json") else {}


def _state_subject(
    builder: EvidenceBuilder, blob: Blob, document: ArtifactRef, kind: str, entry: Plain, place: Location
) -> None:
    found = _subject(blob, kind, entry)
    if found is None:
        builder.missed(place, UNREADABLE, f"{kind} without a name, a path inside the scan or a digest")
        return
    ref, proof = found
    fields = mapping(entry)
    builder.artifact(ref, name=redact(text(entry) or text(fields.get("name")) or "") or None, resolved=False)
    builder.relate(ref, "described_by", document, proof, place)
    if kind == "dataset" and (end := from_text(text(fields.get("collected_to")))) is not None:
        builder.state(ref, "as_of", {"time": end, "basis": "record"}, place)
        date: Json = {"id": "collected", "what": "end of collection", "time": end, "basis": "record"}
        builder.state(ref, "dates", [date], place)


def _subject(blob: Blob, kind: str, entry: Plain) -> tuple[ArtifactRef, Proof] | None:
    """What an entry means, by the strongest of its names."""
    fields = mapping(entry)
    if (digest := identity.hex_digest("sha256", text(fields.get("sha256")) or "")) is not None:
        return identity.content(kind, digest), Proof.MATCHED
    if (path := identity.beside(blob.path, text(fields.get("path")) or "")) is not None:
        return identity.at_path(kind, path), Proof.INFERRED
    name = text(entry) or text(fields.get("name"))
    return (identity.named(kind, redact(name)), Proof.DECLARED) if name is not None else None
