"""Evidently reports: which share of the columns of a data set has drifted.

Source: reports (``Report.save_json``) and snapshots of a workspace in Evidently 0.7, and reports of the versions before it.
A report of 0.7 says neither which data it measured nor when; a snapshot says when. The time of the file would be that of a
copy: a report without a time stays undated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanner.errors import NOT_COLLECTED, UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json
from scanner.records import json_bounded
from scanner.records.folder_reports import data_beside
from scanner.records.plain import Plain, at, mapping, mappings, text
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "evidently"
VERSION: Final = "1"
_METRIC: Final = "evidently:metric_v2:"
_MARKS: Final = (b'"evidently:metric_v2:', b'"DatasetDriftMetric"')
_P_VALUE: Final = "p_value"


def wants(blob: Blob) -> bool:
    """JSON that names a metric of Evidently."""
    if not blob.name.lower().endswith(".json") or not blob.head.lstrip().startswith(b"{"):
        return False
    known = blob.content if blob.content is not None else blob.head
    return any(mark in known for mark in _MARKS)


def collect(blob: Blob) -> Evidence:
    """The drift of the data beside the report. Raises NotExaminable for what is no report."""
    data = mapping(json_bounded.loads(blob.text()))
    results = [_result(one) for one in mappings(data.get("metrics"))]
    results += [_snapshot_result(mapping(one)) for one in mapping(data.get("metric_results")).values()]
    if not results:
        raise NotExaminable(UNREADABLE, "report without metrics")
    builder = EvidenceBuilder(NAME)
    dataset = data_beside(builder, blob)
    columns = _columns(results)
    if columns:
        drifted: list[Json] = [
            {"id": column, "severity": "warning", "summary": "its distribution has drifted"}
            for column, has_drifted in sorted(columns.items())
            if has_drifted
        ]
        builder.state(dataset, "anomalies", drifted, blob.location)
    share, measured = _share(results, columns), from_text(text(data.get("timestamp")))
    if share is None:
        builder.gap(dataset, "drift", NOT_COLLECTED, "report without a measurement of drift", blob.location)
    elif measured is None:
        builder.gap(dataset, "drift", NOT_COLLECTED, "report of drift without a time", blob.location)
        builder.state(dataset, "undated_drift", {"share": share}, blob.location)
    else:
        builder.state(dataset, "drift", {"share": share, "measured": measured}, blob.location)
    return builder.build()


_Result = tuple[str, Mapping[str, Plain], Plain]
"""Type of a metric, its settings, and its value."""


def _result(metric: Mapping[str, Plain]) -> _Result:
    """A metric of a report; before 0.7 its type is a plain name."""
    settings = mapping(metric.get("config"))
    name = text(settings.get("type")) or text(metric.get("metric")) or ""
    return name.removeprefix(_METRIC), settings, metric.get("value", metric.get("result"))


def _snapshot_result(result: Mapping[str, Plain]) -> _Result:
    settings = mapping(at(result, "metric_value_location", "metric", "params"))
    share = at(result, "share", "value")
    value: Plain = result.get("value") if share is None else {"share": share}
    return (text(settings.get("type")) or "").removeprefix(_METRIC), settings, value


def _columns(results: list[_Result]) -> dict[str, bool]:
    """Each measured column and whether it has drifted."""
    return {
        column: drifted
        for name, settings, value in results
        if name == "ValueDrift"
        and (column := text(settings.get("column"))) is not None
        and (drifted := _is_drifted(settings, value)) is not None
    }


def _share(results: list[_Result], columns: Mapping[str, bool]) -> float | None:
    """The worst share that the report states; without one, that of the columns it measured."""
    stated = [
        _number(at(value, key))
        for name, _, value in results
        for key in ("share", "share_of_drifted_columns")
        if name in ("DriftedColumnsCount", "DatasetDriftMetric")
    ]
    known = [share for share in stated if share is not None and 0 <= share <= 1]
    if known:
        return max(known)
    return sum(columns.values()) / len(columns) if columns else None


def _is_drifted(settings: Mapping[str, Plain], value: Plain) -> bool | None:
    """A p-value falls below its threshold, a distance rises to it; None where either is missing."""
    measured, threshold = _number(value), _number(settings.get("threshold"))
    if measured is None or threshold is None:
        return None
    is_p_value = _P_VALUE in (text(settings.get("method")) or "").replace("-", "_")
    return measured < threshold if is_p_value else measured >= threshold


def _number(value: Plain) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
