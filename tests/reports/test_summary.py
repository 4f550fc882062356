"""What all reports share: the words for the verdict, the order of findings, and places taken apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reports import summary
from scanner.reports.summary import Place, place_of
from tests.reports.sample_result import sample_result, with_findings


def test_findings_stand_in_the_order_of_what_they_do() -> None:
    told = [(word, finding.id) for word, finding in summary.ordered(sample_result())]
    assert told == [
        ("blocked", "F-001"),
        ("blocked", "F-002"),
        ("blocked", "F-003"),
        ("blocked", "F-004"),
        ("undecided", "F-005"),
        ("undecided", "F-006"),
        ("warning", "F-007"),
        ("warning", "F-008"),
        ("warning", "F-009"),
        ("not yet effective", "F-011"),
        ("waived", "F-010"),
    ]


def test_only_new_findings_block_with_a_baseline() -> None:
    sample = replace(sample_result(), gate="new")
    told = {finding.id: word for word, finding in summary.ordered(with_findings(sample, *sample.findings))}
    assert (told["F-001"], told["F-002"]) == ("blocked", "known")


def test_the_policy_decides_what_unknown_does() -> None:
    """A rule may say that unknown fails: then such a finding is among those counted as blocking."""
    sample = sample_result()
    unknown = sample.findings[4]
    strict = replace(sample, findings=(unknown,), blocking=1, undecided=0)
    lenient = replace(sample, findings=(unknown,), blocking=0, undecided=0)
    assert [word for word, _ in summary.ordered(strict)] == ["blocked"]
    assert [word for word, _ in summary.ordered(lenient)] == ["warning"]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("a/b.txt", Place("a/b.txt", "a/b.txt", "", None)),
        ("a.txt (line 7)", Place("a.txt", "a.txt", "line 7", 7)),
        ("db (table runs, row 3)", Place("db", "db", "table runs, row 3", None)),
        ("x.tar!y.txt (line 7)", Place("x.tar!y.txt", "x.tar", "line 7", None)),
        ("copy (1).txt", Place("copy (1).txt", "copy (1).txt", "", None)),
    ],
)
def test_places(location: str, place: Place) -> None:
    assert place_of(location) == place


@pytest.mark.parametrize(
    ("verdict", "code", "meaning"),
    [
        ("pass", 0, "every blocking rule passed"),
        ("fail", 1, "policy failed"),
        ("fail", 0, "policy failed; 0 because --exit-zero asked for it"),
        ("incomplete", 0, "incomplete; 0 because --exit-zero asked for it"),
    ],
)
def test_an_exit_code_says_no_more_than_the_verdict(verdict: str, code: int, meaning: str) -> None:
    assert summary.exit_meaning(replace(sample_result(), verdict=verdict, exit_code=code)) == meaning


@given(st.text(st.characters(categories=None), max_size=60))
def test_any_path_becomes_a_relative_uri(path: str) -> None:
    uri = summary.uri(path)
    assert uri.isascii() and uri and not uri.startswith("/")
    assert not set(uri) & set(' :"<>\\#?')
