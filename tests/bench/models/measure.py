"""A child process: how long it and its own children ran, and how much memory the largest of them needed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.02
MEMORY = 16 << 10
"""MiB of one process above which it is stopped, so that a scanner cannot bring the machine down."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Exit code (None when it was stopped), output, and what all its processes needed.

    ``seconds`` by the clock, ``processor`` seconds of all processes together, ``mebibytes`` of resident memory at the peak
    of the largest one.
    """

    code: int | None
    seconds: float
    processor: float
    mebibytes: float
    output: str

    def __str__(self) -> str:
        ended = f"stopped after {self.seconds:.0f} s" if self.code is None else f"{self.seconds:.2f} s"
        code = "" if self.code in (None, 0) else f", exit {self.code}"
        return f"{ended} ({self.processor:.2f} s processor), {self.mebibytes:.0f} MiB{code}"


def run(command: Sequence[str], limit: float, folder: Path, place: Path | None = None) -> Cost:
    """Run ``command`` in ``place`` (or ``folder``, where its output goes) for at most ``limit`` seconds and :data:`MEMORY`.

    Every process of its session is looked at every :data:`PAUSE` seconds. What the system counts itself would be wrong:
    ``ru_maxrss`` begins with the memory of the parent that forked, and workers that nobody waits for have no time.
    """
    stopped, peak = False, 0
    times: dict[int, int] = {}
    with open(folder / "output", "wb") as out:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=place or folder, start_new_session=True
        )
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            for process, resident, ticks in _processes(child.pid):
                peak = max(peak, resident)
                times[process] = max(ticks, times.get(process, 0))
            if time.perf_counter() - start > limit or peak > MEMORY << 10:
                stopped = True
                os.killpg(child.pid, 9)
            time.sleep(PAUSE)
        seconds = time.perf_counter() - start
        child.wait()
    text = (folder / "output").read_text(errors="replace")
    processor = sum(times.values()) / os.sysconf("SC_CLK_TCK")
    return Cost(None if stopped else child.returncode, seconds, processor, peak / 1024, text)


def _processes(session: int) -> Iterator[tuple[int, int, int]]:
    """Number, peak resident memory in KiB, and processor time in ticks of each process of a session."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError, ValueError, StopIteration):
                if os.getsid(int(entry.name)) == session:
                    lines = Path(entry.path, "status").read_text().splitlines()
                    resident = int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
                    counts = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
                    yield int(entry.name), resident, int(counts[11]) + int(counts[12])
