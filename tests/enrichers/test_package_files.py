"""Files of an installed package: as installed, changed, moved, absent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from scanner import identity
from scanner.enrichers import file_owners, package_files
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof

CONTEXT = Context(identity.release("test"), "test", datetime(2026, 1, 1, tzinfo=UTC), {})
DEMO = identity.pypi("demo", "1")
A, B, CHANGED = (letter * identity.SMALL for letter in "abc")
RECORD = Location("lib/demo-1.dist-info/RECORD")


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def content(text: str) -> ArtifactRef:
    return identity.content("file", sha256(text))


def relations(recorded: dict[str, str], present: dict[str, str]) -> set[tuple[ArtifactRef, Proof, str]]:
    """Relationships of a package whose record and whose files have these contents by place."""
    builder = EvidenceBuilder("test")
    files = [{"path": path, "digest": f"sha256:{sha256(written)}"} for path, written in recorded.items()]
    builder.state(builder.artifact(DEMO), "installed_files", files, RECORD)
    for path, written in present.items():
        digests = {"sha256": sha256(written)}
        file = identity.file(sha256(written), len(written), path)
        builder.artifact(file, Location(path), digests=digests, size=len(written))
    found = package_files.enrich(Graph.fold([builder.build()]), CONTEXT).relationships
    assert all((one.source, one.type, one.location) == (DEMO, "contains", RECORD) for one in found)
    return {(one.target, one.proof, one.note) for one in found}


def test_a_file_as_it_was_installed_is_matched() -> None:
    assert relations({"lib/a.py": A}, {"lib/a.py": A}) == {(content(A), Proof.MATCHED, "")}


def test_a_small_file_belongs_to_the_package_at_its_place_only() -> None:
    small = identity.file(sha256("x"), 1, "lib/a.py")
    assert relations({"lib/a.py": "x"}, {"lib/a.py": "x", "lib/b.py": "x"}) == {(small, Proof.MATCHED, "")}
    assert relations({"lib/a.py": "x"}, {"lib/b.py": "x"}) == set()


def test_a_changed_file_is_declared_and_says_so() -> None:
    found = relations({"lib/a.py": A}, {"lib/a.py": CHANGED, "lib/b.py": B})
    assert found == {(content(CHANGED), Proof.DECLARED, file_owners.CHANGED)}


def test_a_changed_file_is_told_although_the_content_lies_elsewhere() -> None:
    found = relations({"lib/a.py": A}, {"lib/a.py": CHANGED, "copy.py": A})
    assert found == {(content(CHANGED), Proof.DECLARED, file_owners.CHANGED)}


def test_a_file_that_was_moved_is_matched_by_its_content() -> None:
    assert relations({"lib/a.py": A}, {"elsewhere/a.py": A}) == {(content(A), Proof.MATCHED, "")}


def test_a_file_that_is_not_here_is_not_drawn() -> None:
    assert relations({"lib/a.py": A}, {"lib/b.py": B}) == set()
