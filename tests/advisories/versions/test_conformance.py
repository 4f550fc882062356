"""Comparison files of an independent implementation: a committed sample, and the whole files where they are present."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from scanner.advisories.versions import APK, DPKG, PYPI, RPM, SEMVER, InvalidVersion, Order

DATA = Path(__file__).parent / "data"
SAMPLES = [(PYPI, "pypi"), (DPKG, "dpkg"), (APK, "apk"), (SEMVER, "semver"), (RPM, "rpm")]
WHOLE = [
    (PYPI, "pypi-versions.txt", 37, 0),
    (PYPI, "pypi-versions-generated.txt", 12375, 0),
    (DPKG, "debian-versions.txt", 30, 0),
    (DPKG, "debian-versions-generated.txt", 14442, 0),
    (APK, "alpine-versions-generated.txt", 13979, 58),
    (SEMVER, "semver-versions.txt", 86, 0),
    (RPM, "redhat-versions.txt", 165, 0),
]


def comparisons(path: Path) -> Iterator[tuple[str, str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("# ", "// ")):
            left, operator, right = line.split(" ")
            yield left, operator, right


def relation(order: Order, left: str, right: str) -> str:
    first, second = order.key(left), order.key(right)
    if first == second:
        return "="
    return "<" if first < second else ">"


def disagreements(order: Order, path: Path) -> tuple[list[str], int, int]:
    """Wrong lines, rejected lines, lines."""
    wrong, rejected, total = [], 0, 0
    opposite = {"<": ">", ">": "<", "=": "="}
    for left, operator, right in comparisons(path):
        total += 1
        try:
            found = relation(order, left, right), relation(order, right, left)
        except InvalidVersion:
            rejected += 1
            continue
        if found != (operator, opposite[operator]):
            wrong.append(f"{left} {operator} {right}")
    return wrong, rejected, total


@pytest.mark.parametrize(("order", "name"), SAMPLES, ids=[name for _, name in SAMPLES])
def test_the_sample_in_both_directions(order: Order, name: str) -> None:
    wrong, rejected, total = disagreements(order, DATA / f"{name}.txt")
    assert (wrong, rejected) == ([], 0)
    assert total >= 50


@pytest.mark.shared
@pytest.mark.parametrize(("order", "name", "lines", "invalid"), WHOLE, ids=[row[1] for row in WHOLE])
def test_the_whole_files_in_both_directions(order: Order, name: str, lines: int, invalid: int, shared: Path) -> None:
    assert disagreements(order, shared / "versions" / name) == ([], invalid, lines)


@pytest.mark.parametrize(("order", "name"), SAMPLES, ids=[name for _, name in SAMPLES])
def test_sorting_by_key_is_a_total_order(order: Order, name: str) -> None:
    keys = sorted(
        order.key(version) for left, _, right in comparisons(DATA / f"{name}.txt") for version in (left, right)
    )
    assert all(not second < first for first, second in pairwise(keys))
