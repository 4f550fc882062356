"""The gate on files that real libraries wrote (``make_samples.py``): never malicious, hardly ever unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.inspectors.pickle import analyse, looks_like_pickle

DATA = Path(__file__).parent / "data"
COMPRESSED = {"compressed_zlib.joblib", "compressed_lz4.joblib"}
SAMPLES = sorted(path.name for path in DATA.iterdir() if path.name not in COMPRESSED | {"VERSIONS.txt"})
UNKNOWN_ALLOWED = 0.03


def test_the_samples_are_there() -> None:
    assert len(SAMPLES) > 100
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 400_000


def test_no_sample_is_malicious_and_few_are_unknown() -> None:
    verdicts = {name: analyse((DATA / name).read_bytes()).verdict for name in SAMPLES}
    assert [name for name, verdict in verdicts.items() if verdict in ("malicious", "not-examined")] == []
    assert sum(verdict == "unknown" for verdict in verdicts.values()) <= UNKNOWN_ALLOWED * len(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_known_safe_sample_is_accounted_for_to_the_last_byte(name: str) -> None:
    content = (DATA / name).read_bytes()
    report = analyse(content)
    assert report.bytes_examined == report.bytes_total == len(content)
    assert report.pickles >= 1
    assert looks_like_pickle(content[:65536], len(content), content[-16:])


@pytest.mark.parametrize("name", sorted(COMPRESSED))
def test_compressed_files_are_for_the_caller_to_open(name: str) -> None:
    assert analyse((DATA / name).read_bytes()).verdict == "not-examined"
