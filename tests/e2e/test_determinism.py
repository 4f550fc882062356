"""The same input gives the same bytes: any number of workers, any hash seed, time zone, locale and working directory."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.conftest import FORMATS, ROOT, Run, lading, scan


def outputs(run: Run) -> dict[str, bytes]:
    return {name: (run.out / file).read_bytes() for name, file in FORMATS.items()}


def test_workers_hash_seed_and_environment_change_no_byte(violating: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another" / "fraud-detection"
    shutil.copytree(ROOT / "fixtures/fraud-detection", elsewhere)
    other = scan(
        elsewhere,
        tmp_path,
        *("--jobs", "1"),
        *("--as-of", "2025-10-15T12:00:00Z", "--advisories", str(ROOT / "fixtures/advisories")),
        *("--trust", str(ROOT / "fixtures/trust.yaml")),
        cwd=tmp_path,
        PYTHONHASHSEED="4711",
        TZ="Pacific/Kiritimati",
        LC_ALL="C",
    )
    four = scan(ROOT / "fixtures/fraud-detection", tmp_path / "four", "--jobs", "4", PYTHONHASHSEED="1")
    assert outputs(four) == outputs(violating)
    source = b'"as_of_source": "configuration"', b'"as_of_source": "option"'
    assert (tmp_path / "scan.json").read_bytes() == (violating.out / "scan.json").read_bytes().replace(*source)
    assert other.code == violating.code


def test_a_report_made_from_the_result_has_the_bytes_of_the_scan(violating: Run, tmp_path: Path) -> None:
    words = [word for name, file in FORMATS.items() for word in ("--output", f"{name}={tmp_path / file}")]
    done = lading("report", violating.out / "scan.json", *words)
    assert done.returncode == 0, done.stderr
    assert outputs(Run(0, "", "", tmp_path)) == outputs(violating)


def test_verdict_exit_code_and_counts_agree_in_every_format(violating: Run) -> None:
    result = violating.result
    for name in ("text", "html", "markdown"):
        text = (violating.out / FORMATS[name]).read_text()
        assert f"{result['blocking']} " in text
    assert '"exitCode": 1' in (violating.out / "scan.sarif").read_text().replace('"exitCode":1', '"exitCode": 1')
