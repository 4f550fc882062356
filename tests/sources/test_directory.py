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


def test_git_s_own_files_are_one_blob(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    name = "c" * 38
    own = {
        "HEAD": b"ref: refs/heads/main\n", "config": b"[core]\n", f"objects/ab/{name}": b"x\x01...",
        f"objects/pack/pack-{'a' * 40}.pack": b"PACK", f"objects/pack/pack-{'a' * 40}.idx": b"\xfftOc",
        "refs/heads/main": b"a" * 40 + b"\n", "logs/HEAD": b"0" * 40 + b" " + b"a" * 40 + b" Ada",
        "hooks/pre-commit.sample": b"#!/bin/sh", "index": b"DIRC", "COMMIT_EDITMSG": b"first", "ORIG_HEAD": b"a" * 40,
        "info/exclude": b"*.o",
    }  # fmt: skip
    for path, content in own.items():
        (git / path).parent.mkdir(parents=True, exist_ok=True)
        (git / path).write_bytes(content)
    (tmp_path / "code.py").write_text("x")
    assert places(tmp_path) == ([".git/HEAD", "code.py"], {})


@pytest.mark.parametrize(
    "path",
    [
        "model.pkl", "objects/model.pkl", "objects/ab/short", f"objects/ab/{'c' * 38}", "refs/heads/model.pkl",
        f"objects/pack/pack-{'a' * 40}.pack", "logs/model.pkl", "index", "hooks/pre-commit", "lfs/objects/model.pkl",
        "worktrees/x/refs/y",
    ],
)  # fmt: skip
def test_nothing_hides_in_what_looks_like_a_git_directory(path: str, tmp_path: Path) -> None:
    for folder in ("objects", "refs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    assert places(tmp_path) == (sorted(["HEAD", path]), {})


def test_what_git_lfs_keeps_is_a_file_of_the_scan_once_a_pointer_names_it(tmp_path: Path) -> None:
    one, two = "a" * 64, "b" * 64
    for digest in (one, two):
        kept = tmp_path / f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}"
        kept.parent.mkdir(parents=True)
        kept.write_bytes(b"weights")
    for folder in ("objects", "refs"):
        (tmp_path / ".git" / folder).mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{one}\nsize 7\n"
    for name in ("-model.bin", "model.bin"):
        (tmp_path / name).write_text(pointer)
    found, missed = places(tmp_path)
    assert sorted(found) == ["-model.bin", ".git/HEAD", f".git/lfs/objects/aa/aa/{one}", "model.bin"]
    assert missed == {}


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
