"""Kustomizations, hand-written after the reference of the kustomization file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import kustomize
from scanner.errors import NotExaminable
from scanner.model import Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
DIGEST, COMMIT = "a" * 64, "b" * 40
FILE = f"""
resources: [deployment.yaml, ../base, 'https://u:p@git.example.com/a.git//k8s?ref={COMMIT}', github.com/o/r/k?ref=main]
images:
- {{name: app, newName: ghcr.io/x/app, newTag: '2'}}
- {{name: proxy, digest: sha256:{DIGEST}}}
- {{name: untouched}}
helmCharts: [{{name: fraud, repo: https://charts.example.com, version: 1.0.0}}]
"""


def test_images_that_are_set_run_and_remote_bases_are_origins(record: Record) -> None:
    blob = record("deploy/kustomization.yaml", FILE)
    assert kustomize.wants(blob)
    evidence = kustomize.collect(blob)
    assert {(one.target.key, one.proof) for one in evidence.relationships} == {
        ("name:ghcr.io/x/app:2", Proof.INFERRED),
        (f"sha256:{DIGEST}", Proof.MATCHED),
    }
    said = {item.predicate: item.value for item in evidence.statements}
    assert said["image_pinned"] == {"by_digest": False}
    assert [(one["source"], one["revision"], one["pinned"]) for one in said["origins"]] == [  # type: ignore
        ("https://git.example.com/a.git//k8s", COMMIT, True),
        ("github.com/o/r/k", "main", False),
        ("https://charts.example.com/fraud", "1.0.0", False),
    ]


def test_a_kustomization_of_local_files_only_states_nothing(record: Record) -> None:
    assert kustomize.collect(record("kustomization.yaml", "resources: [a.yaml, ../base]\n")).artifacts == ()


def test_an_impossible_image_is_told(record: Record) -> None:
    evidence = kustomize.collect(record("kustomization.yaml", "images: [{name: a, digest: 'md5:1'}]\n"))
    assert [item.detail for item in evidence.not_examined] == ["no image reference"]


@pytest.mark.parametrize("text", ["images: " + "[" * 30_000, "resources: [" + "a," * 2_001 + "a]", "a: b: c"])
def test_hostile_files_are_not_examinable(record: Record, text: str) -> None:
    with pytest.raises(NotExaminable):
        kustomize.collect(record("kustomization.yaml", text))


@pytest.mark.parametrize("text", ["images: 3", "images: [[1]]", "resources: {a: 1}", "- a", "images: [{newName: [1]}]"])
def test_wrong_shapes_state_nothing(record: Record, text: str) -> None:
    assert kustomize.collect(record("kustomization.yaml", text)).relationships == ()
