"""Walking a directory: everything once, nothing outside, nothing silent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.model import NotExamined
from scanner.sources.directory import DEPTH, Handle, beside, open_blob, walk


def places(root: Path) -> tuple[list[str], dict[str, str]]:
    found = list(walk(root, ""))
    missed = {item.location.path: item.detail for item in found if isinstance(item, NotExamined)}
    return [item.path for item in found if isinstance(item, Handle)], missed


def test_files_come_sorted_with_places_relative_to_the_root(tmp_path: Path) -> None:
    for name in ("b/z", "b/a", "a"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert places(tmp_path) == (["a", "b/a", "b/z"], {})
    assert [item.path for item in walk(tmp_path, "rc") if isinstance(item, Handle)] == ["rc/a", "rc/b/a", "rc/b/z"]


def test_a_single_file_is_a_source_too(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    assert [item.path for item in walk(tmp_path / "model.bin", "") if isinstance(item, Handle)] == ["model.bin"]


def test_links_are_followed_inside_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("outside")
    (root / "blob").write_text("inside")
    (root / "alias").symlink_to("blob")
    (root / "out").symlink_to("../secret")
    (root / "etc").symlink_to("/etc/hostname")
    (root / "nothing").symlink_to("gone")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to(".")
    found, missed = places(root)
    assert found == ["alias", "blob"]
    assert missed == {
        "etc": "symbolic link that leaves the scanned root",
        "loop": "symbolic link to nothing",
        "nothing": "symbolic link to nothing",
        "out": "symbolic link that leaves the scanned root",
    }


def test_special_files_are_told_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert places(tmp_path) == ([], {"pipe": "not a regular file"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert places(tmp_path) == ([], {"closed": "the folder cannot be listed"})


def test_endless_nesting_is_told(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(DEPTH + 2):
        folder = folder / "d"
        folder.mkdir()
    (folder / "deep").write_text("x")
    found, missed = places(tmp_path)
    assert found == []
    assert list(missed.values()) == [f"nested deeper than {DEPTH} folders"]


def test_a_git_directory_is_one_blob(tmp_path: Path) -> None:
    for folder in ("objects/ab", "refs/heads", "hooks"):
        (tmp_path / ".git" / folder).mkdir(parents=True)
    for name in ("HEAD", "config", "objects/ab/cd", "hooks/pre-commit"):
        (tmp_path / ".git" / name).write_text("x")
    (tmp_path / "code.py").write_text("x")
    assert places(tmp_path) == ([".git/HEAD", "code.py"], {})


def test_a_blob_opens_its_neighbours_inside_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "db").mkdir(parents=True)
    (root / "db/mlflow.db").write_text("db")
    (root / "db/mlflow.db-wal").write_text("wal")
    (tmp_path / "outside").write_text("x")
    (handle,) = [item for item in walk(root, "") if isinstance(item, Handle) and item.path == "db/mlflow.db"]
    blob = open_blob(handle)
    assert blob.near is not None
    near = blob.near("mlflow.db-wal")
    assert near is not None
    assert (near.path, near.read()) == ("db/mlflow.db-wal", b"wal")
    assert blob.near("../../outside") is None
    assert blob.near("absent") is None
    assert beside(handle, "../db") is None
