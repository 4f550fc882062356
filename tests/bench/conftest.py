"""Benchmarks run only on request (``make bench``): they take minutes and depend on the machine.

Each states its figure as a ratio to a floor that is measured in the same run, and fails when it misses its target.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if config.getoption("benchmark_only", default=False) else True


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall seconds, largest resident size of it or of a process it waited for, exit code."""

    seconds: float
    peak_mib: float
    code: int


@pytest.fixture(scope="session")
def run() -> Callable[..., Run]:
    """Runs a Python command in the repository; output is discarded."""

    def measured(*arguments: str) -> Run:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Run(time.perf_counter() - start, usage.ru_maxrss / 1024, process.returncode)

    return measured


@pytest.fixture(scope="session")
def best() -> Callable[[Callable[[], object]], float]:
    """Seconds of the fastest of three calls."""

    def fastest(call: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return min(times)

    return fastest
