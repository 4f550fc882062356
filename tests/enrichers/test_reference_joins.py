"""Joins by name, place and record id: only where one thing is meant, and never stronger than the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import identity
from scanner.enrichers import reference_joins
from scanner.model import Alias, ArtifactRef, Location, Proof
from tests.enrichers.conftest import Scanned
from tests.enrichers.layouts import image_of, write_image
from tests.enrichers.worlds import World

POD = """apiVersion: v1
kind: Pod
metadata: {{name: app}}
spec:
  containers: [{{name: app, image: "{image}"}}]
"""


def deploy(root: Path, image: str) -> None:
    (root / "pod.yaml").write_text(POD.format(image=image))


def test_an_image_named_by_its_tag_is_inferred(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path / "image", [("x", b"x" * 100)], name="registry.example.com/app:1")
    deploy(tmp_path, "registry.example.com/app:1")
    graph = scanned(tmp_path)
    (pod,) = graph.refs("deployment")
    (runs,) = graph.outgoing(pod, ("runs",))
    assert (runs.target, runs.proof) == (image_of(graph), Proof.INFERRED)


def test_an_image_named_by_its_digest_is_better_than_inferred(tmp_path: Path, scanned: Scanned) -> None:
    digest = write_image(tmp_path / "image", [("x", b"x" * 100)], name="registry.example.com/app:1")
    deploy(tmp_path, f"registry.example.com/app@{digest}")
    graph = scanned(tmp_path)
    (runs,) = graph.outgoing(graph.refs("deployment")[0], ("runs",))
    assert runs.target == image_of(graph)
    assert runs.proof > Proof.INFERRED


def test_a_name_that_two_images_carry_means_neither(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path / "one", [("x", b"x" * 100)], name="registry.example.com/app:1")
    write_image(tmp_path / "two", [("y", b"y" * 100)], name="registry.example.com/app:1")
    deploy(tmp_path, "registry.example.com/app:1")
    graph = scanned(tmp_path)
    (runs,) = graph.outgoing(graph.refs("deployment")[0], ("runs",))
    assert not graph.artifact(runs.target).resolved


def test_an_image_that_is_not_here_stays_a_gap(tmp_path: Path, scanned: Scanned) -> None:
    deploy(tmp_path, "registry.example.com/app:1")
    graph = scanned(tmp_path)
    (runs,) = graph.outgoing(graph.refs("deployment")[0], ("runs",))
    assert not graph.artifact(runs.target).resolved


LOGGED = "m-" + "0a" * 16


def logged(world: World) -> ArtifactRef:
    """Version 3 of the registered model ``fraud``, alias champion."""
    ref = identity.record("model", "mlflow", "mlflow.db", LOGGED)
    world.builder.artifact(ref, Location("mlflow.db"), name="fraud", version="3")
    entry = {"id": "fraud 3", "name": "fraud", "version": "3", "aliases": ["champion"]}
    world.say(ref, "registered_as", [entry])
    version = identity.record("model", "mlflow", "mlflow.db", "fraud/3")
    world.builder.aliases.append(Alias(version, ref, Proof.DECLARED, "source of the version", Location("mlflow.db")))
    return ref


@pytest.mark.parametrize(
    ("address", "proof"),
    [
        (f"s3://bucket/mlflow/1/models/{LOGGED}/artifacts", Proof.DECLARED),
        (f"models:/{LOGGED}", Proof.DECLARED),
        ("models:/fraud/3", Proof.DECLARED),
        ("models:/fraud@champion", Proof.INFERRED),
        ("models:/fraud/4", None),
        ("models:/fraud@challenger", None),
        ("models:/other@champion", None),
        ("s3://bucket/fraud/3", None),
        (f"s3://bucket/{LOGGED}0/artifacts", None),
    ],
)
def test_an_address_that_holds_the_id_of_a_record_means_that_record(address: str, proof: Proof | None) -> None:
    world = World()
    model = logged(world)
    serving = world.builder.artifact(identity.placed("deployment", "serve.yaml", "fraud"), Location("serve.yaml"))
    world.link(serving, "serves", world.named("model", address))
    graph = world.graph(reference_joins.enrich)
    (serves,) = graph.outgoing(serving, ("serves",))
    joined = serves.target == graph.canonical(model)
    assert (joined, serves.proof if joined else None) == (proof is not None, proof)


def test_two_stores_with_the_same_id_mean_neither() -> None:
    world = World()
    logged(world)
    world.builder.artifact(identity.record("model", "mlflow", "other.db", LOGGED), Location("other.db"), name="fraud")
    address = world.named("model", f"models:/{LOGGED}")
    graph = world.graph(reference_joins.enrich)
    assert graph.canonical(address) == address
