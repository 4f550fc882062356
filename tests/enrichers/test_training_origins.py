"""The commit and the packages of an image against those of the training of its models."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.enrichers import training_origins
from scanner.model import ArtifactRef, Proof
from tests.enrichers.worlds import World


@pytest.fixture
def world() -> World:
    return World()


def served(world: World) -> tuple[ArtifactRef, ArtifactRef, ArtifactRef]:
    """An image, the model in it and the run that made it."""
    image, model, run = world.seen("image", "c", "image"), world.seen("model", "a", "fraud.onnx"), world.run("1")
    world.link(image, "contains", model)
    world.link(model, "generated_by", run)
    return image, model, run


def said(world: World, image: ArtifactRef, group: str) -> Any:
    return world.graph(training_origins.enrich).artifact(image).groups.get(group)


@pytest.mark.parametrize(
    ("trained", "ancestor"),
    [("1", True), ("2", True), ("3", True), ("9", False)],
    ids=["root", "parent", "same", "other"],
)
def test_the_training_commit_belongs_to_the_history_of_the_image(world: World, trained: str, ancestor: bool) -> None:
    image, _, run = served(world)
    commits = {
        "1": world.commit("1"),
        "2": world.commit("2", "1"),
        "3": world.commit("3", "2"),
        "9": world.commit("9", "1"),
    }
    world.link(image, "built_from", commits["3"])
    world.link(run, "used", commits[trained])
    assert said(world, image, "training_commit") == {"ancestor": ancestor}


def test_a_cut_history_and_another_repository_contradict_nothing(world: World) -> None:
    image, _, run = served(world)
    world.link(image, "built_from", world.commit("3", "2", complete=False))
    world.link(run, "used", world.commit("9"))
    assert said(world, image, "training_commit") == {"ancestor": None}
    other = World()
    image, _, run = served(other)
    other.link(image, "built_from", other.commit("3", repository="serving.git"))
    other.link(run, "used", other.commit("9", repository="training.git"))
    assert said(other, image, "training_commit") == {"ancestor": None}


def test_commits_by_name_only_are_not_compared(world: World) -> None:
    image, _, run = served(world)
    world.link(image, "built_from", world.commit("3"), Proof.INFERRED)
    world.link(run, "used", world.commit("9"))
    assert said(world, image, "training_commit") is None


def test_a_circle_of_parents_ends(world: World) -> None:
    image, _, run = served(world)
    world.link(image, "built_from", world.commit("3", "4"))
    world.commit("4", "3")
    world.link(run, "used", world.commit("9"))
    assert said(world, image, "training_commit") == {"ancestor": False}


def test_a_package_that_serves_in_another_version_than_it_trained_with(world: World) -> None:
    image, model, run = served(world)
    assert world.seen("model", "a", "mlruns/1/models/m-1/artifacts/MLmodel") == model
    world.package("numpy", "2.1.0", "mlruns/1/models/m-1/artifacts/requirements.txt")
    world.package("scikit-learn", "1.9.1", "mlruns/1/models/m-1/artifacts/requirements.txt")
    world.package("mlflow", "3.17.2", "mlruns/1/models/m-1/artifacts/requirements.txt")
    world.link(run, "used", world.package("scipy", "1.15.0", "run"))
    for name, version in (("numpy", "1.26.4"), ("scikit-learn", "1.9.1"), ("scipy", "1.14.0"), ("flask", "3.1.3")):
        world.link(image, "contains", world.package(name, version, "layer!METADATA"))
    assert said(world, image, "training_packages_differ") == [
        {"id": "pkg:pypi/numpy", "training": "2.1.0", "serving": "1.26.4"},
        {"id": "pkg:pypi/scipy", "training": "1.15.0", "serving": "1.14.0"},
    ]


def test_packages_that_a_layer_removes_and_environments_without_a_common_package_say_nothing(world: World) -> None:
    image, _, run = served(world)
    world.link(run, "used", world.package("scipy", "1.15.0", "run"))
    gone = world.package("scipy", "1.14.0", "layer!METADATA")
    world.say(gone, "removed_in", ["layer:x"])
    world.link(image, "contains", gone)
    assert said(world, image, "training_packages_differ") is None
