"""``lading init``: files that work as they are, and none that is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Lading


def test_a_project_that_can_be_scanned_at_once(lading: Lading) -> None:
    assert lading("init").code == 0
    Path("notes.txt").write_text("nothing to find " * 9)
    ran = lading("scan", ".", "--jobs", "1", "-q", "--as-of", "2026-06-01")
    assert ran.code in (0, 3), ran
    assert "model-security" in ran.out
    assert lading("policy", "lint", "policy.yaml").code == 0


def test_what_is_there_is_kept(lading: Lading) -> None:
    Path("policy.yaml").write_text("mine")
    Path("trust.yaml").symlink_to("/nowhere/at/all")
    ran = lading("init")
    assert ran.code == 0
    assert ran.out.splitlines() == ["written  lading.toml", "kept     policy.yaml", "kept     trust.yaml"]
    assert Path("policy.yaml").read_text() == "mine"
    assert Path("trust.yaml").is_symlink()


@pytest.mark.parametrize(
    ("found", "written"),
    [(".github/workflows/x.yml", ".github/workflows/lading.yml"), (".gitlab-ci.yml", ".gitlab/lading.yml")],
)
def test_a_job_for_the_ci_system_found(lading: Lading, found: str, written: str) -> None:
    Path(found).parent.mkdir(parents=True, exist_ok=True)
    Path(found).write_text("{}")
    assert f"written  {written}" in lading("init").out
    assert "lading" in str(yaml.safe_load(Path(written).read_text()))
    assert Path(found).read_text() == "{}"


def test_no_folder(lading: Lading) -> None:
    assert lading("init", "missing").code == 2
