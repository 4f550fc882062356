"""Configuration files of a Hugging Face model repository: architecture, code of its own, and lists of weight files."""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE
from scanner.model import Evidence, EvidenceBuilder, Proof
from scanner.records import json_bounded
from scanner.records.plain import Plain, mapping, text, texts
from scanner.records.references import is_commit
from scanner.sources.blob import Blob

NAME: Final = "huggingface_config"
VERSION: Final = "1"
_CONFIGURATIONS: Final = frozenset(
    {"config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json", "adapter_config.json"}
)
_MARKS: Final = (b'"model_type"', b'"architectures"', b'"auto_map"', b'"tokenizer_class"', b'"processor_class"')
_ADAPTER: Final = b'"base_model_name_or_path"'


def wants(blob: Blob) -> bool:
    """A configuration file with a key that only these repositories use, or an index of weight files."""
    known = blob.content if blob.content is not None else blob.head
    if blob.name in _CONFIGURATIONS:
        return _ADAPTER in known or any(mark in known for mark in _MARKS)
    return blob.name.endswith(".index.json") and b'"weight_map"' in known


def collect(blob: Blob) -> Evidence:
    """What the file says of its model. Raises NotExaminable when it is no JSON."""
    builder = EvidenceBuilder(NAME)
    data = mapping(json_bounded.loads(blob.text()))
    if blob.name.endswith(".index.json"):
        _state_index(builder, blob, data.get("weight_map"))
        return builder.build()
    code = bool(mapping(data.get("auto_map"))) or _has_code(data.get("custom_pipelines"))
    builder.state(blob.ref, "remote_code", {"present": code}, blob.at("auto_map"))
    if blob.name == "config.json":
        architectures: list[Plain] = list(texts(data.get("architectures")))
        value = {"architectures": architectures, "model_type": text(data.get("model_type"))}
        builder.state(blob.ref, "model_config", value, blob.location)
    if (base := text(data.get("base_model_name_or_path"))) is not None:
        _state_base(builder, blob, base, text(data.get("revision")) or "")
    return builder.build()


def _has_code(pipelines: Plain) -> bool:
    """Custom pipelines name a module of the repository (``impl``)."""
    return any(text(mapping(one).get("impl")) is not None for one in mapping(pipelines).values())


def _state_index(builder: EvidenceBuilder, blob: Blob, weight_map: Plain) -> None:
    """Names relative to the index, because the same index may lie at several places."""
    names: list[Plain] = []
    for name in sorted({item for item in map(text, mapping(weight_map).values()) if item is not None}):
        if identity.relative_path(name) is None:
            builder.missed(blob.at("weight_map"), UNREADABLE, "names a weight file outside its folder")
        else:
            names.append(name)
    builder.state(blob.ref, "weight_index", names, blob.at("weight_map"))


def _state_base(builder: EvidenceBuilder, blob: Blob, base: str, revision: str) -> None:
    """An adapter changes the weights of a base model that lies elsewhere: a folder beside it, or a repository."""
    model = identity.at_path("model", identity.beside(blob.path, ".") or ".")
    folder = identity.beside(blob.path, base) if base.startswith("./") or base.startswith("../") else None
    pinned = f"{base}@{revision.lower()}" if is_commit(revision) else base
    ref = identity.named("model", pinned) if folder is None else identity.at_path("model", folder)
    origin = builder.artifact(ref, name=base, resolved=False)
    builder.relate(model, "derived_from", origin, Proof.DECLARED, blob.at("base_model_name_or_path"), "adapter")
