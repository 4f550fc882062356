"""How old data were at the training and are today, and what is superseded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import identity
from scanner.enrichers import freshness
from scanner.model import ArtifactRef, Location
from tests.enrichers.worlds import World


def fresh(world: World, ref: ArtifactRef) -> Mapping[str, Any]:
    value: Any = world.graph(freshness.enrich).artifact(ref).groups["freshness"]
    return value


@pytest.fixture
def world() -> World:
    return World()


def trained(world: World, data_until: str | None, ended: str | None) -> ArtifactRef:
    model, data = world.seen("model", "a", "fraud.onnx"), world.seen("dataset", "b", "claims.csv")
    world.link(model, "trained_on", data)
    world.link(model, "generated_by", world.run("1", ended=ended))
    if data_until is not None:
        world.say(data, "as_of", {"time": data_until, "basis": "content"})
    return model


def test_age_at_training_and_at_release_are_whole_days(world: World) -> None:
    model = trained(world, "2026-05-01T12:00:00Z", "2026-05-11T11:00:00Z")
    assert fresh(world, model) == {
        "data_until": "2026-05-01T12:00:00Z",
        "data_basis": "content",
        "trained": "2026-05-11T11:00:00Z",
        "trained_basis": "record",
        "data_age_at_training_days": 9,
        "data_age_at_release_days": 30,
        "superseded": None,
    }


@given(st.dates(date(1990, 1, 1), date(2026, 5, 30)), st.integers(0, 10_000))
def test_ages_are_the_difference_of_the_dates(until: date, days: int) -> None:
    world = World()
    ended = date.fromordinal(min(until.toordinal() + days, date(2026, 5, 31).toordinal()))
    value = fresh(world, trained(world, f"{until}T00:00:00Z", f"{ended}T00:00:00Z"))
    assert value["data_age_at_training_days"] == (ended - until).days
    assert value["data_age_at_release_days"] == (date(2026, 6, 1) - until).days


def test_a_missing_date_stays_unknown(world: World) -> None:
    value = fresh(world, trained(world, None, "2026-05-11T11:00:00Z"))
    assert (value["data_until"], value["data_age_at_training_days"], value["trained_basis"]) == (None, None, "record")


def test_the_oldest_of_several_data_counts_and_an_undated_one_may_be_the_oldest(world: World) -> None:
    model = trained(world, "2026-05-01T00:00:00Z", None)
    older = world.seen("dataset", "c", "older.csv")
    world.link(model, "trained_on", older)
    assert "freshness" not in world.graph(freshness.enrich).artifact(model).groups
    world.say(older, "as_of", {"time": "2025-01-01T00:00:00Z", "basis": "record"})
    assert (fresh(world, model)["data_until"], fresh(world, model)["data_basis"]) == ("2025-01-01T00:00:00Z", "record")


def test_the_data_of_a_registered_name_are_those_of_its_version(world: World) -> None:
    model, family = world.seen("model", "d", "entry.onnx"), world.named("model", "fraud")
    data = world.seen("dataset", "b", "claims.csv")
    world.link(model, "version_of", family)
    world.link(family, "trained_on", data)
    world.say(data, "as_of", {"time": "2026-05-01T00:00:00Z", "basis": "content"})
    assert fresh(world, model)["data_until"] == "2026-05-01T00:00:00Z"


def test_a_model_without_any_date_says_nothing(world: World) -> None:
    model = world.seen("model", "a", "fraud.onnx")
    assert "freshness" not in world.graph(freshness.enrich).artifact(model).groups


def test_a_higher_version_of_the_same_name_supersedes(world: World) -> None:
    family = world.named("model", "fraud")
    versions = {number: world.seen("model", letter, f"{number}.onnx") for number, letter in (("2", "a"), ("10", "b"))}
    for number, ref in versions.items():
        entry = {"id": f"fraud {number}", "name": "fraud", "version": number, "aliases": []}
        world.say(ref, "registered_as", [entry])
        world.link(ref, "version_of", family)
    assert fresh(world, versions["2"])["superseded"] is True
    assert fresh(world, versions["10"])["superseded"] is False


def test_a_dataset_version_is_superseded_by_a_later_one(world: World) -> None:
    family = world.named("dataset", "claims")
    old = world.seen("dataset", "a", "claims-1.csv", version="v1")
    new = world.seen("dataset", "b", "claims-2.csv", version="v2")
    for ref in (old, new):
        world.link(ref, "version_of", family)
    assert (fresh(world, old), fresh(world, new)) == ({"superseded": True}, {"superseded": False})


@pytest.mark.parametrize(("main", "superseded"), [("b", True), ("a", False)])
def test_a_snapshot_is_superseded_when_main_of_its_hub_repository_moved(
    world: World, main: str, superseded: bool
) -> None:
    address = "https://huggingface.co/org/name"
    model = world.seen("model", "c", "model.safetensors")
    pinned = world.commit("a", repository=address)
    world.link(model, "built_from", pinned)
    world.say(world.commit(main, repository=address), "refs", ["main"])
    assert fresh(world, model)["superseded"] is superseded


def test_a_later_commit_of_the_code_makes_no_later_model(world: World) -> None:
    model = trained(world, None, "2026-05-11T11:00:00Z")
    world.link(model, "built_from", world.commit("a"))
    world.say(world.commit("b", "a"), "refs", ["heads/main"])
    assert fresh(world, model)["superseded"] is None


@pytest.mark.parametrize(("head", "superseded"), [("b", True), ("a", False)])
def test_imported_data_are_superseded_when_their_producer_moved_on(world: World, head: str, superseded: bool) -> None:
    data = world.seen("dataset", "c", "raw.csv")
    origin = identity.record("dataset", "dvc", "https://git.example.com/data-registry", f"raw.csv@{'a' * 40}")
    world.builder.artifact(origin, resolved=False)
    world.link(data, "derived_from", origin)
    producer = world.commit(head, repository="https://git.example.com/data-registry.git")
    world.say(producer, "refs", ["HEAD", "heads/main"])
    assert fresh(world, data) == {"superseded": superseded}


@pytest.mark.parametrize(
    ("updated", "older"), [("2026-05-01", True), ("2026-05-11", False), ("2026-05-12", False), (None, None)]
)
def test_documentation_is_older_when_it_was_changed_before_the_training(
    world: World, updated: str | None, older: bool | None
) -> None:
    model = trained(world, None, "2026-05-11T11:00:00Z")
    card = world.builder.artifact(identity.placed("document", "README.md"), Location("README.md"), name="README.md")
    world.say(card, "role", "model_card")
    if updated is not None:
        world.say(card, "updated", f"{updated}T00:00:00Z")
    world.link(model, "described_by", card)
    graph = world.graph(freshness.enrich)
    assert graph.artifact(model).groups["documentation"] == {"older_than_model": older}


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_time_do_no_harm(world: World, end: str) -> None:
    model = trained(world, end, end)
    card = world.builder.artifact(identity.placed("document", "README.md"), Location("README.md"))
    world.say(card, "role", "model_card")
    world.say(card, "updated", end)
    world.link(model, "described_by", card)
    graph = world.graph(freshness.enrich)
    assert graph.artifact(model).groups["documentation"] == {"older_than_model": False}
    assert fresh(world, model)["data_age_at_training_days"] == 0


def test_a_licence_text_documents_no_training(world: World) -> None:
    model = trained(world, None, "2026-05-11T11:00:00Z")
    text = world.builder.artifact(identity.placed("document", "LICENSE"), Location("LICENSE"), name="LICENSE")
    world.say(text, "role", "licence")
    world.link(model, "described_by", text)
    assert "documentation" not in world.graph(freshness.enrich).artifact(model).groups
