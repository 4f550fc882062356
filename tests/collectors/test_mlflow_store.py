"""The real store of the fixture, and small stores with the tables of MLflow 3.17 for what it does not hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import identity
from scanner.collectors import mlflow_registry, mlflow_store
from scanner.errors import NotExaminable
from scanner.model import ArtifactRef, Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
TABLES = """
CREATE TABLE runs (run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri);
CREATE TABLE tags (key, value, run_uuid);
CREATE TABLE params (key, value, run_uuid);
CREATE TABLE latest_metrics (key, value, run_uuid);
CREATE TABLE datasets (dataset_uuid, name, digest, dataset_source_type, dataset_source);
CREATE TABLE inputs (input_uuid, source_type, source_id, destination_type, destination_id);
CREATE TABLE input_tags (input_uuid, name, value);
CREATE TABLE logged_models (model_id, name, creation_timestamp_ms, lifecycle_stage, source_run_id);
CREATE TABLE registered_models (name);
CREATE TABLE model_versions (name, version, source, run_id, creation_time, user_id);
CREATE TABLE registered_model_aliases (alias, version, name);
CREATE TABLE model_version_tags (key, value, name, version);
INSERT INTO runs VALUES ('r1', 'train', 'ada', 'FINISHED', 1760430602000, 1760430611500, 'active', '/build/x');
INSERT INTO logged_models VALUES ('m-00000000000000000000000000000001', 'fraud', 1760430607000, 'active', 'r1');
"""
MODEL = "m-" + "0" * 31 + "1"


def store(folder: Path, script: str = "", name: str = "mlflow.db") -> None:
    connection = sqlite3.connect(folder / name)
    connection.executescript(TABLES + script)
    connection.close()


def record(kind: str, id: str) -> ArtifactRef:
    return identity.record(kind, "mlflow", "mlflow.db", id)


def relations(evidence: Evidence, type: str) -> list[tuple[str, str, Proof, str]]:
    return [(one.source.key, one.target.key, one.proof, one.note) for one in evidence.relationships if one.type == type]


def said(evidence: Evidence, ref: ArtifactRef) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject == ref}


def test_the_real_store_tells_who_trained_the_model_on_what(fraud: Path, blob_at: Opener) -> None:
    blob = blob_at(fraud, "mlflow.db")
    assert mlflow_store.wants(blob)
    evidence = mlflow_store.collect(blob)
    ((model, run, proof, _),) = relations(evidence, "generated_by")
    assert (model.partition("#")[0], run.partition("#")[0]) == ("record:mlflow/mlflow.db", "record:mlflow/mlflow.db")
    assert proof is Proof.DECLARED
    claims = blob_at(fraud, "data/claims.csv")
    assert (run, f"sha256:{claims.sha256}", Proof.MATCHED, "tag lading.dataset.sha256") in relations(evidence, "used")
    ((source, dataset, proof, note),) = relations(evidence, "trained_on")
    assert (source, dataset, proof, note) == (model, f"sha256:{claims.sha256}", Proof.DECLARED, "training")
    (alias,) = evidence.aliases
    assert (alias.ref.key.partition("#")[0], alias.same_as.key) == ("record:mlflow/mlflow.db", dataset)
    values = said(evidence, ArtifactRef("run", run))
    assert values["status"] == "finished"
    assert str(values["started"]) < str(values["ended"])
    assert {"name": "regularisation", "value": "1.0"} in values["parameters"]  # type: ignore[operator]
    assert {item["name"] for item in values["metrics"]} == {"accuracy", "roc_auc"}  # type: ignore[attr-defined]
    assert evidence.not_examined == ()


def test_the_real_registry_names_the_version_its_alias_and_its_approval(fraud: Path, blob_at: Opener) -> None:
    evidence = mlflow_registry.collect(blob_at(fraud, "mlflow.db"))
    version = record("model", "fraud/1")
    assert relations(evidence, "version_of") == [
        (version.key, record("model", "fraud").key, Proof.DECLARED, "alias champion")
    ]
    values = said(evidence, version)
    assert values["registration"] == {"registered": True, "digest_matches": None}
    assert values["registered_as"] == [{"id": "fraud 1", "name": "fraud", "version": "1", "aliases": ["champion"]}]
    assert values["approvals"] == [
        {"by": "release-manager@example.com", "role": "approver", "at": None, "trusted": False}
    ]
    assert [one.ref for one in evidence.aliases] == [version]


@pytest.mark.parametrize(("stage", "aliases"), [("Production", ["Production"]), ("None", []), (None, [])])
def test_a_stage_of_an_older_registry_stands_with_the_aliases(
    stage: str | None, aliases: list[str], tmp_path: Path, blob_at: Opener
) -> None:
    value = "NULL" if stage is None else f"'{stage}'"
    version = f"('fraud', '1', 'models:/{MODEL}', 'r1', 1760430607000, 'ada', {value})"
    columns = "ALTER TABLE model_versions ADD COLUMN current_stage;"
    store(tmp_path, f"{columns} INSERT INTO model_versions VALUES {version};")
    values = said(mlflow_registry.collect(blob_at(tmp_path, "mlflow.db")), record("model", "fraud/1"))
    assert values["registered_as"] == [{"id": "fraud 1", "name": "fraud", "version": "1", "aliases": aliases}]


def test_the_code_of_a_run_is_a_full_commit_and_dirtiness_stays_unknown(tmp_path: Path, blob_at: Opener) -> None:
    commit = "0F56C6730E0C2B13CA2F9A1292EAF1415B64F904"
    store(tmp_path, f"INSERT INTO tags VALUES ('mlflow.source.git.commit', '{commit}', 'r1');")
    evidence = mlflow_store.collect(blob_at(tmp_path, "mlflow.db"))
    assert said(evidence, record("run", "r1"))["code"] == {"commit": commit.lower(), "dirty": None}
    assert (record("run", "r1").key, f"git:{commit.lower()}", Proof.DECLARED, "") in relations(evidence, "used")


@pytest.mark.parametrize("commit", ["0f56c67", "HEAD", "x" * 40, ""])
def test_a_short_commit_names_nothing(commit: str, tmp_path: Path, blob_at: Opener) -> None:
    store(tmp_path, f"INSERT INTO tags VALUES ('mlflow.source.git.commit', '{commit}', 'r1');")
    evidence = mlflow_store.collect(blob_at(tmp_path, "mlflow.db"))
    assert said(evidence, record("run", "r1"))["code"] == {"commit": None, "dirty": None}
    assert relations(evidence, "used") == []


def inputs(context: str | None) -> str:
    tag = f"INSERT INTO input_tags VALUES ('i1', 'mlflow.data.context', '{context}');" if context else ""
    return (
        "INSERT INTO datasets VALUES ('d1', 'claims', '2f2997a9', 'local', '{\"uri\": \"data/claims.csv\"}');"
        f"INSERT INTO inputs VALUES ('i1', 'DATASET', 'd1', 'RUN', 'r1');{tag}"
    )


@pytest.mark.parametrize(
    ("context", "type"), [("training", "trained_on"), ("eval", "tested_on"), ("test", "tested_on"), (None, None)]
)
def test_the_context_of_an_input_says_what_it_was_for(
    context: str | None, type: str | None, tmp_path: Path, blob_at: Opener
) -> None:
    store(tmp_path, inputs(context))
    evidence = mlflow_store.collect(blob_at(tmp_path, "mlflow.db"))
    found = [one.type for one in evidence.relationships if one.source == record("model", MODEL)]
    assert [one for one in found if one != "generated_by"] == ([type] if type else [])
    assert (record("dataset", "d1").key, "path:data/claims.csv", Proof.INFERRED, "") in relations(evidence, "contains")


@pytest.mark.parametrize("uri", ["/etc/passwd", "../../etc/passwd", "s3://bucket/x.csv", "C:\\\\data\\\\x.csv", ""])
def test_a_source_outside_the_scan_is_no_file_of_it(uri: str, tmp_path: Path, blob_at: Opener) -> None:
    source = f"INSERT INTO datasets VALUES ('d1', 'claims', 'x', 'local', '{{\"uri\": \"{uri}\"}}');"
    store(tmp_path, source)
    assert relations(mlflow_store.collect(blob_at(tmp_path, "mlflow.db")), "contains") == []


def test_an_md5_tag_is_a_claim_to_be_looked_for(tmp_path: Path, blob_at: Opener) -> None:
    store(tmp_path, f"INSERT INTO tags VALUES ('dvc.md5', '{'a' * 32}', 'r1');")
    evidence = mlflow_store.collect(blob_at(tmp_path, "mlflow.db"))
    assert [claim.ref.key for claim in evidence.claims] == [f"md5:{'a' * 32}"]
    assert (record("run", "r1").key, f"md5:{'a' * 32}", Proof.MATCHED, "tag dvc.md5") in relations(evidence, "used")


def test_one_tag_for_several_training_sets_joins_none_of_them(tmp_path: Path, blob_at: Opener) -> None:
    more = "INSERT INTO inputs VALUES ('i2', 'DATASET', 'd2', 'RUN', 'r1');"
    more += "INSERT INTO input_tags VALUES ('i2', 'mlflow.data.context', 'training');"
    store(
        tmp_path, inputs("training") + more + f"INSERT INTO tags VALUES ('lading.dataset.sha256', '{'b' * 64}', 'r1');"
    )
    assert mlflow_store.collect(blob_at(tmp_path, "mlflow.db")).aliases == ()


def test_one_record_for_different_bytes_is_not_made_one_with_either(tmp_path: Path, blob_at: Opener) -> None:
    """MLflow's own digest is equal for data that differ behind row 10,000: both runs name the same record."""
    other = "m-" + "0" * 31 + "2"
    store(
        tmp_path,
        inputs("training")
        + "INSERT INTO runs VALUES ('r2', 'again', 'ada', 'FINISHED', 1760430602000, 1760430611500, 'active', '');"
        + f"INSERT INTO logged_models VALUES ('{other}', 'fraud', 1760430607000, 'active', 'r2');"
        + "INSERT INTO inputs VALUES ('i2', 'DATASET', 'd1', 'RUN', 'r2');"
        + "INSERT INTO input_tags VALUES ('i2', 'mlflow.data.context', 'training');"
        + f"INSERT INTO tags VALUES ('lading.dataset.sha256', '{'a' * 64}', 'r1');"
        + f"INSERT INTO tags VALUES ('lading.dataset.sha256', '{'b' * 64}', 'r2');",
    )
    evidence = mlflow_store.collect(blob_at(tmp_path, "mlflow.db"))
    assert evidence.aliases == ()
    assert [(source, target) for source, target, _, _ in relations(evidence, "trained_on")] == [
        (record("model", MODEL).key, f"sha256:{'a' * 64}"),
        (record("model", other).key, f"sha256:{'b' * 64}"),
    ]


def test_deleted_and_dangling_records_are_states(tmp_path: Path, blob_at: Opener) -> None:
    store(
        tmp_path,
        "UPDATE runs SET lifecycle_stage = 'deleted';"
        "INSERT INTO registered_model_aliases VALUES ('live', '9', 'fraud');"
        "INSERT INTO model_versions VALUES ('fraud', '1', 'runs:/r1/model', 'r1', 1760430610000, NULL);",
    )
    blob = blob_at(tmp_path, "mlflow.db")
    assert said(mlflow_store.collect(blob), record("run", "r1"))["status"] == "deleted"
    registry = mlflow_registry.collect(blob)
    assert [item.detail for item in registry.not_examined] == ["an alias of a version that is not there"]
    assert registry.aliases == ()
    assert said(registry, record("model", MODEL))["registration"] == {"registered": False, "digest_matches": None}


def test_a_view_under_the_name_of_a_table_is_not_read(tmp_path: Path, blob_at: Opener) -> None:
    connection = sqlite3.connect(tmp_path / "mlflow.db")
    connection.executescript("CREATE TABLE x (a); CREATE VIEW runs AS SELECT 'r1' AS run_uuid, 'evil' AS name;")
    connection.close()
    with pytest.raises(NotExaminable, match="without MLflow's table"):
        mlflow_store.collect(blob_at(tmp_path, "mlflow.db"))


def test_the_table_of_secrets_is_never_read(tmp_path: Path, blob_at: Opener) -> None:
    store(tmp_path, "CREATE TABLE secrets (key, value); INSERT INTO secrets VALUES ('token', 'hunter2hunter2');")
    blob = blob_at(tmp_path, "mlflow.db")
    assert "hunter2" not in repr((mlflow_store.collect(blob), mlflow_registry.collect(blob)))


def test_a_secret_among_the_parameters_is_redacted(tmp_path: Path, blob_at: Opener) -> None:
    secret = "q7Rz0K" + "w2mXv9LbT4cYh8Nd"
    store(tmp_path, f"INSERT INTO params VALUES ('api_key', '{secret}', 'r1');")
    values = said(mlflow_store.collect(blob_at(tmp_path, "mlflow.db")), record("run", "r1"))
    assert values["parameters"] == [{"name": "api_key", "value": "<assigned-secret>"}]


@pytest.mark.parametrize("cut", [100, 512, 4096, 9000])
def test_a_cut_store_is_not_examinable(cut: int, tmp_path: Path, blob_at: Opener) -> None:
    store(tmp_path, inputs("training"))
    path = tmp_path / "mlflow.db"
    path.write_bytes(path.read_bytes()[:cut])
    blob = blob_at(tmp_path, "mlflow.db")
    with pytest.raises(NotExaminable):
        mlflow_store.collect(blob)


def test_text_that_is_no_text_and_numbers_out_of_range_do_no_harm(tmp_path: Path, blob_at: Opener) -> None:
    store(
        tmp_path,
        "INSERT INTO runs VALUES (x'ff00', CAST(x'fffe' AS TEXT), 7, x'00', 9e300, -1, NULL, NULL);"
        "INSERT INTO runs VALUES ('r2', CAST(x'fffe' AS TEXT), NULL, NULL, 9223372036854775807, 'soon', NULL, NULL);",
    )
    values = said(mlflow_store.collect(blob_at(tmp_path, "mlflow.db")), record("run", "r2"))
    assert values["status"] == "unknown"
    assert "started" not in values


def test_only_databases_that_look_like_a_store_are_wanted() -> None:
    header = b"SQLite format 3\x00"
    assert mlflow_store.wants(blob_of_bytes("a/mlflow.db", header + bytes(100)))
    assert mlflow_store.wants(blob_of_bytes("tracking.sqlite", header + b"CREATE TABLE logged_models"))
    assert not mlflow_store.wants(blob_of_bytes("places.sqlite", header + bytes(100)))
    assert not mlflow_store.wants(blob_of_bytes("mlflow.db", b"text"))
