"""Records without a reader are told; what is bundled in an installed package is not a record of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.collectors import unread_records
from scanner.examine import examine
from scanner.graph import Graph
from scanner.sources.blob import blob_of_bytes
from scanner.sources.directory import Handle


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("package-lock.json", "not_collected"),
        ("web/yarn.lock", "not_collected"),
        ("image.tar!blobs/layer!app/Cargo.lock", "not_collected"),
        ("layer.tar!var/lib/rpm/Packages.db", None),
        ("site-packages/demo/package-lock.json", None),
        ("layer!usr/lib/python3/dist-packages/x/Cargo.lock", None),
        ("web/node_modules/left-pad/yarn.lock", None),
        ("notes/Packages.db", None),
        ("my-package-lock.json", None),
    ],
)
def test_which_records_are_told(path: str, reason: str | None) -> None:
    blob = blob_of_bytes(path, b"{}")
    assert unread_records.wants(blob) == (reason is not None)
    if reason is not None:
        assert [item.reason for item in unread_records.collect(blob).not_examined] == [reason]


@pytest.mark.parametrize(("name", "state"), [("yarn.lock", "examined"), ("var/lib/rpm/Packages.db", "partly")])
def test_a_missing_reader_holds_up_only_what_hides_installed_packages(tmp_path: Path, name: str, state: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("left-pad@^1.0.0:\n" * 10)
    graph = Graph.fold(examine(Handle(name, str(file), str(tmp_path), file.stat().st_size)))
    assert [item.location.path for _, item in graph.not_examined] == [name]
    examined = graph.artifact(graph.at(name)[0]).groups["examined"]
    assert isinstance(examined, dict)
    assert examined["state"] == state
