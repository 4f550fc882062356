"""Configuration files: found upwards, every unknown word an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.configuration import Configuration, discover
from scanner.errors import ConfigError


def test_the_nearest_file_counts_and_its_paths_are_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.lading]\njobs = 3\n")
    assert discover(tmp_path / "a" / "b").get("jobs", None) == 3
    (tmp_path / "a" / "lading.toml").write_text('trust = "trust.yaml"\npolicy = ["own.yaml", "notebooks"]\n')
    found = discover(tmp_path / "a" / "b")
    assert found.get("trust", None) == str(tmp_path / "a" / "trust.yaml")
    assert found.get("policy", ()) == [str(tmp_path / "a" / "own.yaml"), "notebooks"]
    assert found.get("jobs", None) is None


def test_a_project_of_another_tool_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "lading.toml").write_text("jobs = 2\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pyproject.toml").write_text("tool = 3\n")
    assert discover(tmp_path / "sub").get("jobs", None) == 2


@pytest.mark.parametrize(("given", "value"), [(None, 7), (3, 3), (0, 0)])
def test_the_command_line_wins_also_with_zero(given: int | None, value: int) -> None:
    assert Configuration(None, {"max-advisory-age": 7}).get("max-advisory-age", given) == value


@pytest.mark.parametrize(
    "text",
    [
        "polices = []", "jobs = true", 'jobs = "2"', "jobs = 0", "jobs = 1000000", 'gate = "old"', "policy = [1]",
        "set = [{}]", "max-advisory-age = -1", "trust = 1", "not TOML",
    ],
)  # fmt: skip
def test_wrong_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "lading.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"lading\.toml: "):
        discover(tmp_path)


def test_a_table_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nlading = 3\n")
    with pytest.raises(ConfigError, match="not a table"):
        discover(tmp_path)
