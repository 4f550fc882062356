"""Files of an installed package: as installed, changed, moved, absent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from scanner import identity
from scanner.enrichers import package_files
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import EvidenceBuilder, Location, Proof

CONTEXT = Context(identity.release("test"), "test", datetime(2026, 1, 1, tzinfo=UTC), {})
DEMO = identity.pypi("demo", "1")
RECORD = Location("lib/demo-1.dist-info/RECORD")


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def relations(recorded: dict[str, str], present: dict[str, str]) -> set[tuple[str, Proof, str]]:
    """Relationships of a package whose record and whose files have these contents by place."""
    builder = EvidenceBuilder("test")
    files = [{"path": path, "sha256": sha256(content)} for path, content in recorded.items()]
    builder.state(builder.artifact(DEMO), "installed_files", files, RECORD)
    for path, content in present.items():
        digests = {"sha256": sha256(content)}
        builder.artifact(identity.content("file", sha256(content)), Location(path), digests=digests, size=100)
    found = package_files.enrich(Graph.fold([builder.build()]), CONTEXT).relationships
    assert all((one.source, one.type, one.location) == (DEMO, "contains", RECORD) for one in found)
    return {(one.target.key.removeprefix("sha256:"), one.proof, one.note) for one in found}


def test_a_file_as_it_was_installed_is_matched() -> None:
    assert relations({"lib/a.py": "a"}, {"lib/a.py": "a"}) == {(sha256("a"), Proof.MATCHED, "")}


def test_a_changed_file_is_declared_and_says_so() -> None:
    found = relations({"lib/a.py": "a"}, {"lib/a.py": "changed", "lib/b.py": "b"})
    assert found == {(sha256("changed"), Proof.DECLARED, package_files.CHANGED)}


def test_a_changed_file_is_told_although_the_content_lies_elsewhere() -> None:
    found = relations({"lib/a.py": "a"}, {"lib/a.py": "changed", "copy.py": "a"})
    assert found == {(sha256("changed"), Proof.DECLARED, package_files.CHANGED)}


def test_a_file_that_was_moved_is_matched_by_its_content() -> None:
    assert relations({"lib/a.py": "a"}, {"elsewhere/a.py": "a"}) == {(sha256("a"), Proof.MATCHED, "")}


def test_a_file_that_is_not_here_is_not_drawn() -> None:
    assert relations({"lib/a.py": "a"}, {"lib/b.py": "b"}) == set()
