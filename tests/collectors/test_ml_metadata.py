"""A store written by ML Metadata 1.17 itself, and small ones with its tables for what that does not hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import ml_metadata
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
DATA = Path(__file__).parent / "data" / "ml_metadata"
TABLES = """
CREATE TABLE MLMDEnv (schema_version);
CREATE TABLE Type (id, name, type_kind);
CREATE TABLE Artifact (id, type_id, uri, state, name, create_time_since_epoch);
CREATE TABLE Execution (id, type_id, last_known_state, name, create_time_since_epoch, last_update_time_since_epoch);
CREATE TABLE Event (artifact_id, execution_id, type);
INSERT INTO Type VALUES (1, 'Examples', 1), (2, 'Model', 1), (3, 'ModelEvaluation', 1), (4, 'Evaluator', 0);
"""


def key(id: int | str) -> str:
    return f"record:ml_metadata/metadata.db#{id}"


def links(evidence: Evidence) -> set[tuple[str, str, str]]:
    return {(one.source.key, one.type, one.target.key) for one in evidence.relationships}


def said(evidence: Evidence, kind: str, id: int) -> dict[str, object]:
    return {
        item.predicate: item.value
        for item in evidence.statements
        if (item.subject.kind, item.subject.key) == (kind, key(id))
    }


@pytest.fixture
def real(blob_at: Opener) -> Evidence:
    blob = blob_at(DATA, "metadata.db")
    assert ml_metadata.wants(blob)
    return ml_metadata.collect(blob)


@pytest.fixture
def stored(tmp_path: Path, blob_at: Opener) -> Callable[[str], Evidence]:
    """Collects a store with the tables of the tool and what a script adds."""

    def made(script: str) -> Evidence:
        connection = sqlite3.connect(tmp_path / "metadata.db")
        connection.executescript(TABLES + script)
        connection.close()
        blob = blob_at(tmp_path, "metadata.db")
        assert ml_metadata.wants(blob)
        return ml_metadata.collect(blob)

    return made


def test_a_real_store_tells_what_made_the_model(real: Evidence) -> None:
    assert {one.proof for one in real.relationships} == {Proof.DECLARED, Proof.MATCHED}
    assert links(real) == {
        (key(1), "contains", f"sha256:{'b' * 64}"),
        (key(1), "generated_by", key(1)),
        (key(2), "generated_by", key(2)),
        (key(2), "trained_on", key(1)),
        (key(2), "used", key(1)),
        (key(2), "used", key("fraud")),
        (key(3), "used", key(1)),
    }


def test_the_runs_of_a_real_store(real: Evidence) -> None:
    trained, failed = said(real, "run", 2), said(real, "run", 3)
    assert (trained["status"], failed["status"]) == ("complete", "failed")
    assert trained["parameters"] == [
        {"name": "api_key", "value": "<assigned-secret>"},
        {"name": "module_file", "value": "/tfx/trainer.py"},
    ]
    assert str(trained["started"]) <= str(trained["ended"])


def test_what_was_deleted_is_not_told(real: Evidence) -> None:
    assert {one.ref.key for one in real.artifacts if one.ref.kind == "model"} == {key(2)}


@pytest.mark.parametrize(
    ("state", "event", "counts"), [(3, 4, True), (5, 6, True), (4, 4, False), (3, 1, False), (3, 7, False)]
)
def test_only_outputs_of_a_finished_execution_count(
    state: int, event: int, counts: bool, stored: Callable[[str], Evidence]
) -> None:
    evidence = stored(
        f"INSERT INTO Artifact VALUES (1, 2, 'x', 2, 'm', 0); INSERT INTO Execution VALUES (1, 4, {state}, 'e', 1, 1);"
        f"INSERT INTO Event VALUES (1, 1, {event});"
    )
    assert ((key(1), "generated_by", key(1)) in links(evidence)) == counts


def test_an_evaluation_tests_its_model_on_its_data(stored: Callable[[str], Evidence]) -> None:
    evidence = stored(
        "INSERT INTO Artifact VALUES (1, 1, 'd', 2, 'd', 0), (2, 2, 'm', 2, 'm', 0), (3, 3, 'r', 2, 'r', 0);"
        "INSERT INTO Execution VALUES (1, 4, 3, 'e', 1, 1); INSERT INTO Event VALUES (1, 1, 3), (2, 1, 3), (3, 1, 4);"
    )
    assert (key(2), "tested_on", key(1)) in links(evidence)


def test_a_type_may_build_on_a_known_one(stored: Callable[[str], Evidence]) -> None:
    evidence = stored(
        "CREATE TABLE ParentType (type_id, parent_type_id); INSERT INTO ParentType VALUES (9, 1), (77, 1), (9, 78);"
        "INSERT INTO Type VALUES (9, 'Claims', 1); INSERT INTO Artifact VALUES (1, 9, 's3://u:p@b/x?k=1', 2, NULL, 'x');"
    )
    assert [(one.ref.kind, one.name) for one in evidence.artifacts] == [("dataset", "s3://b/x")]


@pytest.mark.parametrize(
    "script",
    [
        "INSERT INTO Artifact VALUES (NULL, NULL, NULL, NULL, NULL, NULL), (x'00', x'ff', x'00', x'', x'', x'');"
        "INSERT INTO Execution VALUES (NULL, 1, 2, 3, 4, 5), ('a', x'00', 'x', x'01', -1, 9e99);"
        "INSERT INTO Event VALUES (NULL, 'a', 3), ('zz', 'a', x'03');",
        "ALTER TABLE Artifact DROP COLUMN uri; ALTER TABLE Execution DROP COLUMN name;",
        "CREATE VIEW Context AS SELECT 1 AS id, 1 AS type_id, 'pipeline' AS name;",
    ],
    ids=["types", "columns", "view"],
)
def test_odd_rows_break_nothing(script: str, stored: Callable[[str], Evidence]) -> None:
    assert links(stored(script)) == set()


def test_a_store_without_its_tables_is_not_examinable(tmp_path: Path, blob_at: Opener) -> None:
    connection = sqlite3.connect(tmp_path / "metadata.db")
    connection.executescript("CREATE TABLE MLMDEnv (a); CREATE VIEW Artifact AS SELECT 1 AS id;")
    connection.close()
    with pytest.raises(NotExaminable, match="unsupported"):
        ml_metadata.collect(blob_at(tmp_path, "metadata.db"))


def test_too_many_links_are_given_up(stored: Callable[[str], Evidence]) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
    with pytest.raises(NotExaminable, match="over_limit"):
        stored(
            f"{numbers} INSERT INTO Artifact SELECT i, 1 + i % 2, 'u', 2, 'n', 0 FROM n;"
            "INSERT INTO Execution SELECT 1000 + id, 4, 3, 'e', 1, 1 FROM Artifact WHERE id < 5;"
            "INSERT INTO Event SELECT Artifact.id, Execution.id, 3 + Artifact.id % 2 FROM Artifact, Execution;"
        )


def test_a_cut_store_is_told(tmp_path: Path, blob_at: Opener) -> None:
    (tmp_path / "metadata.db").write_bytes((DATA / "metadata.db").read_bytes()[:20_000])
    with pytest.raises(NotExaminable):
        ml_metadata.collect(blob_at(tmp_path, "metadata.db"))
