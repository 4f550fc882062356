"""Model cards and data sheets: Markdown with the front matter of Hugging Face cards.

A card describes what lies in its folder; which files that is, is found out by the grouping of files into models. Data and
base models are named by plain names: what the card says is declared, and joins nothing by itself.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Proof
from scanner.records.licences import licence_ids
from scanner.records.markdown import front_matter, section
from scanner.records.plain import Plain, mapping, mappings, text, texts
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "model_card"
VERSION: Final = "1"
LIMIT: Final = 4 << 20
NAMED: Final = 1_000
"""Data sets and base models told of one card."""
_NAMES: Final = {
    "readme.md": None,
    "model_card.md": "model",
    "modelcard.md": "model",
    "dataset_card.md": "dataset",
    "datasheet.md": "dataset",
}
_MODEL_KEYS: Final = frozenset(
    {"pipeline_tag", "library_name", "base_model", "model-index", "model_name", "inference", "widget", "datasets"}
)
_DATA_KEYS: Final = frozenset(
    {"dataset_info", "task_categories", "task_ids", "size_categories", "annotations_creators", "language_creators"}
    | {"source_datasets", "pretty_name"}
)
_WEIGHTS: Final = ("config.json", "adapter_config.json", "model.safetensors", "MLmodel", "model.onnx")
_USE: Final = re.compile(r"\bintended\s+uses?\b", re.IGNORECASE)


def wants(blob: Blob) -> bool:
    """A document with a card's name that begins with front matter."""
    return blob.name.lower() in _NAMES and blob.head.startswith((b"---\n", b"---\r\n", b"---  ", b"--- "))


def collect(blob: Blob) -> Evidence:
    """What the card says; nothing for a document that is none. Raises NotExaminable for broken front matter."""
    builder = EvidenceBuilder(NAME)
    document = blob.text(LIMIT)
    fields = front_matter(document)
    kind = _subject(blob, fields)
    if kind is not None:
        outer, bang, inner = blob.path.rpartition("!")
        folder = f"{outer}{bang}{posixpath.dirname(inner) or '.'}"
        card = _Card(builder, blob, fields, identity.at_path(kind, folder))
        card.state_document(kind)
        if kind == "model":
            card.state_model(document)
        else:
            card.state_data()
    return builder.build()


def _subject(blob: Blob, fields: Mapping[str, Plain]) -> str | None:
    """``model`` or ``dataset``; None for the front matter of a page, an application or a blog."""
    if not fields or "sdk" in fields:
        return None
    named = _NAMES[blob.name.lower()]
    if named is not None:
        return named
    if fields.keys() & _DATA_KEYS:
        return "dataset"
    if fields.keys() & _MODEL_KEYS:
        return "model"
    # Only a licence and tags: a card where it lies beside a model.
    beside = blob.near is not None and any(blob.near(name) is not None for name in _WEIGHTS)
    return "model" if beside else None


@dataclass(slots=True)
class _Card:
    builder: EvidenceBuilder
    blob: Blob
    fields: Mapping[str, Plain]
    subject: ArtifactRef

    def state_document(self, kind: str) -> None:
        document = identity.placed("document", self.blob.path)
        role = "model_card" if kind == "model" else "data_sheet"
        self.builder.artifact(document, self.blob.location, name=self.blob.path)
        self.builder.state(document, "role", role, self.blob.location)
        if (updated := self._updated()) is not None:
            self.builder.state(document, "updated", updated, self.blob.location)
        self.builder.relate(self.subject, "described_by", document, Proof.INFERRED, self.blob.location)
        ids: list[Json] = list(licence_ids(self._licences()))
        self.builder.state(self.subject, "licences", ids, self.blob.at("license"))

    def state_model(self, document: str) -> None:
        licence = next(iter(self._licences()), None)
        use = section(document, _USE)
        value: Json = {"licence": licence, "intended_use": use, "updated": self._updated()}
        self.builder.state(self.subject, "card", value, self.blob.location)
        if (task := text(self.fields.get("pipeline_tag"))) is not None:
            self.builder.state(self.subject, "task", task, self.blob.at("pipeline_tag"))
        for name in texts(self.fields.get("datasets"))[:NAMED]:
            self._relate("trained_on", "dataset", name, "datasets")
        relation = text(self.fields.get("base_model_relation")) or ""
        for name in texts(self.fields.get("base_model"))[:NAMED]:
            self._relate("derived_from", "model", name, "base_model", relation)
        self._state_results()

    def state_data(self) -> None:
        for name in texts(self.fields.get("source_datasets"))[:NAMED]:
            if name not in ("original", "extended"):
                self._relate("derived_from", "dataset", name.removeprefix("extended|"), "source_datasets")

    def _state_results(self) -> None:
        metrics: list[Json] = []
        for entry in mappings(self.fields.get("model-index")):
            for result in mappings(entry.get("results"))[:NAMED]:
                dataset = mapping(result.get("dataset"))
                if (name := text(dataset.get("type")) or text(dataset.get("name"))) is not None:
                    self._relate("tested_on", "dataset", name, "model-index")
                for metric in mappings(result.get("metrics"))[:NAMED]:
                    label, value = text(metric.get("type")) or text(metric.get("name")), text(metric.get("value"))
                    if label is not None and value is not None:
                        metrics.append({"name": label, "value": value})
        if metrics:
            self.builder.state(self.subject, "metrics", metrics, self.blob.at("model-index"))

    def _relate(self, type: str, kind: str, name: str, key: str, note: str = "") -> None:
        target = self.builder.artifact(identity.named(kind, name), name=name, resolved=False)
        self.builder.relate(self.subject, type, target, Proof.DECLARED, self.blob.at(key), note)

    def _licences(self) -> list[str]:
        """``license: other`` means that ``license_name`` has the name."""
        stated = texts(self.fields.get("license"))
        return texts(self.fields.get("license_name")) or stated if stated == ["other"] else stated

    def _updated(self) -> str | None:
        for key in ("last_updated", "updated", "date"):
            if (time := from_text(text(self.fields.get(key)))) is not None:
                return time
        return None
