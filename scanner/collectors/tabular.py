"""Tables as datasets: CSV and its kin, JSON lines and Parquet, told by content, with rows, columns and newest event time.

Parquet is read by its footer alone. Where no column is clearly a time, nothing is said about how old the data is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from scanner import identity
from scanner.errors import NOT_COLLECTED, OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json, Proof
from scanner.records import delimited
from scanner.records.event_times import EventTimes, is_clear
from scanner.records.parquet_footer import MAGIC, footer
from scanner.sources.blob import Blob

NAME: Final = "tabular"
VERSION: Final = "1"
BYTES: Final = 4 << 30
LINE: Final = 16 << 20
COLUMNS: Final = 10_000
_LINES: Final = (".jsonl", ".ndjson")
_NEVER: Final = (
    ".py",
    ".pyi",
    ".js",
    ".ts",
    ".c",
    ".h",
    ".md",
    ".rst",
    ".po",
    ".sql",
    ".html",
    ".svg",
    ".css",
    ".r",
    ".java",
)


_EVENT_MARKS: Final = (b'"eventType"', b'"runId"', b'"job"')
"""Keys of OpenLineage events: lines of JSON that are records of runs, not data."""


def wants(blob: Blob) -> bool:
    """A Parquet file, lines of JSON objects, or delimited text with a header and rows of one width."""
    name = blob.name.lower()
    if blob.head.startswith(MAGIC):
        return True
    if name.endswith(_LINES):
        return blob.head.lstrip().startswith(b"{") and not all(mark in blob.head for mark in _EVENT_MARKS)
    return not name.endswith(_NEVER) and blob.name != "RECORD" and delimited.layout(blob) is not None


def collect(blob: Blob) -> Evidence:
    """The table as a dataset that contains the file. Raises NotExaminable for a table that breaks off."""
    if blob.size > BYTES:
        raise NotExaminable(OVER_LIMIT, f"table larger than {BYTES} bytes")
    if blob.head.startswith(MAGIC):
        return _parquet(blob)
    return _json_lines(blob) if blob.name.lower().endswith(_LINES) else _delimited(blob)


def _delimited(blob: Blob) -> Evidence:
    layout = delimited.layout(blob)
    if layout is None:
        raise NotExaminable(UNREADABLE, "no table")
    times = EventTimes()
    for row in delimited.rows(blob, layout):
        times.see(layout.columns, row)
    return _stated(blob, "tsv" if layout.delimiter == "\t" else "csv", times.rows, layout.columns, times.result())


def _json_lines(blob: Blob) -> Evidence:
    times = EventTimes()
    columns: dict[str, None] = {}
    with blob.open() as stream:
        while line := stream.readline(LINE + 1):
            if len(line) > LINE:
                raise NotExaminable(OVER_LIMIT, f"line longer than {LINE} bytes")
            if not line.strip():
                continue
            row = _object(line)
            columns.update(dict.fromkeys(row))
            if len(columns) > COLUMNS:
                raise NotExaminable(OVER_LIMIT, f"more than {COLUMNS} columns")
            names = list(row)
            times.see(names, [_cell(row[name]) for name in names])
    return _stated(blob, "jsonl", times.rows, tuple(columns), times.result())


def _object(line: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise NotExaminable(UNREADABLE, "line that is no JSON") from None
    if not isinstance(value, dict):
        raise NotExaminable(UNREADABLE, "line that is no JSON object")
    return value


def _cell(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _parquet(blob: Blob) -> Evidence:
    found = footer(blob)
    newest = {name: time for name, time in found.newest.items() if is_clear(name.rpartition(".")[2])}
    basis = "content"
    if not newest:
        newest, basis = found.newest, "record"
    column = max(sorted(newest), key=lambda name: newest[name], default=None)
    time = (column, newest[column], basis) if column is not None else None
    return _stated(blob, "parquet", found.rows, found.columns, time)


def _stated(
    blob: Blob, format: str, rows: int, columns: tuple[str, ...], time: tuple[str, str, str] | None
) -> Evidence:
    builder = EvidenceBuilder(NAME)
    place = blob.location
    names: list[Json] = list(columns)
    column, newest, basis = time or (None, None, None)
    dataset = builder.artifact(
        identity.content("dataset", blob.sha256),
        place,
        name=blob.name.partition(".")[0] or blob.name,
        digests={"sha256": blob.sha256},
        size=blob.size,
    )
    builder.relate(dataset, "contains", blob.ref, Proof.MATCHED, place)
    builder.state(blob.ref, "format", format, place)
    builder.state(blob.ref, "tabular", {"rows": rows, "columns": names, "newest": newest, "column": column}, place)
    builder.state(dataset, "format", format, place)
    builder.state(dataset, "rows", rows, place)
    builder.state(dataset, "columns", names, place)
    if column is not None:
        where = blob.at(f"column {column[:100]}")
        builder.state(dataset, "as_of", {"time": newest, "basis": basis}, where)
        date: Json = {"id": f"column {column[:100]}", "what": "newest event", "time": newest, "basis": basis}
        builder.state(dataset, "dates", [date], where)
    else:
        builder.gap(dataset, "as_of", NOT_COLLECTED, "no column that is a time in every row", place)
    return builder.build()
