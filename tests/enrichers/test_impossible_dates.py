"""Orders of dates that cannot be true, and the slack that clocks and zones need."""

from __future__ import annotations

from typing import Any

import pytest

from scanner import identity
from scanner.enrichers import impossible_dates
from scanner.model import ArtifactRef, Location
from tests.enrichers.worlds import World


@pytest.fixture
def world() -> World:
    return World()


def impossible(world: World, ref: ArtifactRef) -> list[str]:
    found: Any = world.graph(impossible_dates.enrich).artifact(ref).groups["impossible_dates"]
    return [one["id"] for one in found]


@pytest.mark.parametrize(
    ("newest", "found"),
    [("2026-05-10T00:00:00Z", []), ("2026-05-11T20:00:00Z", []), ("2026-05-12T12:00:01Z", ["data-after-training"])],
)
def test_data_newer_than_the_training_on_them(world: World, newest: str, found: list[str]) -> None:
    model, data = world.seen("model", "a", "fraud.onnx"), world.seen("dataset", "b", "claims.csv")
    world.link(model, "trained_on", data)
    world.link(model, "generated_by", world.run("1", "2026-05-11T10:00:00Z", "2026-05-11T12:00:00Z"))
    world.say(model, "updated", {"at": "2026-05-11T12:00:00Z", "by": None, "basis": "record"})
    world.say(data, "as_of", {"time": newest, "basis": "content"})
    assert impossible(world, model) == found


def test_a_model_newer_than_the_image_that_holds_it(world: World) -> None:
    image, model = world.seen("image", "c", "image"), world.seen("model", "a", "fraud.onnx")
    world.link(image, "contains", model)
    world.link(model, "generated_by", world.run("1", ended="2026-05-11T12:00:00Z"))
    world.say(image, "created", "2026-05-01T00:00:00Z")
    assert impossible(world, image) == ["training-after-image"]


def test_an_image_without_a_real_date_contradicts_nothing(world: World) -> None:
    image, model = world.seen("image", "c", "image"), world.seen("model", "a", "fraud.onnx")
    world.link(image, "contains", model)
    world.link(model, "generated_by", world.run("1", ended="2026-05-11T12:00:00Z"))
    world.say(image, "created", "1970-01-01T00:00:00Z")
    assert impossible(world, image) == []


def test_a_run_of_a_commit_that_was_written_later(world: World) -> None:
    run, commit = world.run("1", "2026-05-01T00:00:00Z"), world.commit("a")
    world.say(commit, "authored", "2026-05-03T00:00:00Z")
    world.link(run, "used", commit)
    assert impossible(world, run) == ["commit-after-run"]


def test_times_after_the_scan_and_at_the_beginning_of_time(world: World) -> None:
    data = world.seen("dataset", "b", "claims.csv")
    world.say(data, "as_of", {"time": "2031-01-01T00:00:00Z", "basis": "content"})
    card = world.builder.artifact(identity.placed("document", "README.md"), Location("README.md"))
    world.say(card, "updated", "1970-01-01T00:00:00Z")
    assert (impossible(world, data), impossible(world, card)) == (["after-scan"], ["epoch"])


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_time_are_compared_like_any_other(world: World, time: str) -> None:
    image, model = world.seen("image", "c", "image"), world.seen("model", "a", "fraud.onnx")
    world.link(image, "contains", model)
    run, commit = world.run("1", time, time), world.commit("a")
    world.link(model, "generated_by", run)
    world.say(image, "created", time)
    world.say(commit, "authored", time)
    world.link(run, "used", commit)
    assert impossible(world, image) == (["after-scan"] if time.startswith("9") else [])
    assert impossible(world, run) == (["after-scan"] if time.startswith("9") else ["epoch"])


def test_what_has_no_date_is_not_compared(world: World) -> None:
    model = world.seen("model", "a", "fraud.onnx")
    assert "impossible_dates" not in world.graph(impossible_dates.enrich).artifact(model).groups
