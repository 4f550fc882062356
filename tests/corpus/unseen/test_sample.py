"""A sixth of the unseen set, as real libraries wrote it; ``make bench-unseen`` builds and measures the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.inspection import inspect_paths

SAMPLE = Path(__file__).parent / "sample"
UNKNOWN_ALLOWED = 0.05


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


def test_hardly_any_is_unknown(verdicts: dict[str, set[str]]) -> None:
    assert sum("unknown" in said for said in verdicts.values()) <= UNKNOWN_ALLOWED * len(verdicts)
