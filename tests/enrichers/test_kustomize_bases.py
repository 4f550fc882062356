"""Bases of kustomizations, by hand: what overlays render is deployed once, by them."""

from __future__ import annotations

from pathlib import Path

from scanner.graph import Graph
from tests.enrichers.conftest import Scanned

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: fraud}
spec: {template: {spec: {containers: [{name: app, image: 'app:1'}]}}}
"""


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        folder = root / name.rpartition("_")[0]
        folder.mkdir(exist_ok=True)
        (folder / ("kustomization.yaml" if name.endswith("_k") else "deployment.yaml")).write_text(text)


def overlay(environment: str, tag: str) -> str:
    return f"resources: [../base]\nnamespace: {environment}\nimages: [{{name: app, newTag: '{tag}'}}]\n"


def deployed(graph: Graph) -> dict[str, set[str]]:
    """Place of every deployment → images that it runs."""
    return {ref.key: {one.target.key for one in graph.outgoing(ref, ("runs",))} for ref in graph.refs("deployment")}


def test_two_overlays_over_one_base_are_two_deployments(tmp_path: Path, scanned: Scanned) -> None:
    write(tmp_path, base_k="resources: [deployment.yaml]\n", base_d=DEPLOYMENT,
          prod_k=overlay("prod", "2"), test_k=overlay("test", "3"))  # fmt: skip
    graph = scanned(tmp_path)
    assert deployed(graph) == {
        "place:prod/kustomization.yaml#Deployment/prod/fraud": {"name:app:2"},
        "place:test/kustomization.yaml#Deployment/test/fraud": {"name:app:3"},
    }
    for ref in graph.refs("deployment"):
        assert graph.artifact(ref).groups["rendered_from"] == [
            "place:base/deployment.yaml#Deployment//fraud", "place:base/kustomization.yaml#Deployment//fraud",
        ]  # fmt: skip


def test_a_base_that_nobody_builds_on_is_deployed_by_its_kustomization(tmp_path: Path, scanned: Scanned) -> None:
    write(tmp_path, base_k="resources: [deployment.yaml]\n", base_d=DEPLOYMENT)
    assert deployed(scanned(tmp_path)) == {"place:base/kustomization.yaml#Deployment//fraud": {"name:app:1"}}


def test_an_object_that_an_overlay_leaves_out_stays(tmp_path: Path, scanned: Scanned) -> None:
    deletion = (
        "resources: [../base]\npatches: [{patch: '{kind: Deployment, metadata: {name: fraud}, $patch: delete}'}]\n"
    )
    write(tmp_path, base_k="resources: [deployment.yaml]\n", base_d=DEPLOYMENT, prod_k=deletion)
    assert list(deployed(scanned(tmp_path))) == ["place:base/kustomization.yaml#Deployment//fraud"]


def test_a_manifest_without_a_kustomization_is_a_deployment(tmp_path: Path, scanned: Scanned) -> None:
    write(tmp_path, plain_d=DEPLOYMENT)
    assert list(deployed(scanned(tmp_path))) == ["place:plain/deployment.yaml#Deployment//fraud"]


def test_a_patch_cannot_name_what_it_is_rendered_from(tmp_path: Path, scanned: Scanned) -> None:
    """A patch changes fields of an object; which objects it stands for is kept beside them."""
    claim = "patches: [{patch: '{kind: Deployment, metadata: {name: fraud}, rendered_from: [\"place:plain/deployment.yaml#Deployment//fraud\"]}'}]\n"
    write(tmp_path, base_k="resources: [deployment.yaml]\n" + claim, base_d=DEPLOYMENT, plain_d=DEPLOYMENT)
    assert "place:plain/deployment.yaml#Deployment//fraud" in deployed(scanned(tmp_path))
