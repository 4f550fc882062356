"""TensorFlow Data Validation: what a validation found wrong with data, and the schema they should have.

Source: anomalies.proto and schema.proto of TensorFlow Metadata 1.21, as text and, under the names TFX gives it, as bytes. A
column whose drift is above the limit of its schema is an anomaly. The files name no data and no time, without which a share of
drift is no verdict of any age: none is stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scanner.errors import NOT_COLLECTED, OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json
from scanner.records import text_proto
from scanner.records.folder_reports import data_beside
from scanner.records.protobuf import Message
from scanner.records.text_proto import TextMessage
from scanner.sources.blob import Blob

NAME: Final = "tfdv"
VERSION: Final = "1"
ANOMALIES: Final = 10_000
_TEXTS: Final = (".pbtxt", ".textproto", ".txt")
_BINARY: Final = ("SchemaDiff.pb", "anomalies.pb")
_MARKS: Final = (b"anomaly_info {", b"drift_skew_info {", b"anomaly_name_format:")
_SCHEMA: Final = "schema.pbtxt"
_SEVERITIES: Final = {"1": "warning", "WARNING": "warning", "2": "error", "ERROR": "error"}


@dataclass(frozen=True, slots=True)
class _Anomaly:
    column: str
    severity: str
    summary: str


@dataclass(frozen=True, slots=True)
class _Report:
    anomalies: list[_Anomaly]
    data_missing: bool


def wants(blob: Blob) -> bool:
    """Anomalies by their fields, bytes by the name that TFX gives them, a schema by name and first field."""
    if blob.name in _BINARY:
        return blob.size > 0
    if not blob.name.endswith(_TEXTS):
        return False
    known = blob.content if blob.content is not None else blob.head
    return any(mark in known for mark in _MARKS) or (blob.name == _SCHEMA and known.lstrip().startswith(b"feature {"))


def collect(blob: Blob) -> Evidence:
    """What the file says of the data beside it. Raises NotExaminable when it cannot be read."""
    builder = EvidenceBuilder(NAME)
    if blob.name in _BINARY:
        _state_report(builder, blob, _from_bytes(Message(memoryview(blob.read()))))
        return builder.build()
    message = text_proto.loads(blob.text())
    if blob.name == _SCHEMA and "anomaly_info" not in message:
        names = {text_proto.string(feature, "name")[:500] for feature in text_proto.messages(message, "feature")}
        columns: list[Json] = [*sorted(names - {""})]
        builder.state(data_beside(builder, blob, "data_sheet"), "columns", columns, blob.location)
    else:
        _state_report(builder, blob, _from_text(message))
    return builder.build()


def _state_report(builder: EvidenceBuilder, blob: Blob, report: _Report) -> None:
    dataset = data_beside(builder, blob)
    if report.data_missing:
        detail = "the validation had no data"
        builder.gap(dataset, "anomalies", NOT_COLLECTED, detail, blob.location)
        builder.gap(dataset, "drift", NOT_COLLECTED, detail, blob.location)
        return
    if len(report.anomalies) > ANOMALIES:
        builder.missed(blob.location, OVER_LIMIT, f"more than {ANOMALIES} anomalies")
    found: list[Json] = [
        {"id": one.column, "severity": one.severity, "summary": one.summary} for one in report.anomalies[:ANOMALIES]
    ]
    builder.state(dataset, "anomalies", found, blob.location)
    builder.gap(dataset, "drift", NOT_COLLECTED, "validation without a time", blob.location)


def _from_bytes(message: Message) -> _Report:
    anomalies = [
        _anomaly(entry.text(1), str(entry.message(2).integer(5)), entry.message(2).text(6))
        for entry in message.messages(2)
    ]
    if whole := message.messages(8):
        anomalies.append(_anomaly("", str(whole[-1].integer(5)), whole[-1].text(6)))
    if not (anomalies or message.messages(1) or message.messages(9) or message.integer(3) is not None):
        raise NotExaminable(UNREADABLE, "no anomalies of a validation")
    return _Report(anomalies, bool(message.integer(3)))


def _from_text(message: TextMessage) -> _Report:
    anomalies = []
    for entry in text_proto.messages(message, "anomaly_info"):
        for value in text_proto.messages(entry, "value"):
            severity, summary = text_proto.string(value, "severity"), text_proto.string(value, "short_description")
            anomalies.append(_anomaly(text_proto.string(entry, "key"), severity, summary))
    for value in text_proto.messages(message, "dataset_anomaly_info"):
        severity, summary = text_proto.string(value, "severity"), text_proto.string(value, "short_description")
        anomalies.append(_anomaly("", severity, summary))
    return _Report(anomalies, text_proto.string(message, "data_missing") == "true")


def _anomaly(column: str, severity: str, summary: str) -> _Anomaly:
    """The long description of an anomaly quotes values of the data and is not kept."""
    return _Anomaly(column[:500] or "(whole)", _SEVERITIES.get(severity, "unknown"), summary[:500])
