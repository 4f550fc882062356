"""A child process: how long it ran and how much memory its largest process needed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """Exit code (None when it was stopped), wall seconds, peak resident memory of its largest process in MiB, output."""

    code: int | None
    seconds: float
    mebibytes: float
    output: str

    def __str__(self) -> str:
        if self.code is None:
            return f"stopped after {self.seconds:.0f} s, {self.mebibytes:.0f} MiB"
        return f"{self.seconds:.2f} s, {self.mebibytes:.0f} MiB, exit {self.code}"


def run(command: Sequence[str], limit: float, folder: Path, place: Path | None = None) -> Cost:
    """Run ``command`` in ``place`` (or ``folder``, where its output goes) for at most ``limit`` seconds.

    The memory is the most that any process of its session held, looked at every :data:`PAUSE` seconds. What the system
    counts itself (``ru_maxrss``) begins with the memory of the parent that forked and would blame the child for it.
    """
    stopped, peak = False, 0
    with open(folder / "output", "wb") as out:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=place or folder, start_new_session=True
        )
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            peak = max(peak, *_resident(child.pid), 0)
            if time.perf_counter() - start > limit:
                stopped = True
                os.killpg(child.pid, 9)
            time.sleep(PAUSE)
        seconds = time.perf_counter() - start
        child.wait()
    text = (folder / "output").read_text(errors="replace")
    return Cost(None if stopped else child.returncode, seconds, peak / 1024, text)


def _resident(session: int) -> Iterator[int]:
    """Peak resident memory, in KiB, of each process of a session."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError, ValueError, StopIteration):
                if os.getsid(int(entry.name)) == session:
                    lines = Path(entry.path, "status").read_text().splitlines()
                    yield int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
