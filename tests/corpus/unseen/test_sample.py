"""A sixth of the unseen set, as real libraries wrote it; ``make bench-unseen`` builds and measures the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.inspection import Inspected, inspect_paths
from tests.corpus.unseen.measure import breaches, label
from tests.corpus.unseen.measure import verdicts as verdicts_of

SAMPLE = Path(__file__).parent / "sample"
UNKNOWN_ALLOWED = 0.05
"""Of a small sample, in which files that need a review count as well."""


@pytest.fixture(scope="module")
def verdicts() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in inspect_paths([SAMPLE], 1):
        found.setdefault(one.path.partition("!")[0], set()).add(one.verdict)
    return found


def test_the_sample_is_there_and_small() -> None:
    files = [path for path in SAMPLE.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert sum(path.stat().st_size for path in files) < 300_000
    assert "scikit-learn" in (SAMPLE / "VERSIONS.txt").read_text()


def test_every_file_gets_a_verdict_and_none_is_malicious(verdicts: dict[str, set[str]]) -> None:
    files = {path.relative_to(SAMPLE).as_posix() for path in (SAMPLE / "listed").rglob("*") if path.is_file()}
    assert files <= set(verdicts)
    assert [name for name, said in verdicts.items() if said & {"malicious", "not-examined"}] == []


def inspected(verdict: str, *codes: str) -> Inspected:
    return Inspected("m.pkl", "pickle", verdict, tuple({"code": code, "detail": ""} for code in codes), {}, None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([inspected("unknown", "evaluated-text")], "needs-review"),
        ([inspected("unknown"), inspected("unknown", "evaluated-text")], "needs-review"),
        ([inspected("unknown", "evaluated-text", "unlisted-reference")], "unknown"),
        ([inspected("unknown", "evaluated-text"), inspected("unknown", "persistent-id")], "unknown"),
        ([inspected("unknown")], "unknown"),
        ([inspected("malicious", "evaluated-text"), inspected("unknown", "evaluated-text")], "malicious"),
        ([inspected("known-safe")], "known-safe"),
        ([], "none"),
    ],
)
def test_only_the_reason_decides_what_needs_review(said: list[Inspected], expected: str) -> None:
    assert label(said) == expected


def test_a_formula_of_a_real_file_needs_review_and_is_not_counted_as_unknown() -> None:
    found = verdicts_of(SAMPLE)
    needing = [name for name, verdict in found.items() if verdict == "needs-review"]
    assert needing == ["listed/statistical/formula.bz2.pkl"]


def test_the_bounds_are_kept_to_by_name_and_by_share() -> None:
    listed = {f"listed/{number}": "known-safe" for number in range(99)}
    assert breaches(listed | {"listed/a": "unknown", "unlisted/b": "unknown", "listed/c": "needs-review"}) == []
    two = {"listed/a": "unknown", "listed/b": "unknown"}
    assert breaches(listed | two) == ["listed/a: unknown", "listed/b: unknown"]
    assert breaches(listed | {"unlisted/a": "malicious"}) == ["unlisted/a: malicious"]


def test_hardly_any_is_unknown(verdicts: dict[str, set[str]]) -> None:
    assert sum("unknown" in said for said in verdicts.values()) <= UNKNOWN_ALLOWED * len(verdicts)
