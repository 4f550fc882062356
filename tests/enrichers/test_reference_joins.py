"""Joins by name, place and record id: only where one thing is meant, and never stronger than the reference."""

from __future__ import annotations

from pathlib import Path

from scanner.model import Proof
from tests.enrichers.conftest import Scanned
from tests.enrichers.layouts import image_of, write_image

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
