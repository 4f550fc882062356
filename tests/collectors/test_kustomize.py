"""Kustomizations, hand-written after the reference of the kustomization file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import kustomize
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.records import kustomize_render
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


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: fraud}
spec:
  template:
    spec:
      initContainers: [{name: setup, image: 'busybox:1.36'}]
      containers:
      - {name: app, image: app}
      - {name: proxy, image: 'registry.example:5000/proxy:1'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {image: app}
"""
OVERLAY = f"""
resources: [../base]
namespace: prod
namePrefix: eu-
labels: [{{pairs: {{environment: production}}}}]
images:
- {{name: app, newName: ghcr.io/x/app, digest: sha256:{DIGEST}}}
- {{name: registry.example:5000/proxy, newTag: '2'}}
- {{name: elsewhere, newTag: '3'}}
"""


@pytest.fixture
def tree(tmp_path: Path, blob_at: Callable[[Path, str], Blob]) -> Callable[[dict[str, str]], Evidence]:
    """tree({path: text}): what ``overlay/kustomization.yaml`` becomes with these files."""

    def collected(files: dict[str, str]) -> Evidence:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return kustomize.collect(blob_at(tmp_path, "overlay/kustomization.yaml"))

    return collected


Tree = Callable[[dict[str, str]], Evidence]
BASE = {"base/kustomization.yaml": "resources: [deployment.yaml]\n", "base/deployment.yaml": DEPLOYMENT}


def runs(evidence: Evidence) -> dict[str, set[str]]:
    """Name of a deployment → images it runs."""
    names = {one.ref: str(one.name) for one in evidence.artifacts if one.ref.kind == "deployment"}
    found: dict[str, set[str]] = {}
    for one in evidence.relationships:
        found.setdefault(names[one.source], set()).add(one.target.key)
    return found


def test_an_overlay_runs_the_images_it_sets(tree: Tree) -> None:
    evidence = tree({**BASE, "overlay/kustomization.yaml": OVERLAY})
    assert runs(evidence) == {
        "prod/eu-fraud": {f"sha256:{DIGEST}", "name:registry.example:5000/proxy:2", "name:busybox:1.36"},
        "overlay/kustomization.yaml": {"name:elsewhere:3"},
    }
    assert {one.value for one in evidence.statements if one.predicate == "environment"} == {"production"}
    assert evidence.not_examined == ()


STRATEGIC = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: fraud}
spec: {template: {spec: {containers: [{name: app, image: 'patched:1'}, {name: proxy, $patch: delete}, {name: new, image: 'new:1'}]}}}
"""
JSON_PATCH = "[{op: replace, path: /spec/template/spec/containers/0/image, value: 'patched:1'}, {op: remove, path: /spec/template/spec/containers/1}]"


@pytest.mark.parametrize(
    ("patching", "images"),
    [
        ("patchesStrategicMerge: [patch.yaml]", {"patched:1", "new:1", "busybox:1.36"}),
        ("patches: [{path: patch.yaml}]", {"patched:1", "new:1", "busybox:1.36"}),
        ("patches: [{path: json.yaml, target: {kind: Deployment}}]", {"patched:1", "busybox:1.36"}),
        (
            "patchesJson6902: [{path: json.yaml, target: {kind: Deployment, name: fraud}}]",
            {"patched:1", "busybox:1.36"},
        ),
        (
            "patches: [{path: json.yaml, target: {kind: Deployment, name: other}}]",
            {"app:latest", "registry.example:5000/proxy:1", "busybox:1.36"},
        ),
        ("patches: [{patch: '{kind: Deployment, metadata: {name: fraud}, $patch: delete}'}]", None),
    ],
)
def test_patches(patching: str, images: set[str] | None, tree: Tree) -> None:
    files = {"overlay/patch.yaml": STRATEGIC, "overlay/json.yaml": JSON_PATCH}
    evidence = tree({**BASE, **files, "overlay/kustomization.yaml": f"resources: [../base]\n{patching}\n"})
    assert runs(evidence) == ({"fraud": {f"name:{image}" for image in images}} if images else {})


def test_what_is_not_applied_is_told(tree: Tree) -> None:
    text = "resources: [absent.yaml, 'https://git.example.com/a.git//k8s']\nreplacements: [{path: r.yaml}]\n"
    (told,) = tree({"overlay/kustomization.yaml": text}).not_examined
    assert (told.reason, told.detail) == (
        "not_collected",
        "not applied: remote bases, replacements, resources that are not here; scan the output of kustomize build",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"overlay/kustomization.yaml": "resources: [../overlay]\n"},
        {"overlay/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": "bases: [../overlay]\n"},
        {"overlay/kustomization.yaml": "resources: [" + "a," * 600 + "a]\n"},
        {"overlay/kustomization.yaml": "patches: [{path: absent.yaml}]\n"},
        {"overlay/kustomization.yaml": "resources: [a.yaml]\n", "overlay/a.yaml": "a: " + "[" * 30_000},
    ],
)
def test_hostile_trees_are_not_examinable(files: dict[str, str], tree: Tree) -> None:
    with pytest.raises(NotExaminable):
        tree(files)


def test_files_outside_the_scan_are_not_read(tmp_path: Path, blob_at: Callable[[Path, str], Blob]) -> None:
    (tmp_path / "base.yaml").write_text(DEPLOYMENT)
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "kustomization.yaml").write_text("resources: [../base.yaml]\n")
    evidence = kustomize.collect(blob_at(tmp_path / "scan", "kustomization.yaml"))
    assert runs(evidence) == {}


PLAIN = st.recursive(
    st.sampled_from(["a", "app", "0", "-", "delete", "replace", "/metadata/name", None]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["metadata", "name", "op", "path", "value", "containers", "$patch", "image", "kind"]), inner
        )
    ),
    max_leaves=12,
)


@given(PLAIN, PLAIN)
def test_no_shape_of_a_patch_raises(item: object, patch: object) -> None:
    found = [{"kind": "a", "metadata": {"name": "a"}, "value": item}]
    kustomize_render._apply(found, patch, {"kind": "a"})  # type: ignore[arg-type]
    kustomize_render._rename(found, {"namePrefix": "x", "commonLabels": {"a": "b"}})  # type: ignore[arg-type]
    kustomize_render._replace_images(found[0], {"app": {"newTag": "2"}})  # type: ignore[arg-type]
