"""``lading scan`` and the commands that read its result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lading

ROOT = Path(__file__).parents[2]
CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64
WHEN = ("--as-of", "2025-10-20", "--jobs", "1", "-q")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "model.bin").write_bytes(CALL)
    (folder / "requirements.txt").write_text("flask==2.2.2\n")
    return folder


def result(path: Path) -> Any:
    return json.loads(path.read_text())


def test_a_blocked_release_ends_with_1_and_with_0_where_that_was_asked_for(lading: Lading, release: Path) -> None:
    assert lading("scan", release, *WHEN).code == 1
    ran = lading("scan", release, *WHEN, "--exit-zero")
    assert ran.code == 0
    assert "exit 0 instead of 1" in ran.err


def test_nothing_to_scan_ends_with_3(lading: Lading, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert lading("scan", tmp_path / "empty", *WHEN).code == 3


def test_a_report_on_standard_output_stands_alone(lading: Lading, release: Path) -> None:
    ran = lading("scan", release, *WHEN, "--output", "json=-")
    assert json.loads(ran.out)["exit_code"] == ran.code == 1


def test_the_commands_that_read_a_result(lading: Lading, release: Path, tmp_path: Path) -> None:
    old, new, again = tmp_path / "old.json", tmp_path / "new.json", tmp_path / "again.json"
    lading("scan", release, *WHEN, "--output", f"json={old}")
    (release / "model.bin").unlink()
    lading("scan", release, *WHEN, "--output", f"json={new}")
    assert lading("report", old, "--output", f"json={again}").code == 0
    assert again.read_bytes() == old.read_bytes()
    assert "model.bin" in lading("diff", old, new).out
    assert lading("trace", old, "model.bin").code == 0
    assert lading("trace", old, "model.bin", "--format", "json").code == 0
    again.write_text("{}")
    assert lading("report", again).code == 2


def test_a_file_name_with_an_exclamation_mark_counts_in_the_digest_of_the_input(
    lading: Lading, release: Path, tmp_path: Path
) -> None:
    digests = []
    for text in ("one", "two"):
        (release / "odd!name").write_text(text)
        lading("scan", release, *WHEN, "--output", f"json={tmp_path / 'r.json'}")
        digests.append(result(tmp_path / "r.json")["inputs"][0]["digest"])
    assert digests[0] != digests[1]


@pytest.mark.parametrize(("age", "state"), [(None, "unaudited"), ("36500", "clean"), ("0", "unaudited")])
def test_old_advisory_data_clear_nobody(
    lading: Lading, release: Path, tmp_path: Path, age: str | None, state: str
) -> None:
    (release / "requirements.txt").write_text("no-such-package-at-all==1.0\n")
    option = () if age is None else ("--max-advisory-age", age)
    data, when = ROOT / "fixtures" / "advisories", ("--as-of", "2027-01-01", "--jobs", "1", "-q")
    lading("scan", release, *when, "--advisories", data, *option, "--output", f"json={tmp_path / 'r.json'}")
    packages = [one for one in result(tmp_path / "r.json")["artifacts"] if one["kind"] == "package"]
    assert [one["evidence"]["audit"]["state"] for one in packages] == [state]


def test_the_configuration_of_the_working_directory_counts_and_that_of_the_release_does_not(
    lading: Lading, release: Path
) -> None:
    (release / "lading.toml").write_text("nonsense = 1\n")
    assert lading("scan", release, *WHEN).code == 1
    Path("lading.toml").write_text("nonsense = 1\n")
    assert lading("scan", release, *WHEN).code == 2
