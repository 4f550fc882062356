"""What a registry marks as live, and who approved what gets traffic."""

from __future__ import annotations

from typing import Any

import pytest

from scanner import identity
from scanner.enrichers import champions
from scanner.model import ArtifactRef, Location
from tests.enrichers.worlds import World


@pytest.fixture
def world() -> World:
    return World()


def register(world: World, ref: ArtifactRef, version: str, *aliases: str, name: str = "fraud") -> None:
    entry = {"id": f"{name} {version}", "name": name, "version": version, "aliases": list(aliases)}
    world.say(ref, "registered_as", [entry])


def champion(world: World, ref: ArtifactRef) -> Any:
    return world.graph(champions.enrich).artifact(ref).groups.get("champion")


@pytest.mark.parametrize("alias", ["champion", "Production", "prod"])
def test_the_version_with_the_alias_is_the_champion_and_no_other(world: World, alias: str) -> None:
    first, second = world.seen("model", "a", "one.onnx"), world.seen("model", "b", "two.onnx")
    register(world, first, "1")
    register(world, second, "2", alias)
    assert champion(world, second) == {"version": "2", "matches": True}
    assert champion(world, first) == {"version": "2", "matches": False}


def test_an_alias_that_does_not_mean_live_makes_no_champion(world: World) -> None:
    model = world.seen("model", "a", "one.onnx")
    register(world, model, "1", "challenger")
    assert champion(world, model) is None


def same_name(world: World, format: str) -> tuple[ArtifactRef, ArtifactRef]:
    live, other = world.seen("model", "a", "fraud"), world.seen("model", "b", "fraud")
    register(world, live, "3", "champion")
    world.say(live, "format", "onnx")
    world.say(other, "format", format)
    return live, other


def test_other_bytes_under_the_name_of_the_champion_are_not_it(world: World) -> None:
    _, other = same_name(world, "onnx")
    assert champion(world, other) == {"version": "3", "matches": False}


def test_another_format_or_a_recorded_origin_may_be_a_conversion(world: World) -> None:
    _, other = same_name(world, "skops")
    assert champion(world, other) == {"version": "3", "matches": None}
    derived = World()
    live, other = same_name(derived, "onnx")
    derived.link(other, "derived_from", live)
    assert champion(derived, other) == {"version": "3", "matches": None}


def test_a_champion_that_is_not_here_contradicts_no_name(world: World) -> None:
    live, other = world.named("model", "fraud"), world.seen("model", "b", "fraud")
    register(world, live, "3", "champion")
    world.say(other, "format", "onnx")
    assert champion(world, other) == {"version": "3", "matches": None}


@pytest.mark.parametrize(("on_model", "on_deployment"), [(True, False), (False, True), (False, False)])
def test_traffic_is_approved_by_the_registry_or_by_the_manifest(
    world: World, on_model: bool, on_deployment: bool
) -> None:
    serving = world.builder.artifact(identity.placed("deployment", "serve.yaml", "fraud"), Location("serve.yaml"))
    model = world.named("model", "s3://models/fraud/2")
    world.say(serving, "shares", [{"model": "s3://models/fraud/2", "percent": 10.0}, {"model": "old", "percent": 90.0}])
    approval = [{"by": "a@example.com", "role": "approver", "at": None, "trusted": False}]
    world.say(model, "approvals", approval if on_model else [])
    world.say(serving, "approvals", approval if on_deployment else [])
    traffic: Any = world.graph(champions.enrich).artifact(serving).groups["traffic"]
    assert [(one["model"], one["approved"]) for one in traffic] == [
        ("old", on_deployment),
        ("s3://models/fraud/2", on_model or on_deployment),
    ]


def test_a_deployment_without_shares_has_no_traffic(world: World) -> None:
    serving = world.builder.artifact(identity.placed("deployment", "pod.yaml", "app"), Location("pod.yaml"))
    assert "traffic" not in world.graph(champions.enrich).artifact(serving).groups
