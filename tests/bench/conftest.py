"""Benchmarks run only on request (``make bench``): they take minutes and depend on the machine.

Each states its figure as a ratio to a floor that is measured in the same run, and fails when it misses its target.
"""

from __future__ import annotations

import subprocess
import sys
import threading
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
    """One finished process: wall seconds, largest resident size of it or of a process below it, exit code."""

    seconds: float
    peak_mib: float
    code: int


def _tree(process: int) -> list[int]:
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return [process]
    return [process, *(one for child in children for one in _tree(int(child)))]


def _peak_mib(process: int) -> float:
    """Largest resident size so far; the figures of ``wait4`` would begin with that of the benchmark itself."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


@pytest.fixture(scope="session")
def run() -> Callable[..., Run]:
    """Runs a Python command in the repository; output is discarded."""

    def measured(*arguments: str) -> Run:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        peaks = [0.0]
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.02):
                peaks.extend(map(_peak_mib, _tree(process.pid)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        process.wait()
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        return Run(seconds, max(peaks), process.returncode)

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
