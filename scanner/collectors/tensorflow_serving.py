"""TensorFlow Serving configurations: which models a server loads, in which versions and under which labels.

Source: model_server_config.proto of TensorFlow Serving 2. Without a version policy a server loads whatever folder has the
highest number, so that a new folder goes live unreviewed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner import identity
from scanner.collectors.saved_model import SERVED
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.records import text_proto
from scanner.records.references import without_credentials
from scanner.records.text_proto import TextMessage
from scanner.sources.blob import Blob

NAME: Final = "tensorflow_serving"
VERSION: Final = "1"
MODELS: Final = 5_000
"""Models and versions told of one configuration."""
_SUFFIXES: Final = (".config", ".conf", ".cfg", ".pbtxt", ".textproto", ".txt")


def wants(blob: Blob) -> bool:
    """A text message whose first word is the list of models."""
    if not blob.name.lower().endswith(_SUFFIXES):
        return False
    lines = (line.strip() for line in blob.head.splitlines())
    return next((line for line in lines if line and not line.startswith(b"#")), b"").startswith(b"model_config_list")


def collect(blob: Blob) -> Evidence:
    """One deployment that serves the models. Raises NotExaminable when the configuration cannot be read."""
    configs = text_proto.messages(text_proto.loads(blob.text()), "model_config_list", "config")
    if not configs:
        raise NotExaminable(UNREADABLE, "configuration without models")
    builder = EvidenceBuilder(NAME)
    server = builder.artifact(identity.placed("deployment", blob.path), blob.location, name=blob.path)
    left = MODELS
    for number, config in enumerate(configs):
        name = text_proto.string(config, "name")[:200]
        place = blob.at(f"model {name[:100]}" if name else f"config {number}")
        if not name:
            builder.missed(place, UNREADABLE, "model without a name")
            continue
        for model, note in _served(builder, blob, config, name, place):
            builder.relate(server, "serves", model, Proof.DECLARED, place, note)
            left -= 1
            if left < 0:
                raise NotExaminable(OVER_LIMIT, f"more than {MODELS} served models")
    return builder.build()


def _served(
    builder: EvidenceBuilder, blob: Blob, config: TextMessage, name: str, place: Location
) -> Iterator[tuple[ArtifactRef, str]]:
    """Every version of one model that the configuration asks for, with its labels; else the model by its name."""
    base = text_proto.string(config, "base_path")
    labels: dict[str, list[str]] = {}
    for label in text_proto.messages(config, "version_labels"):
        labels.setdefault(text_proto.string(label, "value"), []).append(text_proto.string(label, "key")[:100])
    policies = text_proto.messages(config, "model_version_policy")
    versions = {version for one in text_proto.messages(config, "model_version_policy", "specific")
                for version in text_proto.strings(one, "versions")}  # fmt: skip
    for version in sorted(versions | labels.keys()):
        if not (version.isascii() and version.isdigit() and len(version) < 19):
            builder.missed(place, UNREADABLE, "version that is no number")
            continue
        note = ", ".join(f"label {label}" for label in sorted(labels.get(version, ())))
        yield _version(builder, blob, base, name, int(version)), note[:500]
    if not versions:
        every = any("all" in policy for policy in policies)
        model = builder.artifact(identity.named("model", name), name=name, resolved=False)
        yield model, f"{'every version' if every else 'highest version'} in {without_credentials(base)}"


def _version(builder: EvidenceBuilder, blob: Blob, base: str, name: str, version: int) -> ArtifactRef:
    """A version by the place of its graph; below a folder of the server's machine by model and number."""
    graph = identity.beside(blob.path, f"{base}/{version}/saved_model.pb") if base and "://" not in base else None
    if graph is not None:
        ref = identity.at_path("model", graph)
    else:
        folder = base.rstrip("/").rpartition("/")[2] or name
        ref = identity.record("model", SERVED, "*", f"{folder}/{version}")
    return builder.artifact(ref, name=name, version=str(version), resolved=False)
