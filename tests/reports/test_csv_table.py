"""CSV: a table that a spreadsheet opens as it is and that runs nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reports import csv_table
from scanner.result import ScanResult
from tests.reports.sample_graph import HOSTILE
from tests.reports.sample_result import sample_result


def _rows(result: ScanResult) -> list[dict[str, str]]:
    data = csv_table.render(result)
    assert data.startswith(b"\xef\xbb\xbf"), "spreadsheets need the byte order mark to read UTF-8"
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_row_for_the_result_each_finding_and_each_blind_spot() -> None:
    records = [row["record"] for row in _rows(sample_result())]
    assert records == ["result"] + ["finding"] * 11 + ["not_examined"] * 2


def test_a_finding_is_told_in_full() -> None:
    row = next(row for row in _rows(sample_result()) if row["id"] == "F-010")
    assert (row["disposition"], row["name"], row["version"]) == ("waived", "jinja2", "3.1.2")
    assert (row["waiver"], row["waiver_approved_by"]) == ("W-001", "security-lead")
    assert row["waiver_expires"] == "2026-11-30T00:00:00Z"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", *HOSTILE])
def test_no_cell_starts_a_formula(name: str) -> None:
    sample = sample_result()
    finding = replace(sample.findings[0], message=name, title=name, about=name)
    row = _rows(replace(sample, findings=(finding,)))[1]
    assert not row["message"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["message"].isprintable()


@given(st.text(max_size=60))
def test_a_cell_never_leaves_its_place(text: str) -> None:
    sample = sample_result()
    rows = _rows(replace(sample, findings=(replace(sample.findings[0], message=text, fix=text),)))
    assert [row["record"] for row in rows] == ["result", "finding", "not_examined", "not_examined"]
    assert None not in rows[1] and rows[1]["id"] == "F-001"
