"""One content under several names, and one model saved twice."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.enrichers import copies, stray_code
from scanner.model import ArtifactRef, Location
from tests.enrichers.worlds import World


@pytest.fixture
def world() -> World:
    return World()


def copied(world: World, *places: str) -> Any:
    for place in places:
        file = world.seen("file", "a", place)
    world.link(world.seen("model", "a", places[0]), "contains", file)
    return world.graph(copies.enrich).artifact(file).groups.get("copies")


def test_names_of_copies(world: World) -> None:
    assert copied(world, "a/fraud.onnx", "b/credit.onnx", "c!app/fraud.onnx") == {
        "places": 3,
        "names": ["credit.onnx", "fraud.onnx"],
        "owners": [],
    }


def test_words_and_digests_that_caches_use_are_no_names(world: World) -> None:
    places = ("models/model.onnx", "blobs/" + "ab" * 32, ".dvc/cache/files/md5/0a/" + "1" * 30, "fraud/fraud.onnx")
    assert copied(world, *places) == {"places": 4, "names": ["fraud.onnx"], "owners": []}


def test_one_place_is_no_copy(world: World) -> None:
    assert copied(world, "fraud.onnx") is None


def test_a_file_that_two_packages_brought(world: World) -> None:
    for name in ("one", "two"):
        file = world.seen("file", "a", f"site-packages/{name}/table.npy")
        world.link(world.package(name, "1.0", f"{name}.dist-info/METADATA"), "contains", file)
    world.link(world.seen("dataset", "a", "table.npy"), "contains", file)
    value: Any = world.graph(copies.enrich).artifact(file).groups["copies"]
    assert value["owners"] == ["pkg:pypi/one@1.0", "pkg:pypi/two@1.0"]


def twins(world: World, ref: ArtifactRef) -> Any:
    return world.graph(copies.enrich).artifact(ref).groups.get("fingerprint_twins")


def test_models_of_one_fingerprint_are_twins_until_a_record_links_them(world: World) -> None:
    one, two = world.seen("model", "a", "one/1/saved_model.pb"), world.seen("model", "b", "two/1/saved_model.pb")
    other = world.seen("model", "c", "three/1/saved_model.pb")
    for ref, fingerprint in ((one, "f"), (two, "f"), (other, "g")):
        world.say(ref, "fingerprint", fingerprint)
    assert (twins(world, one), twins(world, two)) == (["two/1/saved_model.pb"], ["one/1/saved_model.pb"])
    assert twins(world, other) == []
    world.link(two, "derived_from", one)
    assert (twins(world, one), twins(world, two)) == ([], [])


def in_model(world: World, file: ArtifactRef, verdict: str = "malicious") -> Any:
    world.say(file, "code_scan", {"verdict": verdict, "reason": None})
    return world.graph(stray_code.enrich).artifact(file).groups.get("in_model")


def test_a_harmful_file_in_a_model_is_part_of_it_through_any_archive(world: World) -> None:
    file, archive = world.seen("file", "a", "model.zip!data.pkl"), world.seen("file", "b", "model.zip")
    world.link(archive, "contains", file)
    assert in_model(world, file) is False
    world.link(world.seen("model", "b", "model.zip"), "contains", archive)
    assert in_model(world, file) is True


def test_archives_that_contain_each_other_end(world: World) -> None:
    one, two = world.seen("file", "a", "one.zip"), world.seen("file", "b", "two.zip")
    world.link(one, "contains", two)
    world.link(two, "contains", one)
    assert in_model(world, one) is False


def test_nothing_is_said_of_files_that_do_no_harm(world: World) -> None:
    assert in_model(world, world.seen("file", "a", "table.npy"), "known-safe") is None


def test_a_place_is_read_from_the_verdict(world: World) -> None:
    file = world.seen("file", "a", "cache.npy")
    assert in_model(world, file) is False
    graph = world.graph(stray_code.enrich)
    assert [one.location for one in graph.artifact(file).stated_by["in_model"]] == [Location("record")]
