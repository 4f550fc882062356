"""Anomalies and a schema written by TensorFlow Data Validation 1.16, and hand-made ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import tfdv
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data"


def collected(blob: Blob) -> Evidence:
    assert tfdv.wants(blob)
    return tfdv.collect(blob)


def said(evidence: Evidence) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject.kind == "dataset"}


@pytest.mark.parametrize("name", ["anomalies.pbtxt", "SchemaDiff.pb"])
def test_a_real_validation_as_text_and_as_bytes(name: str, blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, f"tfdv/{name}"))
    summary = "High approximate Jensen-Shannon divergence between current and previous"
    assert said(evidence) == {
        "anomalies": [
            {"id": "amount", "severity": "error", "summary": summary},
            {"id": "kind", "severity": "error", "summary": "Multiple errors"},
        ],
    }
    assert {str(one.source) for one in evidence.relationships} == {"dataset:path:tfdv"}
    assert [(one.group, one.detail) for one in evidence.gaps] == [("drift", "validation without a time")]
    assert "~12%" not in repr(evidence)


def test_a_real_schema_names_the_columns(blob_at: Opener) -> None:
    assert said(collected(blob_at(DATA, "tfdv/schema.pbtxt"))) == {"columns": ["amount", "kind"]}


def test_a_clean_validation_has_no_anomalies(record: Maker) -> None:
    evidence = collected(record("d/anomalies.pbtxt", "baseline { }\nanomaly_name_format: SERIALIZED_PATH\n"))
    assert said(evidence) == {"anomalies": []}
    assert [one.group for one in evidence.gaps] == ["drift"]


def test_a_validation_without_data_says_nothing_of_them(record: Maker) -> None:
    for blob in (
        record("a.pbtxt", "data_missing: true anomaly_name_format: X"),
        record("SchemaDiff.pb", b"\x18\x01"),
    ):
        evidence = collected(blob)
        assert (said(evidence), [one.group for one in evidence.gaps]) == ({}, ["anomalies", "drift"])


def test_a_severity_nobody_knows_is_unknown(record: Maker) -> None:
    text = "anomaly_info { key: 'a' value { severity: 7 } } dataset_anomaly_info { severity: WARNING }"
    assert said(collected(record("a.pbtxt", text.replace("anomaly_info {", "anomaly_info {\n", 1))))["anomalies"] == [
        {"id": "a", "severity": "unknown", "summary": ""},
        {"id": "(whole)", "severity": "warning", "summary": ""},
    ]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.pbtxt", "anomaly_info { key"),
        ("a.pbtxt", "anomaly_info { " * 30_000),
        ("SchemaDiff.pb", b"\x08\x01"),
        ("SchemaDiff.pb", b"\xff\xff"),
        ("anomalies.pb", b"\x12\x7f"),
    ],
)
def test_what_cannot_be_read_is_not_examinable(path: str, content: str | bytes, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record(path, content))


def test_bytes_cut_anywhere_are_told_or_read(blob_at: Opener, record: Maker) -> None:
    data = blob_at(DATA, "tfdv/SchemaDiff.pb").read()
    for end in range(1, len(data), 7):
        try:
            collected(record("SchemaDiff.pb", data[:end]))
        except NotExaminable as error:
            assert error.reason == "unreadable"


def test_statistics_are_left_alone(record: Maker) -> None:
    assert not tfdv.wants(record("stats.pbtxt", "datasets { num_examples: 500 }"))
    assert not tfdv.wants(record("schema.pbtxt", "model_config_list { }"))


def test_more_anomalies_than_are_told_are_no_secret(record: Maker) -> None:
    text = "".join(f"anomaly_info {{ key: 'c{number}' value {{ }} }}\n" for number in range(tfdv.ANOMALIES + 1))
    evidence = collected(record("a.pbtxt", text))
    assert [one.reason for one in evidence.not_examined] == ["over_limit"]
    assert len(said(evidence)["anomalies"]) == tfdv.ANOMALIES  # type: ignore[arg-type]
