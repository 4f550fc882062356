from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.graph import ArtifactView, Graph
from scanner.model import Artifact, ArtifactRef, Evidence, Location, Statement
from scanner.policy.fingerprint import fingerprint, identity_of


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            ("DG-002", "lineage[0]", "model:fraud-scorer", "dataset:claims-2024"),
            "9b1f9647ed83b71c9c0a091cee4a38d6f13f72b2dc022ea18c7ffd17d3e1dae8",
        ),
        (
            ("PK-003", "require[0]", "package:pkg:pypi/jinja2", "GHSA-h5c8-rqwp-cp95"),
            "1b0d579f2eb99af322adaddaf83dc3f2e91a8f6d7d03825a2e3a1e37a84f2b24",
        ),
        (
            ("DG-005", "require[0]", "dataset:claims", ""),
            "19fae51b71d35b11c94e9501813a78ec8e35541bf85a0b188ff57598b21dae28",
        ),
    ],
)
def test_vectors_of_the_format(parts: tuple[str, str, str, str], expected: str) -> None:
    assert fingerprint(*parts) == expected


@given(st.tuples(*[st.text(max_size=8)] * 4), st.tuples(*[st.text(max_size=8)] * 4))
def test_different_parts_give_different_fingerprints(one: Any, other: Any) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)


def view(
    kind: str, key: str, *, path: str | None = None, groups: dict[str, Any] | None = None, **more: Any
) -> ArtifactView:
    ref = ArtifactRef(kind, key)
    artifact = Artifact(ref, Location(path) if path else None, **more)
    statements = tuple(Statement(ref, group, value, Location("x")) for group, value in (groups or {}).items())
    return Graph.fold([Evidence("test", artifacts=(artifact,), statements=statements)]).artifact(ref)


SHA = (("sha256", "ab" * 32),)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (view("package", "pkg:pypi/jinja2@3.0?x=y", purl="pkg:pypi/jinja2@3.0?x=y"), "package:pkg:pypi/jinja2"),
        (view("package", "not a purl"), "package:not a purl"),
        (view("file", "sha256:00", path="data/a.csv", name="other"), "file:data/a.csv"),
        (view("model", "sha256:00", name="fraud", path="x/model.onnx", version="3"), "model:fraud"),
        (view("image", "sha256:00", name="host:5000/team/app:1.2@sha256:00"), "image:host:5000/team/app"),
        (view("image", "sha256:00", name="app:1.2"), "image:app"),
        (view("layer", "sha256:00", digests=SHA), f"layer:sha256:{'ab' * 32}"),
        (view("commit", "git:0a1b", groups={"repository": "example.org/r"}), "commit:example.org/r@0a1b"),
        (view("commit", "git:0a1b"), "commit:0a1b"),
        (view("run", "record:mlflow/mlflow.db#77"), "run:mlflow:77"),
        (view("deployment", "place:k8s/d.yaml#Deployment/ns/app", name="x"), "deployment:k8s/d.yaml#Deployment/ns/app"),
        (view("signer", "name:sha256:aa", name="Jane"), "signer:sha256:aa"),
    ],
)
def test_identity_by_kind(found: ArtifactView, expected: str) -> None:
    assert identity_of(found) == expected


def test_version_digest_and_place_do_not_change_the_identity() -> None:
    one = view("model", "sha256:00", name="m", version="1", path="a/m.onnx", digests=SHA)
    other = view("model", "sha256:11", name="m", version="2", path="b/m.onnx")
    assert identity_of(one) == identity_of(other)
