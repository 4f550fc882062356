"""Outputs asked for on the command line, and files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.output import parse_outputs, write_file
from scanner.errors import UsageError


def test_formats_and_paths() -> None:
    (output,) = parse_outputs(["json=a=b.json"])
    assert (output.format.name, output.path, output.to_stdout) == ("json", "a=b.json", False)


@pytest.mark.parametrize("given", [["json"], ["json="], ["nope=x"], ["json=-", "csv=-"]])
def test_what_cannot_be_written(given: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_outputs(given)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.json"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o077 != 0o077
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_left_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be written"):
        write_file(tmp_path / "folder", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]
