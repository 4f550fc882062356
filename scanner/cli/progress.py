"""Progress on a terminal's standard error; nothing anywhere else."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Final, Self

INTERVAL: Final = 0.1
"""Seconds between two updates."""


class Progress:
    """One line that is rewritten: the stage, and how many files and bytes are done."""

    def __init__(self, *, enabled: bool) -> None:
        self._on = enabled and sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
        self._stage = ""
        self._files = self._bytes = 0
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def stage(self, name: str) -> None:
        """The step that begins."""
        self._stage = name.replace("_", " ")
        self._last = 0.0
        self._show()

    def files(self, files: int, size: int) -> None:
        """More files and bytes done."""
        self._files += files
        self._bytes += size
        self._show()

    def _show(self) -> None:
        now = time.monotonic()
        if self._on and now - self._last >= INTERVAL:
            self._last = now
            done = f"{self._files} files, {self._bytes / 1e6:.1f} MB" if self._files else ""
            sys.stderr.write(f"\r\x1b[2K{self._stage}  {done}")
            sys.stderr.flush()
