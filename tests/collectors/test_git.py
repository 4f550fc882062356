"""Repositories are made by the real git; what the collector states is compared with what git says."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import identity
from scanner.collectors import git
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repositories of these tests")


def run(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_AUTHOR_DATE": "2025-10-13T09:00:00+02:00",
        "GIT_COMMITTER_DATE": "2025-10-13T09:00:00+02:00",
    }
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(work: Path, number: int) -> str:
    (work / "src").mkdir(exist_ok=True)
    (work / "train.py").write_text("".join(f"line {line}\n" for line in range(200)) + f"version {number}\n")
    (work / "src" / f"module_{number}.py").write_text(f"value = {number}\n" * 10)
    run(work, "add", "-A")
    run(work, "commit", "--quiet", "-m", f"change {number}")
    return run(work, "rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository with three commits, the first ones in a pack with deltas and the last one loose."""
    folder = tmp_path / "scan" / "project"
    folder.mkdir(parents=True)
    run(folder, "init", "--quiet", "-b", "main")
    commit(folder, 1)
    commit(folder, 2)
    run(folder, "tag", "-a", "v1", "-m", "first")
    run(folder, "repack", "-a", "-d", "--quiet", "--depth=50", "--window=50")
    run(folder, "pack-refs", "--all")
    commit(folder, 3)
    return folder


def collected(work: Path, blob_at: Opener) -> Evidence:
    blob = blob_at(work.parent, "project/.git/HEAD")
    assert git.wants(blob)
    return git.collect(blob)


def said(evidence: Evidence, predicate: str) -> dict[str, object]:
    return {item.subject.key: item.value for item in evidence.statements if item.predicate == predicate}


def test_history_author_and_references_are_those_of_git(work: Path, blob_at: Opener) -> None:
    evidence = collected(work, blob_at)
    head, parent = run(work, "rev-parse", "HEAD"), run(work, "rev-parse", "HEAD~1")
    assert said(evidence, "history")[f"git:{head}"] == {"parents": [parent], "complete": True}
    assert len(said(evidence, "history")) == 3
    assert said(evidence, "refs") == {f"git:{head}": ["HEAD", "heads/main"], f"git:{parent}": ["tags/v1"]}
    assert said(evidence, "author")[f"git:{head}"] == "Ada <ada@example.com>"
    assert said(evidence, "authored")[f"git:{head}"] == "2025-10-13T07:00:00Z"
    assert said(evidence, "repository")[f"git:{head}"] == "project/.git"
    assert evidence.not_examined == ()


def test_files_are_those_of_the_checked_out_tree_with_their_places(work: Path, blob_at: Opener) -> None:
    evidence = collected(work, blob_at)
    listed = [line.split() for line in run(work, "ls-tree", "-r", "HEAD").splitlines()]
    claims = {claim.path: claim.ref.key for claim in evidence.claims}
    assert claims == {f"project/{path}": f"git-blob:{id}" for _, _, id, path in listed}
    assert {item.proof for item in evidence.relationships if item.type == "contains"} == {Proof.MATCHED}
    assert len(evidence.relationships) == 4


def test_everything_packed_gives_the_same_evidence(work: Path, blob_at: Opener) -> None:
    before = collected(work, blob_at)
    run(work, "gc", "--quiet", "--aggressive", "--prune=now")
    assert not list((work / ".git" / "objects").glob("??"))
    assert collected(work, blob_at) == before


def test_a_shallow_clone_says_that_its_history_is_cut(work: Path, blob_at: Opener) -> None:
    run(work.parent, "clone", "--quiet", "--depth", "1", work.as_uri(), "clone")
    evidence = git.collect(blob_at(work.parent, "clone/.git/HEAD"))
    assert [item["complete"] for item in said(evidence, "history").values()] == [False]  # type: ignore[index]
    assert evidence.not_examined == ()


def test_the_address_of_the_remote_loses_its_credentials(work: Path, blob_at: Opener) -> None:
    run(work, "remote", "add", "origin", "https://ada:secret@git.example.com/fraud.git?token=1")
    assert set(said(collected(work, blob_at), "repository").values()) == {"https://git.example.com/fraud.git"}


def test_a_submodule_is_contained_as_a_commit(work: Path, blob_at: Opener) -> None:
    other = "1" * 40
    run(work, "update-index", "--add", "--cacheinfo", f"160000,{other},vendor/lib")
    run(work, "commit", "--quiet", "-m", "submodule")
    found = [item for item in collected(work, blob_at).relationships if item.target == identity.commit(other)]
    assert [(item.proof, item.note) for item in found] == [(Proof.DECLARED, "vendor/lib")]


def test_a_bare_repository_points_at_the_files_beside_it(fraud: Path, blob_at: Opener) -> None:
    evidence = git.collect(blob_at(fraud, "source.git/HEAD"))
    paths = {claim.path for claim in evidence.claims}
    assert {"train.py", "dvc.lock", "Dockerfile"} <= paths
    assert len(said(evidence, "history")) == 2


def test_a_repository_without_commits_states_nothing(tmp_path: Path, blob_at: Opener) -> None:
    run(tmp_path, "init", "--quiet")
    assert git.collect(blob_at(tmp_path, ".git/HEAD")).artifacts == ()


def test_history_is_told_even_where_nothing_is_checked_out(work: Path, blob_at: Opener) -> None:
    run(work, "symbolic-ref", "HEAD", "refs/heads/unborn")
    evidence = collected(work, blob_at)
    assert len(said(evidence, "history")) == 3
    assert evidence.claims == ()


def test_a_sha256_repository_names_its_files_by_that_hash(tmp_path: Path, blob_at: Opener) -> None:
    run(tmp_path, "init", "--quiet", "--object-format=sha256")
    head = commit(tmp_path, 1)
    run(tmp_path, "repack", "-a", "-d", "--quiet")
    evidence = git.collect(blob_at(tmp_path, ".git/HEAD"))
    assert list(said(evidence, "history")) == [f"git:{head}"]
    assert evidence.not_examined == ()
    blob = run(tmp_path, "rev-parse", "HEAD:train.py")
    assert ("train.py", f"git-blob-sha256:{blob}") in {(claim.path, claim.ref.key) for claim in evidence.claims}


def test_a_multi_pack_index_changes_nothing(work: Path, blob_at: Opener) -> None:
    before = collected(work, blob_at)
    run(work, "repack", "-d", "--quiet")
    run(work, "multi-pack-index", "write")
    run(work, "commit-graph", "write", "--reachable")
    assert collected(work, blob_at) == before


def test_a_linked_work_tree_has_a_commit_of_its_own(work: Path, blob_at: Opener) -> None:
    run(work, "worktree", "add", "--quiet", "--detach", "../linked", "HEAD~1")
    blob = blob_at(work.parent, "linked/.git")
    assert git.wants(blob)
    evidence = git.collect(blob)
    parent = run(work, "rev-parse", "HEAD~1")
    assert said(evidence, "checkouts") == {f"git:{parent}": ["linked"]}
    assert "linked/src/module_2.py" in {claim.path for claim in evidence.claims}
    assert evidence.not_examined == ()
    assert {item.location.path for item in evidence.statements} == {"linked/.git"}


def test_a_work_tree_whose_git_directory_lies_outside_is_told(work: Path, blob_at: Opener) -> None:
    run(work, "worktree", "add", "--quiet", "--detach", "../linked")
    evidence = git.collect(blob_at(work.parent / "linked", ".git"))
    assert (evidence.artifacts, evidence.statements) == ((), ())
    assert [item.reason for item in evidence.not_examined] == ["not_collected"]


def test_a_submodule_lies_where_its_settings_say(work: Path, blob_at: Opener) -> None:
    other = work.parent / "other"
    shutil.copytree(work, other)
    run(work, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(other), "vendor/lib")
    assert git.collect(blob_at(work.parent, "project/vendor/lib/.git")).artifacts == ()
    evidence = git.collect(blob_at(work.parent, "project/.git/modules/vendor/lib/HEAD"))
    assert list(said(evidence, "checkouts").values()) == [["project/vendor/lib"]]
    assert "project/vendor/lib/train.py" in {claim.path for claim in evidence.claims}


@pytest.mark.parametrize("link", ["gitdir: ../../../../etc\n", "gitdir: /etc\n", "gitdir: .\n", "gitdir: \xe9\n"])
def test_a_hostile_link_leads_nowhere(link: str, work: Path, blob_at: Opener) -> None:
    (work / "src" / ".git").write_text(link)
    blob = blob_at(work.parent, "project/src/.git")
    assert git.wants(blob)
    assert git.collect(blob).artifacts == ()


@pytest.mark.parametrize(
    ("setting", "control"),
    [
        ("[core]\n\tfsmonitor = touch MARKER\n", ["status"]),
        ('[filter "x"]\n\tclean = touch MARKER\n\tsmudge = touch MARKER\n', ["status"]),
        (
            '[remote "evil"]\n\turl = .\n\tpromisor = true\n\tuploadpack = touch MARKER;\n',
            ["cat-file", "-p", "HEAD^{tree}"],
        ),
        ('[log]\n\tshowSignature = true\n[gpg]\n\tprogram = "touch MARKER"\n', None),
        ("[core]\n\thooksPath = hooks\n\tpager = touch MARKER\n\tsshCommand = touch MARKER\n", None),
    ],
)
def test_a_hostile_configuration_runs_nothing(
    setting: str, control: list[str] | None, work: Path, blob_at: Opener
) -> None:
    """The control is a reading command of git that falls into the trap: it shows that the trap is set."""
    marker = work.parent / "marker"
    (work / ".gitattributes").write_text("*.py filter=x\n")
    (work / "train.py").write_text("changed\n")
    with (work / ".git" / "config").open("a") as config:
        config.write(setting.replace("MARKER", str(marker)))
    hook = work / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    tree = run(work, "-c", "core.fsmonitor=false", "rev-parse", "HEAD^{tree}")
    (work / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert not marker.exists()
    assert [item.detail for item in collected(work, blob_at).not_examined] == ["Git object that is not there"]
    assert not marker.exists()
    if control is not None:
        subprocess.run(["git", *control], cwd=work, capture_output=True, check=False)
        assert marker.exists()


def head_of(work: Path) -> str:
    return (work / ".git" / "refs" / "heads" / "main").read_text().strip()


def test_alternates_are_followed_inside_the_scanned_root_only(work: Path, blob_at: Opener) -> None:
    run(work.parent, "clone", "--quiet", "--shared", str(work), "borrower")
    run(work.parent, "clone", "--quiet", "--shared", "borrower", "second")
    for clone in ("borrower", "second"):
        evidence = git.collect(blob_at(work.parent, f"{clone}/.git/HEAD"))
        assert len(said(evidence, "history")) == 3
        assert evidence.not_examined == ()
    with pytest.raises(NotExaminable, match="not there"):
        git.collect(blob_at(work.parent / "borrower", ".git/HEAD"))


def test_alternates_in_a_circle_end(work: Path, blob_at: Opener) -> None:
    run(work.parent, "clone", "--quiet", "--shared", str(work), "borrower")
    (work / ".git/objects/info/alternates").write_text("../../../borrower/.git/objects\n" * 50 + "# none\n\n")
    assert len(said(git.collect(blob_at(work.parent, "borrower/.git/HEAD")), "history")) == 3


@pytest.mark.parametrize("keep", [0, 20, 100, 300])
def test_a_cut_pack_is_not_examinable(keep: int, work: Path, blob_at: Opener) -> None:
    run(work, "gc", "--quiet")
    pack = next((work / ".git" / "objects" / "pack").glob("*.pack"))
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:keep])
    with pytest.raises(NotExaminable):
        problems = collected(work, blob_at).not_examined
        raise NotExaminable(problems[0].reason, problems[0].detail)


@pytest.mark.parametrize("at", range(0, 1200, 97))
def test_a_changed_index_never_breaks_the_reader(at: int, work: Path, blob_at: Opener) -> None:
    run(work, "gc", "--quiet")
    index = next((work / ".git" / "objects" / "pack").glob("*.idx"))
    index.chmod(0o644)
    data = bytearray(index.read_bytes())
    data[at] ^= 0xFF
    index.write_bytes(data)
    try:
        collected(work, blob_at)
    except NotExaminable as error:
        assert error.reason in ("unreadable", "unsupported", "over_limit")


def test_an_object_that_inflates_to_more_than_it_says_is_refused(work: Path, blob_at: Opener) -> None:
    head = head_of(work)
    path = work / ".git" / "objects" / head[:2] / head[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"commit 10\0" + b"x" * 50_000_000))
    with pytest.raises(NotExaminable, match="another size"):
        collected(work, blob_at)
    path.write_bytes(zlib.compress(b"commit 5000000000\0x"))
    with pytest.raises(NotExaminable, match="too large"):
        collected(work, blob_at)


def test_an_object_under_a_wrong_id_is_refused(work: Path, blob_at: Opener) -> None:
    head, objects = head_of(work), work / ".git" / "objects"
    path = objects / head[:2] / head[2:]
    path.chmod(0o644)
    text = zlib.decompress(path.read_bytes())
    path.write_bytes(zlib.compress(text.replace(b"Ada", b"Eve")))
    with pytest.raises(NotExaminable, match="another id"):
        collected(work, blob_at)


def test_a_tree_that_leaves_the_work_tree_is_refused(work: Path, blob_at: Opener) -> None:
    run(work, "config", "core.protectNTFS", "false")
    blob = run(work, "rev-parse", "HEAD:train.py")
    entry = b"100644 ..\0" + bytes.fromhex(blob)
    (work / "tree").write_bytes(entry)
    tree = run(work, "hash-object", "--literally", "-t", "tree", "-w", "tree")
    (work / ".git" / "refs" / "heads" / "main").write_text(run(work, "commit-tree", tree, "-m", "out"))
    evidence = collected(work, blob_at)
    assert [item.detail for item in evidence.not_examined] == ["Git tree with an impossible name"]
    assert evidence.claims == ()


def test_references_that_lead_nowhere_are_told(work: Path, blob_at: Opener) -> None:
    (work / ".git" / "refs" / "heads" / "gone").write_text("2" * 40)
    evidence = collected(work, blob_at)
    assert [item.location.at for item in evidence.not_examined] == [f"commit {'2' * 40}"]


def test_other_files_called_head_are_not_wanted(tmp_path: Path, blob_at: Opener) -> None:
    (tmp_path / "HEAD").write_text("the head of the table\n")
    assert not git.wants(blob_at(tmp_path, "HEAD"))
