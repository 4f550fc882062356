"""Places by the file system they belong to."""

from __future__ import annotations

from scanner import identity
from scanner.enrichers.filesystems import FileSystem, file_systems
from scanner.graph import Graph
from scanner.model import EvidenceBuilder, Location, Proof

IMAGE = identity.content("image", "ef" * 32)


def graph(layers: dict[str, dict[str, str]], visible: set[str]) -> Graph:
    """An image whose layers hold files by path; ``visible`` are the contents that the image shows."""
    builder = EvidenceBuilder("test")
    builder.artifact(IMAGE, Location("index.json"))
    keys = []
    for layer, files in layers.items():
        digest = identity.group_digest([("layer", layer.encode().hex().ljust(64, "0")), ("", "0" * 64)])
        builder.artifact(identity.content("file", digest), Location(layer), digests={"sha256": digest})
        keys.append(f"sha256:{digest}")
        for path, content in files.items():
            file = builder.artifact(identity.named("file", content), Location(f"{layer}!{path}"))
            if content in visible:
                builder.relate(IMAGE, "contains", file, Proof.MATCHED, Location("index.json"))
    builder.state(IMAGE, "layers", [{"id": "index.json", "keys": keys}], Location("index.json"))
    return Graph.fold([builder.build()])


def test_the_scanned_tree_and_each_archive_are_file_systems_of_their_own() -> None:
    places = ["b/x", "a", "w.zip!a", "w.zip!inner.zip!a"]
    assert file_systems(Graph(), [*places, "a"]) == [
        FileSystem(None, {"a": "a", "b/x": "b/x"}),
        FileSystem(None, {"a": "w.zip!a"}),
        FileSystem(None, {"a": "w.zip!inner.zip!a"}),
    ]


def test_of_an_image_the_highest_layer_that_shows_a_path_counts() -> None:
    layers = {"l1": {"status": "old", "kept": "k", "gone": "g"}, "l2": {"status": "new"}, "l3": {"other": "o"}}
    places = ["l1!status", "l1!kept", "l1!gone", "l2!status", "l3!nested.zip!a"]

    found = file_systems(graph(layers, {"old", "new", "k"}), places)

    assert FileSystem(IMAGE, {"status": "l2!status", "kept": "l1!kept"}) in found
    assert FileSystem(None, {"a": "l3!nested.zip!a"}) in found
    assert len(found) == 2
