"""A work tree compared with its commit; repositories are made by the real git."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scanner import identity
from scanner.graph import Graph
from tests.enrichers.conftest import Scanned

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repositories of these tests")
CLEAN = {"modified": [], "missing": [], "differing": 0}


def git(folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull} | {
        f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    found = subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return found.stdout.strip()


@pytest.fixture(params=["sha1", "sha256"])
def work(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "scan" / "project"
    (folder / "src").mkdir(parents=True)
    git(folder, "init", "--quiet", "-b", "main", f"--object-format={request.param}")
    (folder / "train.py").write_text("print('train')\n" * 20)
    (folder / "big.bin").write_bytes(b"weights" * 200_000)
    for name in ("__init__.py", "src/__init__.py", "src/empty.py"):
        (folder / name).write_text("")
    (folder / "one.txt").write_text("same\n")
    (folder / "two.txt").write_text("same\n")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def work_tree(graph: Graph, work: Path) -> object:
    return graph.artifact(identity.commit(git(work, "rev-parse", "HEAD"))).groups.get("work_tree")


def test_an_unchanged_work_tree(work: Path, scanned: Scanned) -> None:
    assert work_tree(scanned(work.parent), work) == CLEAN
    assert work_tree(scanned(work), work) == CLEAN
    (work / "built.bin").write_text("not known to git")
    assert work_tree(scanned(work), work) == CLEAN


def test_what_was_changed_and_removed_since(work: Path, scanned: Scanned) -> None:
    (work / "train.py").write_text("print('changed')\n" * 20)
    (work / "big.bin").write_bytes(b"weightS" * 200_000)
    (work / "one.txt").write_text("else\n")
    (work / "src" / "empty.py").unlink()
    git(work, "add", "one.txt")
    found = {"modified": ["big.bin", "one.txt", "train.py"], "missing": ["src/empty.py"], "differing": 4}
    assert work_tree(scanned(work.parent), work) == found


def test_other_line_ends_are_no_change(work: Path, scanned: Scanned) -> None:
    (work / "train.py").write_bytes(b"print('train')\r\n" * 20)
    assert work_tree(scanned(work), work) == CLEAN


def test_a_history_without_files_is_no_changed_work_tree(work: Path, scanned: Scanned) -> None:
    bare = work.parent / "bare"
    git(work.parent, "clone", "--quiet", "--bare", str(work), "bare/source.git")
    assert work_tree(scanned(bare), work) is None
    shutil.copytree(work / ".git", work.parent / "alone" / ".git")
    assert work_tree(scanned(work.parent / "alone"), work) is None


def test_the_content_behind_a_pointer_is_that_of_the_commit(work: Path, scanned: Scanned) -> None:
    """``git lfs`` would put the content in the place of the pointer on checkout; here by hand, as its filter does."""
    content = b"\x80\x04]." + b"w" * 5000
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    (work / "model.bin").write_text(pointer)
    git(work, "add", "model.bin")
    git(work, "commit", "--quiet", "-m", "model")
    (work / "model.bin").write_bytes(content)
    graph = scanned(work)
    assert work_tree(graph, work) == CLEAN
    commit = identity.commit(git(work, "rev-parse", "HEAD"))
    assert ("model.bin", digest) in {
        (one.note, graph.artifact(one.target).digests.get("sha256")) for one in graph.outgoing(commit, ("contains",))
    }


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_git_lfs_itself_with_and_without_the_contents_checked_out(work: Path, scanned: Scanned) -> None:
    content = b"\x80\x04]." + b"w" * 5000
    git(work, "lfs", "install", "--local")
    git(work, "lfs", "track", "*.bin")
    (work / "model.bin").write_bytes(content)
    git(work, "add", ".gitattributes", "model.bin")
    git(work, "commit", "--quiet", "-m", "model")
    assert work_tree(scanned(work), work) == CLEAN
    pointer = git(work, "show", "HEAD:model.bin") + "\n"
    (work / "model.bin").write_text(pointer)
    graph = scanned(work)
    assert work_tree(graph, work) == CLEAN
    kept = identity.content("file", hashlib.sha256(content).hexdigest())
    assert graph.seen(kept)
    assert [item for _, item in graph.not_examined if "LFS" in item.detail] == []
