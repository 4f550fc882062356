"""A short run of the fuzzer: the same inputs every time, so that it finds what is new in the code and not what is rare."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = 100

pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris is not installed: Linux on x86-64 with Python 3.11 to 3.14 has it"
)


def fuzzed(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz.fuzz_parsers", "--folder", str(folder), *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


def test_no_parser_lets_another_error_out(tmp_path: Path) -> None:
    done = fuzzed(tmp_path, "--runs", str(RUNS), "--jobs", "2")
    crashes = sorted(tmp_path.glob("*/crash-*"))
    told = [f"{path.parent.name}: {path.read_bytes()!r:.2000}\n{_end(path.parent / 'log')}" for path in crashes]
    assert done.returncode == 0, "\n".join([done.stdout, done.stderr, *told])


def _end(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def test_a_target_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    done = fuzzed(tmp_path, "no_such_parser")
    assert done.returncode == 2 and "no target no_such_parser" in done.stderr
