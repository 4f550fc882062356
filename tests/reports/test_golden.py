"""Every format of the sample, byte for byte. ``pytest --update-golden`` writes the files anew; read the difference."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.reports.registry import FORMATS
from tests.reports.sample_result import sample_result

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(set(FORMATS) - {"html"})  # the HTML report has golden tests of its own
ROOT = Path(__file__).resolve().parents[2]
DIGESTS = """
import hashlib
from scanner.reports.registry import FORMATS
from tests.reports.sample_result import sample_result
for name in %r:
    print(name, hashlib.sha256(FORMATS[name].render(sample_result())).hexdigest())
"""


@pytest.mark.parametrize("name", NAMES)
def test_format_is_as_it_was_reviewed(name: str, update_golden: bool) -> None:
    golden = GOLDEN / f"{name}{FORMATS[name].suffix}"
    rendered = FORMATS[name].render(sample_result())
    if update_golden:
        golden.write_bytes(rendered)
    assert rendered == golden.read_bytes(), f"{golden.name} differs; run pytest --update-golden and read the difference"


def test_no_golden_file_without_a_format() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}{FORMATS[name].suffix}" for name in NAMES}


def test_hash_seed_zone_locale_and_directory_change_nothing(tmp_path: Path) -> None:
    def digests(seed: str, zone: str, locale: str, directory: Path) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", DIGESTS % (NAMES,)]
        return subprocess.run(
            command, env=environment, cwd=directory, capture_output=True, text=True, check=True
        ).stdout

    first = digests("1", "UTC", "C", ROOT)
    assert len(first.splitlines()) == len(NAMES)
    assert first == digests("2", "Asia/Kolkata", "C.UTF-8", tmp_path)
