"""MLflow tracking stores in SQLite: runs, their datasets and the models they logged.

Tables and columns as in MLflow 3.17; a column that another version lacks reads as absent. The dataset digest of MLflow is a
label (it ignores most of the data) and never an identity. Tables of secrets are not read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import UNSUPPORTED, NotExaminable
from scanner.model import Alias, ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import json_bounded
from scanner.records.plain import at, text
from scanner.records.references import is_commit
from scanner.records.secrets import redacted_value
from scanner.records.sqlite_readonly import HEADER, Database, Row, opened
from scanner.records.times import from_milliseconds
from scanner.sources.blob import Blob

NAME: Final = "mlflow_store"
VERSION: Final = "1"
SHA256_TAG: Final = "lading.dataset.sha256"
MD5_TAG: Final = "dvc.md5"
_TRAINING: Final = frozenset({"train", "training"})


def wants(blob: Blob) -> bool:
    """A SQLite file that is called as MLflow calls its store, or that creates its tables on the first page."""
    if not blob.head.startswith(HEADER):
        return False
    return blob.name in ("mlflow.db", "mlruns.db", "mlflow.sqlite") or b"logged_models" in blob.head


def collect(blob: Blob) -> Evidence:
    """Everything the store records. Raises NotExaminable when it cannot be read or holds no table of runs."""
    builder = EvidenceBuilder(NAME)
    with opened(blob) as database:
        if "runs" not in database.tables:
            raise NotExaminable(UNSUPPORTED, "SQLite file without MLflow's table of runs")
        store = _Store(blob, database, builder)
        store.read_datasets()
        store.read_runs()
        store.read_models()
    return builder.build()


@dataclass(slots=True)
class _Run:
    ref: ArtifactRef
    tags: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[ArtifactRef, str]] = field(default_factory=list)
    """Dataset records with their context."""

    def training_data(self) -> list[ArtifactRef]:
        return [ref for ref, context in self.datasets if context in _TRAINING]


@dataclass(slots=True)
class _Store:
    blob: Blob
    database: Database
    builder: EvidenceBuilder
    runs: dict[str, _Run] = field(default_factory=dict)
    made_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Model id → ids of the runs that put it out."""

    def record(self, kind: str, id: str) -> ArtifactRef:
        return identity.record(kind, "mlflow", self.blob.path, id)

    def row(self, table: str, id: str) -> Location:
        return self.blob.at(f"table {table}, row {id[:100]}")

    def values(self, table: str, owner: str, key: str, value: str) -> dict[str, list[Json]]:
        """Owner → ``[{"name", "value"}]`` of a table of keys and values, secrets redacted."""
        found: dict[str, list[Json]] = defaultdict(list)
        for row in self.database.rows(table, (owner, key, value)):
            name, content = _word(row, key), _word(row, value)
            if name is not None:
                told = redacted_value(name, content or "")
                found[_word(row, owner) or ""].append({"name": name, "value": told})
        return found

    def read_datasets(self) -> None:
        columns = ("dataset_uuid", "name", "dataset_source_type", "dataset_source")
        for row in self.database.rows("datasets", columns):
            id = _word(row, "dataset_uuid")
            if id is None:
                continue
            place = self.row("datasets", id)
            ref = self.builder.artifact(self.record("dataset", id), place, name=_word(row, "name"), resolved=False)
            path = self._source_path(row)
            if path is not None:
                self.builder.relate(ref, "contains", identity.at_path("file", path), Proof.INFERRED, place)

    def _source_path(self, row: Row) -> str | None:
        """The relative file that a dataset was read from, taken as lying below the folder of the store."""
        source = _word(row, "dataset_source")
        if source is None or _word(row, "dataset_source_type") != "local":
            return None
        try:
            uri = text(at(json_bounded.loads(source), "uri"))
        except NotExaminable:
            return None
        return identity.beside(self.blob.path, uri) if uri is not None and "://" not in uri else None

    def read_runs(self) -> None:
        columns = ("run_uuid", "name", "user_id", "status", "start_time", "end_time", "lifecycle_stage")
        parameters = self.values("params", "run_uuid", "key", "value")
        metrics = self.values("latest_metrics", "run_uuid", "key", "value")
        for row in self.database.rows("runs", columns):
            id = _word(row, "run_uuid")
            if id is None:
                continue
            run = self.runs[id] = _Run(self.record("run", id))
            place = self.row("runs", id)
            self.builder.artifact(run.ref, place, name=_word(row, "name") or id)
            status = "deleted" if row["lifecycle_stage"] == "deleted" else (_word(row, "status") or "unknown").lower()
            self.builder.state(run.ref, "status", status, place)
            if (user := _word(row, "user_id")) is not None:
                self.builder.state(run.ref, "by", user, place)
            self.builder.state(run.ref, "parameters", parameters.get(id, []), place)
            self.builder.state(run.ref, "metrics", metrics.get(id, []), place)
            self._state_times(run, row, place)
        for row in self.database.rows("tags", ("run_uuid", "key", "value")):
            if (known := self.runs.get(_word(row, "run_uuid") or "")) is not None and (key := _word(row, "key")):
                known.tags[key] = _word(row, "value") or ""
        self._read_inputs()
        self._name_by_digest()
        for id, run in self.runs.items():
            self._state_code(run, self.row("tags", id))
            self._state_data(run, self.row("inputs", id))

    def _state_times(self, run: _Run, row: Row, place: Location) -> None:
        dates: list[Json] = []
        for column, group in (("start_time", "started"), ("end_time", "ended")):
            if (time := from_milliseconds(row[column])) is not None:
                self.builder.state(run.ref, group, time, place)
                dates.append({"id": group, "what": f"run {group}", "time": time, "basis": "record"})
        self.builder.state(run.ref, "dates", dates, place)

    def _state_code(self, run: _Run, place: Location) -> None:
        """MLflow records a commit also for a changed work tree and does not say so: ``dirty`` stays unknown."""
        commit = run.tags.get("mlflow.source.git.commit", "").lower()
        full = is_commit(commit)
        self.builder.state(run.ref, "code", {"commit": commit if full else None, "dirty": None}, place)
        if full:
            ref = self.builder.artifact(identity.commit(commit), name=commit[:12], resolved=False)
            self.builder.relate(run.ref, "used", ref, Proof.DECLARED, place)

    def _read_inputs(self) -> None:
        contexts = {
            _word(row, "input_uuid"): (_word(row, "value") or "").lower()
            for row in self.database.rows("input_tags", ("input_uuid", "name", "value"))
            if row["name"] == "mlflow.data.context"
        }
        columns = ("source_type", "source_id", "destination_type", "destination_id", "input_uuid")
        for row in self.database.rows("inputs", columns):
            source, target = _word(row, "source_id") or "", _word(row, "destination_id") or ""
            ends = (row["source_type"], row["destination_type"])
            if ends == ("DATASET", "RUN") and target in self.runs:
                context = contexts.get(_word(row, "input_uuid"), "")
                self.runs[target].datasets.append((self.record("dataset", source), context))
            elif ends == ("RUN_OUTPUT", "MODEL_OUTPUT") and source in self.runs:
                self.made_by[target].add(source)

    def _name_by_digest(self) -> None:
        """Put the dataset that a run's tag names by digest in the place of its one training set.

        One dataset record may stand for different bytes, because MLflow tells datasets apart by its own label: record and
        content are one only where every run that used the record states the same digest.
        """
        stated: dict[ArtifactRef, set[ArtifactRef | None]] = defaultdict(set)
        for run in self.runs.values():
            digest = self.tagged_dataset(run)
            training = run.training_data()
            own = training[0] if digest is not None and len(training) == 1 else None
            for ref, _ in run.datasets:
                stated[ref].add(digest if ref == own else None)
            if digest is not None:
                self.builder.artifact(digest, resolved=False)
                run.datasets = [(digest if ref == own else ref, context) for ref, context in run.datasets]
        for ref, digests in sorted(stated.items()):
            if len(digests) == 1 and (same := next(iter(digests))) is not None:
                rule = f"tag {SHA256_TAG} of every run that used it"
                self.builder.aliases.append(Alias(ref, same, Proof.DECLARED, rule, self.blob.at("table inputs")))

    def _state_data(self, run: _Run, place: Location) -> None:
        digest = self.tagged_dataset(run)
        for ref, context in run.datasets:
            if ref != digest:
                self.builder.relate(run.ref, "used", ref, Proof.DECLARED, place, context)
        if digest is not None:
            self.builder.relate(run.ref, "used", digest, Proof.MATCHED, place, f"tag {SHA256_TAG}")
        md5 = identity.hex_digest("md5", run.tags.get(MD5_TAG, ""))
        if md5 is not None:
            file = self.builder.artifact(identity.content("file", md5, "md5"), resolved=False)
            self.builder.claims.append(Claim(file))
            self.builder.relate(run.ref, "used", file, Proof.MATCHED, place, f"tag {MD5_TAG}")

    def tagged_dataset(self, run: _Run) -> ArtifactRef | None:
        """The dataset whose digest a tag of the run states."""
        sha256 = identity.hex_digest("sha256", run.tags.get(SHA256_TAG, ""))
        return identity.content("dataset", sha256) if sha256 is not None else None

    def read_models(self) -> None:
        columns = ("model_id", "name", "creation_timestamp_ms", "lifecycle_stage", "source_run_id")
        parameters = self.values("logged_model_params", "model_id", "param_key", "param_value")
        metrics = self.values("logged_model_metrics", "model_id", "metric_name", "metric_value")
        for row in self.database.rows("logged_models", columns):
            id = _word(row, "model_id")
            if id is None or row["lifecycle_stage"] == "deleted":
                continue
            place = self.row("logged_models", id)
            ref = self.builder.artifact(self.record("model", id), place, name=_word(row, "name"), resolved=False)
            self.builder.state(ref, "parameters", parameters.get(id, []), place)
            self.builder.state(ref, "metrics", metrics.get(id, []), place)
            if (time := from_milliseconds(row["creation_timestamp_ms"])) is not None:
                self.builder.state(ref, "updated", {"at": time, "by": None, "basis": "record"}, place)
            runs = (self.made_by[id] | {_word(row, "source_run_id") or ""}) & self.runs.keys()
            self.builder.state(ref, "lineage", {"state": "recorded" if runs else "none"}, place)
            for run in sorted(runs):
                self.builder.relate(ref, "generated_by", self.runs[run].ref, Proof.DECLARED, place)
                self._state_training(ref, self.runs[run], place)

    def _state_training(self, model: ArtifactRef, run: _Run, place: Location) -> None:
        """What a run used is what its model was trained or tested on; the model itself has no digest in the store.

        An input without a context stays an input of the run: nothing says what it was for.
        """
        for ref, context in run.datasets:
            type = "trained_on" if context in _TRAINING else "tested_on"
            if context:
                self.builder.relate(model, type, ref, Proof.DECLARED, place, context)
        digest = self.tagged_dataset(run)
        if digest is not None and not run.datasets:
            self.builder.relate(model, "trained_on", digest, Proof.DECLARED, place, f"tag {SHA256_TAG}")


def _word(row: Row, column: str) -> str | None:
    value = row[column]
    return None if isinstance(value, bytes) else text(value)
