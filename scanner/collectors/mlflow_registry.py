"""The model registry in an MLflow store: registered models, their versions, aliases and approvals."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from scanner import identity
from scanner.collectors import mlflow_store
from scanner.errors import UNREADABLE
from scanner.model import Alias, ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.sqlite_readonly import Database, Row, opened
from scanner.records.times import from_milliseconds, from_text
from scanner.sources.blob import Blob

NAME: Final = "mlflow_registry"
VERSION: Final = "1"
_LOGGED: Final = re.compile(r"models:/(m-[0-9a-f]{32})\Z")
_Version = tuple[str, str]
_COLUMNS: Final = ("name", "version", "source", "run_id", "creation_time", "user_id", "current_stage")


def wants(blob: Blob) -> bool:
    """The store of an MLflow server holds its registry too."""
    return mlflow_store.wants(blob)


def collect(blob: Blob) -> Evidence:
    """Every registered version, which logged model it is, and who approved it. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    with opened(blob) as database:
        _state_versions(builder, database, blob)
    return builder.build()


def _state_versions(builder: EvidenceBuilder, database: Database, blob: Blob) -> None:
    names = _state_names(builder, database, blob)
    aliases, tags = _aliases(database), _tags(database)
    registered: set[str] = set()
    for row in database.rows("model_versions", _COLUMNS):
        version = (_text(row, "name"), _text(row, "version"))
        name, number = version
        if not name or not number:
            continue
        place = blob.at(f"table model_versions, row {name} {number}")
        ref = builder.artifact(
            identity.record("model", "mlflow", blob.path, f"{name}/{number}"),
            place,
            name=name,
            version=number,
            resolved=False,
        )
        family = names.get(name) or identity.record("model", "mlflow", blob.path, name)
        named = sorted(aliases.pop(version, []))
        note = ", ".join(f"alias {alias}" for alias in named)
        stage = _text(row, "current_stage")
        # MLflow before 2.9 had stages in the place of aliases.
        live = named + [stage] if stage not in ("", "None") else named
        entry: Json = {"id": f"{name} {number}", "name": name, "version": number, "aliases": live}
        builder.state(ref, "registered_as", [entry], place)
        builder.relate(ref, "version_of", family, Proof.DECLARED, place, note)
        builder.state(ref, "registration", {"registered": True, "digest_matches": None}, place)
        _state_approvals(builder, ref, tags.get(version, {}), place)
        time = from_milliseconds(row["creation_time"])
        builder.state(ref, "updated", {"at": time, "by": _text(row, "user_id") or None, "basis": "record"}, place)
        if (run := _text(row, "run_id")) != "":
            builder.relate(ref, "generated_by", identity.record("run", "mlflow", blob.path, run), Proof.DECLARED, place)
        if (logged := _LOGGED.match(_text(row, "source"))) is not None:
            model = identity.record("model", "mlflow", blob.path, logged[1])
            builder.aliases.append(Alias(ref, model, Proof.DECLARED, "source of the registered version", place))
            registered.add(logged[1])
    for name, _ in sorted(aliases):
        place = blob.at(f"table registered_model_aliases, row {name}")
        builder.missed(place, UNREADABLE, "an alias of a version that is not there")
    _state_unregistered(builder, database, blob, registered)


def _state_names(builder: EvidenceBuilder, database: Database, blob: Blob) -> dict[str, ArtifactRef]:
    found: dict[str, ArtifactRef] = {}
    for row in database.rows("registered_models", ("name",)):
        if (name := _text(row, "name")) != "":
            place = blob.at(f"table registered_models, row {name}")
            ref = identity.record("model", "mlflow", blob.path, name)
            # A registered name holds versions; it is no model of its own with content that could be found.
            found[name] = builder.artifact(ref, place, name=name, resolved=False)
    return found


def _state_unregistered(builder: EvidenceBuilder, database: Database, blob: Blob, registered: set[str]) -> None:
    if "model_versions" not in database.tables:
        return
    for row in database.rows("logged_models", ("model_id", "lifecycle_stage")):
        id = _text(row, "model_id")
        if id and id not in registered and row["lifecycle_stage"] != "deleted":
            ref = identity.record("model", "mlflow", blob.path, id)
            place = blob.at("table model_versions")
            builder.state(ref, "registration", {"registered": False, "digest_matches": None}, place)


def _aliases(database: Database) -> dict[_Version, list[str]]:
    found: dict[_Version, list[str]] = defaultdict(list)
    for row in database.rows("registered_model_aliases", ("name", "version", "alias")):
        found[_text(row, "name"), _text(row, "version")].append(_text(row, "alias"))
    return found


def _tags(database: Database) -> dict[_Version, dict[str, str]]:
    found: dict[_Version, dict[str, str]] = defaultdict(dict)
    for row in database.rows("model_version_tags", ("name", "version", "key", "value")):
        found[_text(row, "name"), _text(row, "version")][_text(row, "key")] = _text(row, "value")
    return found


def _state_approvals(builder: EvidenceBuilder, ref: ArtifactRef, tags: dict[str, str], place: Location) -> None:
    """Tags ``approved_by`` (several names with commas), ``approved_role`` and ``approved_at``: claims, not signatures."""
    approvals: list[Json] = [
        {
            "by": name.strip(),
            "role": tags.get("approved_role") or "approver",
            "at": from_text(tags.get("approved_at")),
            "trusted": False,
        }
        for name in tags.get("approved_by", "").split(",")
        if name.strip()
    ]
    builder.state(ref, "approvals", approvals, place)


def _text(row: Row, column: str) -> str:
    """Text of a column; empty for what is no text, no number or absent."""
    value = row[column]
    return "" if value is None or isinstance(value, bytes) else str(value)[:500]
