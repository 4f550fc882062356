"""A report and a workspace snapshot written by Evidently 0.7.23 (the snapshot without its drawings), and hand-made ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import evidently
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data"


def column(name: str, method: str, threshold: object, value: object) -> dict[str, object]:
    settings = {"type": "evidently:metric_v2:ValueDrift", "column": name, "method": method, "threshold": threshold}
    return {"config": settings, "value": value}


def collected(blob: Blob) -> Evidence:
    assert evidently.wants(blob)
    return evidently.collect(blob)


def drift(evidence: Evidence) -> object:
    return next((one.value for one in evidence.statements if one.predicate == "drift"), None)


def anomalies(evidence: Evidence) -> list[str]:
    found = next(one.value for one in evidence.statements if one.predicate == "anomalies")
    assert isinstance(found, list)
    return [one["id"] for one in found]


def test_the_drift_of_the_data_beside_a_real_snapshot(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "evidently/snapshot.json"))
    assert drift(evidence) == {"share": 2 / 3, "measured": "2026-11-21T01:55:42.471680Z"}
    assert anomalies(evidence) == ["amount", "kind"]
    (link,) = evidence.relationships
    assert (str(link.source), str(link.target)) == ("dataset:path:evidently", "document:place:evidently/snapshot.json")
    assert (link.type, link.proof) == ("described_by", Proof.INFERRED)


def test_a_real_report_has_no_time_and_so_its_drift_stays_undated(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "evidently/report.json"))
    assert [(one.group, one.detail) for one in evidence.gaps] == [("drift", "report of drift without a time")]
    assert (drift(evidence), anomalies(evidence)) == (None, ["amount", "kind"])
    assert [one.value for one in evidence.statements if one.predicate == "undated_drift"] == [{"share": 2 / 3}]


def test_p_values_fall_and_distances_rise(record: Maker) -> None:
    metrics = [
        column("a", "K-S p_value", 0.05, 0.04),
        column("b", "K-S p_value", 0.05, 0.05),
        column("c", "Wasserstein distance (normed)", 0.1, 0.1),
        column("d", "PSI", 0.1, 0.09),
    ]
    evidence = collected(record("r.json", json.dumps({"timestamp": "2025-01-02", "metrics": metrics})))
    assert drift(evidence) == {"share": 0.5, "measured": "2025-01-02T00:00:00Z"}
    assert anomalies(evidence) == ["a", "c"]


def test_a_report_of_the_versions_before(record: Maker) -> None:
    result = {"metric": "DatasetDriftMetric", "result": {"share_of_drifted_columns": 0.25}}
    text = json.dumps({"version": "0.4.33", "timestamp": "2025-01-02 03:04:05", "metrics": [result]})
    assert drift(collected(record("r.json", text))) == {"share": 0.25, "measured": "2025-01-02T03:04:05Z"}


def test_a_report_about_something_else_leaves_a_gap(record: Maker) -> None:
    metric = {"config": {"type": "evidently:metric_v2:RowCount"}, "value": 5}
    evidence = collected(record("r.json", json.dumps({"metrics": [metric]})))
    assert (drift(evidence), [one.group for one in evidence.gaps]) == (None, ["drift"])


@pytest.mark.parametrize(
    "metric",
    [
        column("a", "PSI", "0.1", 5),
        column("a", "PSI", None, None),
        column("a", "PSI", 0.1, [1]),
        {"config": {"type": "evidently:metric_v2:DriftedColumnsCount"}, "value": {"share": True}},
        {"config": {"type": "evidently:metric_v2:DriftedColumnsCount"}, "value": {"share": 7}},
        {"config": {"type": ["evidently:metric_v2:"]}, "value": 3},
    ],
)
def test_measurements_of_odd_types_are_none(metric: dict[str, object], record: Maker) -> None:
    text = json.dumps({"x": "evidently:metric_v2:", "timestamp": "2025-01-02", "metrics": [metric, 3]})
    assert drift(collected(record("r.json", text))) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"evidently:metric_v2:x": 1}',
        '{"evidently:metric_v2:x": ',
        '{"evidently:metric_v2:x": NaN}',
        '{"evidently:metric_v2:x": ' + "[" * 30_000,
    ],
)
def test_what_is_no_report_is_not_examinable(text: str, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("r.json", text))
