"""ML Metadata stores in SQLite, as TFX and Kubeflow write them: executions, and the data and models between them.

Source: metadata_store.proto and the schema of version 10 of ML Metadata 1.17. A store holds no digest of its own; where a
property ``sha256`` or ``md5`` of an artifact does, it claims a file. Only what an execution that completed put out counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNSUPPORTED, NotExaminable
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.plain import text
from scanner.records.references import without_credentials
from scanner.records.secrets import redacted_value
from scanner.records.sqlite_readonly import HEADER, Database, Row, opened
from scanner.records.times import from_milliseconds
from scanner.sources.blob import Blob

NAME: Final = "ml_metadata"
VERSION: Final = "1"
LINKS: Final = 50_000
_MODELS: Final = frozenset({"Model", "PushedModel", "mlmd.Model", "system.Model"})
_DATA: Final = frozenset({"Examples", "Dataset", "mlmd.Dataset", "system.Dataset"})
_RESULTS: Final = frozenset({"ModelEvaluation", "Metrics", "mlmd.Metrics", "system.Metrics"})
_INPUT: Final = frozenset({"3", "5"})
_OUTPUT: Final = frozenset({"4", "6"})
"""Events that happened; declared and pending ones prove nothing."""
_STATES: Final = {"1": "new", "2": "running", "3": "complete", "4": "failed", "5": "cached", "6": "canceled"}
_DONE: Final = frozenset({"complete", "cached"})
_GONE: Final = frozenset({"4", "5"})
"""Artifact states: deleted, abandoned."""


def wants(blob: Blob) -> bool:
    """A SQLite file that creates the tables of the store."""
    known = blob.content if blob.content is not None else blob.head
    return blob.head.startswith(HEADER) and b"MLMDEnv" in known


def collect(blob: Blob) -> Evidence:
    """Everything the store records. Raises NotExaminable when it cannot be read."""
    builder = EvidenceBuilder(NAME)
    with opened(blob) as database:
        if not {"Artifact", "Execution", "Event", "Type"} <= database.tables:
            raise NotExaminable(UNSUPPORTED, "SQLite file without the tables of ML Metadata")
        store = _Store(blob, database, builder)
        store.read_types()
        store.read_artifacts()
        store.read_executions()
        store.read_contexts()
        store.read_events()
    return builder.build()


@dataclass(slots=True)
class _Execution:
    ref: ArtifactRef
    done: bool
    used: set[ArtifactRef] = field(default_factory=set)
    made: set[ArtifactRef] = field(default_factory=set)
    measures: bool = False
    """Whether it put out measurements of something."""


@dataclass(slots=True)
class _Store:
    blob: Blob
    database: Database
    builder: EvidenceBuilder
    types: dict[str, set[str]] = field(default_factory=dict)
    """Id of a type → its name and the names of the types it builds on."""
    artifacts: dict[str, ArtifactRef] = field(default_factory=dict)
    results: set[str] = field(default_factory=set)
    executions: dict[str, _Execution] = field(default_factory=dict)
    left: int = LINKS

    def record(self, kind: str, id: str) -> ArtifactRef:
        return identity.record(kind, "ml_metadata", self.blob.path, id)

    def row(self, table: str, id: str) -> Location:
        return self.blob.at(f"table {table}, row {id[:100]}")

    def properties(self, table: str, owner: str) -> dict[str, dict[str, str]]:
        """Owner → name → value of a table of properties."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        values = ("string_value", "int_value", "double_value")
        for row in self.database.rows(table, (owner, "name", *values)):
            name, value = _word(row, "name"), next((one for one in (_word(row, key) for key in values) if one), "")
            if name:
                found[_word(row, owner)][name] = value
        return found

    def read_types(self) -> None:
        names = {_word(row, "id"): _word(row, "name") for row in self.database.rows("Type", ("id", "name"))}
        self.types = {id: {name} for id, name in names.items()}
        for row in self.database.rows("ParentType", ("type_id", "parent_type_id")):
            parent = names.get(_word(row, "parent_type_id"))
            if parent is not None and _word(row, "type_id") in self.types:
                self.types[_word(row, "type_id")].add(parent)

    def read_artifacts(self) -> None:
        properties = self.properties("ArtifactProperty", "artifact_id")
        columns = ("id", "type_id", "uri", "state", "name", "create_time_since_epoch")
        for row in self.database.rows("Artifact", columns):
            id, type = _word(row, "id"), self.types.get(_word(row, "type_id"), set())
            if type & _RESULTS:
                self.results.add(id)
            kind = "model" if type & _MODELS else "dataset" if type & _DATA else None
            if kind is None or not id or _word(row, "state") in _GONE:
                continue
            place = self.row("Artifact", id)
            name = _word(row, "name") or without_credentials(_word(row, "uri")) or None
            ref = self.artifacts[id] = self.builder.artifact(self.record(kind, id), place, name=name, resolved=False)
            if (time := from_milliseconds(row["create_time_since_epoch"])) is not None:
                date: Json = {"id": "created", "what": f"{kind} recorded", "time": time, "basis": "record"}
                self.builder.state(ref, "dates", [date], place)
                if kind == "model":
                    self.builder.state(ref, "updated", {"at": time, "by": None, "basis": "record"}, place)
            self._claim_content(ref, properties.get(id, {}), place)

    def _claim_content(self, ref: ArtifactRef, properties: dict[str, str], place: Location) -> None:
        for algorithm in ("sha256", "md5"):
            digest = identity.hex_digest(algorithm, properties.get(algorithm, ""))
            if digest is not None:
                file = self.builder.artifact(identity.content("file", digest, algorithm), resolved=False)
                if algorithm != "sha256":
                    self.builder.claims.append(Claim(file))
                self.builder.relate(ref, "contains", file, Proof.MATCHED, place, f"property {algorithm}")

    def read_executions(self) -> None:
        properties = self.properties("ExecutionProperty", "execution_id")
        columns = (
            "id",
            "type_id",
            "last_known_state",
            "name",
            "create_time_since_epoch",
            "last_update_time_since_epoch",
        )
        for row in self.database.rows("Execution", columns):
            if not (id := _word(row, "id")):
                continue
            place = self.row("Execution", id)
            status = _STATES.get(_word(row, "last_known_state"), "unknown")
            type = min(self.types.get(_word(row, "type_id"), {""}))
            name = _word(row, "name") or type or id
            ref = self.builder.artifact(self.record("run", id), place, name=name)
            self.executions[id] = _Execution(ref, status in _DONE)
            self.builder.state(ref, "status", status, place)
            values: list[Json] = [
                {"name": name, "value": redacted_value(name, value)}
                for name, value in sorted(properties.get(id, {}).items())
            ]
            self.builder.state(ref, "parameters", values, place)
            dates: list[Json] = []
            for group, column in (("started", "create_time_since_epoch"), ("ended", "last_update_time_since_epoch")):
                time = from_milliseconds(row[column])
                if time is not None and (group == "started" or status not in ("new", "running", "unknown")):
                    self.builder.state(ref, group, time, place)
                    dates.append({"id": group, "what": f"run {group}", "time": time, "basis": "record"})
            self.builder.state(ref, "dates", dates, place)

    def read_contexts(self) -> None:
        """The pipeline that an execution belongs to."""
        pipelines: dict[str, ArtifactRef] = {}
        for row in self.database.rows("Context", ("id", "type_id", "name")):
            id, name = _word(row, "id"), _word(row, "name")
            if name and "pipeline" in self.types.get(_word(row, "type_id"), set()):
                ref, place = self.record("pipeline", name), self.row("Context", id)
                pipelines[id] = self.builder.artifact(ref, place, name=name, resolved=False)
        for row in self.database.rows("Association", ("context_id", "execution_id")):
            pipeline, run = pipelines.get(_word(row, "context_id")), self.executions.get(_word(row, "execution_id"))
            if pipeline is not None and run is not None:
                self._relate(run.ref, "used", pipeline, self.row("Association", _word(row, "execution_id")))

    def read_events(self) -> None:
        for row in self.database.rows("Event", ("artifact_id", "execution_id", "type")):
            id, type = _word(row, "artifact_id"), _word(row, "type")
            execution = self.executions.get(_word(row, "execution_id"))
            if execution is None:
                continue
            execution.measures |= id in self.results and type in _OUTPUT
            if (artifact := self.artifacts.get(id)) is not None:
                if type in _INPUT:
                    execution.used.add(artifact)
                elif type in _OUTPUT:
                    execution.made.add(artifact)
        for id, execution in self.executions.items():
            self._state_lineage(execution, self.row("Event", f"execution {id}"))

    def _state_lineage(self, execution: _Execution, place: Location) -> None:
        used = sorted(execution.used - execution.made)
        for one in used:
            self._relate(execution.ref, "used", one, place)
        if not execution.done:
            return
        for made in sorted(execution.made):
            self._relate(made, "generated_by", execution.ref, place)
            for one in used:
                trained = (made.kind, one.kind) == ("model", "dataset")
                self._relate(made, "trained_on" if trained else "derived_from", one, place)
        if execution.measures and not execution.made:
            for model in (one for one in used if one.kind == "model"):
                for data in (one for one in used if one.kind == "dataset"):
                    self._relate(model, "tested_on", data, place)

    def _relate(self, source: ArtifactRef, type: str, target: ArtifactRef, place: Location) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {LINKS} links in a store")
        self.builder.relate(source, type, target, Proof.DECLARED, place)


def _word(row: Row, column: str) -> str:
    """Text of a column; empty for what is no text and no number."""
    value = row[column]
    return "" if isinstance(value, bytes) else text(value) or ""
