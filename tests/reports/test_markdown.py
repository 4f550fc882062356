"""Markdown: short, and foreign text without effect."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.reports import markdown
from scanner.result import ScanResult, Unexamined
from tests.reports.sample_graph import HOSTILE
from tests.reports.sample_result import sample_result, with_findings


def _text(result: ScanResult) -> str:
    return markdown.render(result).decode()


def test_the_verdict_comes_first_and_each_open_finding_is_a_row() -> None:
    text = _text(sample_result())
    assert text.startswith("## Lading: Blocked: 4 blocking findings, 2 undecided, 2 places not examined\n")
    rows = [line for line in text.splitlines() if line.startswith(("| blocked", "| undecided", "| warning"))]
    assert len(rows) == 9
    assert "Not shown: 1 not yet effective, 1 waived" in text


def test_a_huge_result_stays_within_the_limits_and_says_what_is_missing() -> None:
    sample = sample_result()
    finding = replace(sample.findings[0], message="m" * 5000, locations=("p" * 5000,))
    place = Unexamined("x" * 5000, "layer", "unsupported", "d" * 5000)
    big = replace(
        with_findings(sample, *[finding] * 500),
        notices=("n" * 5000,) * 500,
        coverage=replace(sample.coverage, not_examined=(place,) * 500),
        policy=sample.policy * 300,
    )
    text = _text(big)
    assert len(text) < 65_536
    assert len(text.splitlines()) <= 60
    assert "Not shown: 470 blocked" in text
    assert "- not examined: 493 more places" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("<b>", "&lt;b&gt;"),
        ("@everyone", "&#64;everyone"),
        ("https://evil.example", "https&#58;//evil.example"),
        ("www.evil.example", "www&#46;evil.example"),
        ("[click](javascript:alert(1))", "\\[click\\]\\(javascript:alert\\(1\\)\\)"),
        ("two\nlines", "two lines"),
        ("#12 &lt;", "\\#12 &amp;lt;"),
    ],
)
def test_foreign_text_has_no_effect(name: str, shown: str) -> None:
    assert markdown.escape(name) == shown


@pytest.mark.parametrize("name", HOSTILE)
def test_a_row_stays_one_row_of_six_cells(name: str) -> None:
    sample = sample_result()
    finding = replace(sample.findings[0], message=name, locations=(name,), fix=name)
    (row,) = [line for line in _text(replace(sample, findings=(finding,))).splitlines() if line.startswith("| blocked")]
    assert row.replace("\\|", "").count("|") == 7
    assert "<" not in row
