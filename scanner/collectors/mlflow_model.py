"""``MLmodel`` files: which files a saved MLflow model is made of, how they load, and which run made it.

The file does not say in which store its run and model id are records: both are named with the store ``*``.
"""

from __future__ import annotations

from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Proof
from scanner.records import yaml_events
from scanner.records.plain import Plain, at, mapping, text
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "mlflow_model"
VERSION: Final = "1"
ANY_STORE: Final = "*"
_FILE_KEYS: Final = ("pickled_model", "model_path", "python_model", "data", "model_data", "model_file", "model_text")
_FORMATS: Final = {"cloudpickle": "pickle"}
"""MLflow's words for a format, where they differ from ours."""


def wants(blob: Blob) -> bool:
    """A file called ``MLmodel``."""
    return blob.name == "MLmodel"


def collect(blob: Blob) -> Evidence:
    """The model, its files and its run. Raises NotExaminable when the file is no MLmodel."""
    builder = EvidenceBuilder(NAME)
    data = mapping(yaml_events.load(blob.text()))
    flavors = mapping(data.get("flavors"))
    if not flavors:
        raise NotExaminable(UNREADABLE, "MLmodel without flavors")
    id = text(data.get("model_id")) or text(data.get("model_uuid"))
    place = blob.location
    # Before MLflow 3 a model has no id of its own: the file is its record.
    ref = identity.record("model", "mlflow", ANY_STORE, id) if id else identity.placed("model", blob.path)
    builder.artifact(ref, place, name=text(data.get("name")), resolved=False)
    if (run := text(data.get("run_id"))) is not None:
        maker = builder.artifact(identity.record("run", "mlflow", ANY_STORE, run), resolved=False)
        builder.relate(ref, "generated_by", maker, Proof.DECLARED, place)
    if (created := from_text(text(data.get("utc_time_created")))) is not None:
        builder.state(ref, "updated", {"at": created, "by": None, "basis": "record"}, place)
        dates = [{"id": "mlmodel", "what": "saved by MLflow", "time": created, "basis": "record"}]
        builder.state(ref, "dates", dates, place)
    _state_flavors(builder, blob, ref, flavors)
    return builder.build()


def _state_flavors(builder: EvidenceBuilder, blob: Blob, ref: ArtifactRef, flavors: Plain) -> None:
    code = False
    files: dict[str, str] = {}
    for flavor, settings in sorted(mapping(flavors).items()):
        fields = mapping(settings)
        code |= text(fields.get("code")) is not None
        for key in _FILE_KEYS:
            if (name := text(fields.get(key))) is not None:
                files.setdefault(name, f"{flavor}.{key}")
        for key, artifact in mapping(fields.get("artifacts")).items():
            if (name := text(at(artifact, "path"))) is not None:
                files.setdefault(name, f"{flavor}.artifacts.{key[:100]}")
        format = text(fields.get("serialization_format")) or ("onnx" if flavor == "onnx" else None)
        if format is not None:
            builder.state(ref, "format", _FORMATS.get(format, format), blob.at(f"flavors.{flavor}"))
    builder.state(ref, "remote_code", {"present": code}, blob.at("flavors"))
    for name, key in sorted(files.items()):
        path = identity.beside(blob.path, name)
        if path is None:
            builder.missed(blob.at(f"flavors.{key}"), UNREADABLE, "names a file outside the scanned tree")
        else:
            # The record is part of the same folder as the files it names.
            builder.relate(ref, "contains", identity.at_path("file", path), Proof.DECLARED, blob.at(f"flavors.{key}"))
