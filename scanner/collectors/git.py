"""Git repositories: the checked-out commit, its history, its files by their blob ids, and where it comes from.

Format: gitrepository-layout, gitformat-pack, git-worktree. The git program is never run: the configuration of a hostile
repository makes it execute commands even for reading.
"""

from __future__ import annotations

import posixpath
import re
from collections import deque
from typing import Final

from scanner import identity
from scanner.errors import NOT_COLLECTED, OVER_LIMIT, NotExaminable
from scanner.model import Claim, Evidence, EvidenceBuilder, Proof
from scanner.records.git_repository import Commit, Repository
from scanner.records.references import without_credentials
from scanner.records.times import from_seconds
from scanner.sources.blob import Blob

NAME: Final = "git"
VERSION: Final = "1"
COMMITS: Final = 2_000
FILES: Final = 20_000
_HEAD: Final = re.compile(rb"(?:ref: refs/[^\n]{1,300}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})\s*\Z")


_LINK: Final = re.compile(rb"gitdir: ([^\n\0]{1,4000})\n?\Z")


def wants(blob: Blob) -> bool:
    """``HEAD`` of a Git directory on disk, or the ``.git`` file of a linked work tree or submodule."""
    if blob.local is None or blob.near is None:
        return False
    return bool((blob.name == "HEAD" and _HEAD.match(blob.head)) or (blob.name == ".git" and _LINK.match(blob.head)))


def collect(blob: Blob) -> Evidence:
    """Commits, references and files of the repository. Raises NotExaminable when HEAD leads to no readable commit."""
    builder = EvidenceBuilder(NAME)
    if blob.name == "HEAD":
        repository = Repository(blob)
        folder = repository.core("worktree") or ".."
        bare = (repository.core("bare") or "").lower() == "true"
        _collect(builder, blob, repository, identity.beside(blob.path, folder), checked_out=not bare)
    elif (linked := _linked(builder, blob)) is not None:
        _collect(builder, blob, linked, posixpath.dirname(blob.path) or ".", checked_out=True)
    return builder.build()


def _linked(builder: EvidenceBuilder, blob: Blob) -> Repository | None:
    """The repository of a linked work tree; None for a submodule, whose directory is read where it lies.

    A directory outside the scanned root is not followed.
    """
    match = _LINK.match(blob.head)
    path = match[1].decode("utf-8", "replace").strip() if match else ""
    head = blob.near(posixpath.join(path, "HEAD")) if blob.near is not None else None
    link = head.near("commondir") if head is not None and head.near is not None else None
    if head is not None and head.near is not None and link is None:
        return None
    common = None
    if head is not None and head.near is not None and link is not None:
        common = head.near(posixpath.join(link.text(4096).strip(), "HEAD"))
    if head is None or common is None:
        builder.missed(blob.location, NOT_COLLECTED, "the Git directory of this work tree is not in the scan")
        return None
    return Repository(head, common)


def _collect(
    builder: EvidenceBuilder, blob: Blob, repository: Repository, work_tree: str | None, *, checked_out: bool
) -> None:
    """State what the repository found at ``blob`` holds; ``work_tree`` is the folder of its files in the scan."""
    head = repository.head_commit()
    names = _references(builder, blob, repository, head)
    address = _address(repository, blob)
    top = repository.commit(head) if head is not None else None
    shallow = repository.shallow()
    for commit in _history(builder, blob, repository, list(names)):
        _state_commit(builder, blob, commit, commit.id in shallow, names.get(commit.id, []), address)
    if top is not None:
        _state_files(builder, blob, repository, top, work_tree)
        if work_tree is not None and checked_out:
            builder.state(identity.commit(top.id), "checkouts", [work_tree], blob.location)


def _address(repository: Repository, blob: Blob) -> str:
    remote = repository.remote()
    return without_credentials(remote) if remote else posixpath.dirname(blob.path) or "."


def _references(builder: EvidenceBuilder, blob: Blob, repository: Repository, head: str | None) -> dict[str, list[str]]:
    """Commit id → short names of the branches and tags that lead to it."""
    names: dict[str, list[str]] = {head: ["HEAD"]} if head is not None else {}
    for full, id in repository.references().items():
        try:
            commit = repository.peel(id)
        except NotExaminable as error:
            builder.missed(blob.at(f"reference {full}"), error.reason, error.detail)
            continue
        names.setdefault(commit, []).append(full.removeprefix("refs/"))
    return names


def _history(builder: EvidenceBuilder, blob: Blob, repository: Repository, starts: list[str]) -> list[Commit]:
    """Commits reachable from ``starts``, nearest first, at most :data:`COMMITS`."""
    found: list[Commit] = []
    shallow = repository.shallow()
    todo = deque(starts)
    met = set(starts)
    for _ in range(COMMITS):
        if not todo:
            break
        id = todo.popleft()
        try:
            commit = repository.commit(id)
        except NotExaminable as error:
            builder.missed(blob.at(f"commit {id}"), error.reason, error.detail)
            continue
        found.append(commit)
        if id not in shallow:
            todo.extend(parent for parent in commit.parents if parent not in met)
            met.update(commit.parents)
    return found


def _state_commit(
    builder: EvidenceBuilder, blob: Blob, commit: Commit, shallow: bool, names: list[str], address: str
) -> None:
    place = blob.at(f"commit {commit.id}")
    ref = builder.artifact(identity.commit(commit.id), place, name=commit.id[:12])
    builder.state(ref, "repository", address, place)
    builder.state(ref, "history", {"parents": list(commit.parents), "complete": not shallow}, place)
    builder.state(ref, "author", commit.author, place)
    authored = from_seconds(commit.authored) if commit.authored is not None else None
    if authored is not None:
        builder.state(ref, "authored", authored, place)
        builder.state(
            ref, "dates", [{"id": "authored", "what": "authored", "time": authored, "basis": "record"}], place
        )
    if names:
        builder.state(ref, "refs", sorted(names), place)


def _state_files(
    builder: EvidenceBuilder, blob: Blob, repository: Repository, commit: Commit, work_tree: str | None
) -> None:
    ref = identity.commit(commit.id)
    place = blob.at(f"tree of commit {commit.id}")
    algorithm = "git-blob" if repository.id_size == 20 else "git-blob-sha256"
    try:
        for count, entry in enumerate(repository.tree(commit.tree)):
            if count >= FILES:
                raise NotExaminable(OVER_LIMIT, f"more than {FILES} files in the commit")
            if entry.mode == "160000":
                builder.relate(ref, "contains", identity.commit(entry.id), Proof.DECLARED, place, entry.path)
            elif entry.mode.startswith("100"):
                file = identity.content("file", entry.id, algorithm)
                path = identity.beside(f"{work_tree}/.git", entry.path) if work_tree is not None else None
                builder.artifact(file, name=path, resolved=False)
                builder.claims.append(Claim(file, None, path))
                builder.relate(ref, "contains", file, Proof.MATCHED, place, entry.path)
    except NotExaminable as error:
        builder.missed(place, error.reason, error.detail)
