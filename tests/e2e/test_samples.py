"""The committed sample reports are what this version writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import FORMATS, ROOT, Run
from tests.e2e.samples import SAMPLES


@pytest.mark.parametrize(("fixture", "name"), [(fixture, name) for fixture, names in SAMPLES.items() for name in names])
def test_a_sample_is_up_to_date(fixture: str, name: str, violating: Run, clean: Run, update_golden: bool) -> None:
    run = violating if fixture == "fraud-detection" else clean
    sample = ROOT / "reports" / fixture / SAMPLES[fixture][name]
    written = (run.out / FORMATS[name]).read_bytes()
    if update_golden:
        sample.parent.mkdir(parents=True, exist_ok=True)
        sample.write_bytes(written)
    assert sample.read_bytes() == written, "run make samples and read the difference"


def test_samples_hold_nothing_else() -> None:
    listed = {Path(fixture) / file for fixture, names in SAMPLES.items() for file in names.values()}
    found = {path.relative_to(ROOT / "reports") for path in (ROOT / "reports").rglob("*") if path.is_file()}
    assert found - {Path("README.md")} == listed
