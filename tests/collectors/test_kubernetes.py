"""The manifest of the fixture, and hand-written ones after the API references of Kubernetes, KServe and Seldon."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import kubernetes
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
DIGEST = "a" * 64
POD = """
apiVersion: v1
kind: Pod
metadata: {name: scorer, namespace: fraud-prod}
spec:
  containers:
  - {name: a, image: IMAGE}
"""


def collected(text: str, path: str = "k8s/app.yaml") -> Evidence:
    blob = blob_of_bytes(path, text.encode())
    assert kubernetes.wants(blob)
    return kubernetes.collect(blob)


def links(evidence: Evidence, type: str) -> list[tuple[str, Proof, str]]:
    return [(one.target.key, one.proof, one.note) for one in evidence.relationships if one.type == type]


def said(evidence: Evidence, predicate: str) -> list[object]:
    return [item.value for item in evidence.statements if item.predicate == predicate]


def test_the_deployment_of_the_fixture_runs_an_image_by_tag(fraud: Path, blob_at: Opener) -> None:
    evidence = kubernetes.collect(blob_at(fraud, "k8s/deployment.yaml"))
    image = "name:registry.example.com/fraud/fraud-detection:1.0.0"
    assert links(evidence, "runs") == [(image, Proof.INFERRED, "model path /app/model.pkl")]
    assert said(evidence, "image_pinned") == [{"by_digest": False}]
    assert said(evidence, "environment") == ["production"]
    assert said(evidence, "approvals")[0][0]["trusted"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    ("image", "key", "proof"),
    [
        (f"ghcr.io/a/b@sha256:{DIGEST}", f"sha256:{DIGEST}", Proof.MATCHED),
        (f"ghcr.io/a/b:1@sha256:{DIGEST.upper()}", f"sha256:{DIGEST}", Proof.MATCHED),
        ("localhost:5000/a", "name:localhost:5000/a:latest", Proof.INFERRED),
        ("python:3.11-slim", "name:python:3.11-slim", Proof.INFERRED),
        ("python", "name:python:latest", Proof.INFERRED),
    ],
)
def test_an_image_is_named_by_digest_or_by_name_and_tag(image: str, key: str, proof: Proof) -> None:
    evidence = collected(POD.replace("IMAGE", image))
    assert links(evidence, "runs") == [(key, proof, "")]
    assert said(evidence, "image_pinned") == [{"by_digest": proof is Proof.MATCHED}]
    assert said(evidence, "environment") == ["production"]


@pytest.mark.parametrize("image", ["$(IMAGE)", "a b", "--x", "a@sha256:12", "-"])
def test_what_names_no_image_is_told_and_never_counts_as_pinned(image: str) -> None:
    evidence = collected(POD.replace("IMAGE", json.dumps(image)))
    assert links(evidence, "runs") == []
    assert said(evidence, "image_pinned") == [{"by_digest": False}]
    assert [item.detail for item in evidence.not_examined] == ["no image reference"]


@pytest.mark.parametrize(
    ("kind", "around"),
    [
        ("Deployment", "spec: {template: {spec: SPEC}}"),
        ("StatefulSet", "spec: {template: {spec: SPEC}}"),
        ("Job", "spec: {template: {spec: SPEC}}"),
        ("CronJob", "spec: {jobTemplate: {spec: {template: {spec: SPEC}}}}"),
        ("InferenceService", "spec: {predictor: SPEC}"),
        ("SeldonDeployment", "spec: {predictors: [{componentSpecs: [{spec: SPEC}]}]}"),
    ],
)
def test_every_kind_of_workload_and_every_kind_of_container_is_read(kind: str, around: str) -> None:
    spec = "{containers: [{image: 'a:1'}], initContainers: [{image: 'b:1'}], ephemeralContainers: [{image: 'c:1'}]}"
    evidence = collected(f"apiVersion: x/v1\nkind: {kind}\nmetadata: {{name: n}}\n{around.replace('SPEC', spec)}\n")
    assert [key for key, _, _ in links(evidence, "runs")] == ["name:a:1", "name:b:1", "name:c:1"]


def test_lists_and_streams_of_documents_give_one_deployment_each() -> None:
    other = POD.replace("IMAGE", "b:1").replace("scorer", "other")
    item = POD.replace("IMAGE", "c:1").replace("scorer", "third").strip().replace("\n", "\n  ")
    text = f"---{POD.replace('IMAGE', 'a:1')}---{other}---\napiVersion: v1\nkind: List\nitems:\n- {item}\n"
    evidence = collected(text)
    names = [one.name for one in evidence.artifacts if one.ref.kind == "deployment"]
    assert names == ["fraud-prod/scorer", "fraud-prod/other", "fraud-prod/third"]
    assert len({one.ref for one in evidence.artifacts if one.ref.kind == "deployment"}) == 3


def test_a_manifest_inside_a_configuration_map_deploys_nothing() -> None:
    quoted = POD.replace("IMAGE", "a:1").replace("\n", "\n    ")
    evidence = collected(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: n}}\ndata:\n  pod.yaml: |\n    {quoted}\n"
    )
    assert evidence.artifacts == ()


def test_an_export_tells_the_digest_that_runs() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "PodList",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "p"},
                "spec": {"containers": [{"image": "ghcr.io/a/b:1"}]},
                "status": {"containerStatuses": [{"imageID": f"docker-pullable://ghcr.io/a/b@sha256:{DIGEST}"}]},
            }
        ],
    }
    evidence = collected(json.dumps(pod), "export.json")
    assert (f"sha256:{DIGEST}", Proof.MATCHED, "running") in links(evidence, "runs")
    assert said(evidence, "image_pinned") == [{"by_digest": False}]


def test_kserve_serves_the_model_at_its_address_with_a_share_of_traffic() -> None:
    evidence = collected(
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: fraud}\nspec:\n  predictor:\n"
        "    canaryTrafficPercent: 10\n    model: {modelFormat: {name: onnx}, storageUri: 's3://key:pw@models/fraud/2'}\n"
    )
    assert links(evidence, "serves") == [("name:s3://models/fraud/2", Proof.DECLARED, "")]
    assert said(evidence, "shares") == [
        [
            {"model": "s3://models/fraud/2", "percent": 10.0},
            {"model": "the revision rolled out before", "percent": 90.0},
        ]
    ]


def test_an_export_of_kserve_names_the_revision_that_serves_the_rest() -> None:
    evidence = collected(
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: fraud}\n"
        "spec: {predictor: {canaryTrafficPercent: 10, model: {storageUri: 's3://m/2'}}}\n"
        "status: {components: {predictor: {traffic: [{revisionName: fraud-2, percent: 10, latestRevision: true},"
        " {revisionName: fraud-1, percent: 90, tag: prev}]}}}\n"
    )
    assert [(one["model"], one["percent"]) for one in said(evidence, "shares")[0]] == [  # type: ignore
        ("s3://m/2", 10.0),
        ("fraud-1", 90.0),
    ]


def test_a_seldon_experiment_splits_by_weight() -> None:
    evidence = collected(
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Experiment\nmetadata: {name: ab}\n"
        "spec: {candidates: [{name: a, weight: 3}, {name: b, weight: 1}, {name: c, weight: many}]}\n"
    )
    assert [(one["model"], one["percent"]) for one in said(evidence, "shares")[0]] == [  # type: ignore
        ("a", 75.0),
        ("b", 25.0),
        ("c", 0.0),
    ]


def test_a_model_image_is_also_run() -> None:
    uri = f"oci://ghcr.io/a/model@sha256:{DIGEST}"
    spec = f"spec: {{predictor: {{model: {{storageUri: '{uri}'}}}}}}"
    evidence = collected(
        f"apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {{name: n}}\n{spec}\n"
    )
    assert links(evidence, "runs") == [(f"sha256:{DIGEST}", Proof.MATCHED, "model image")]


def test_seldon_graphs_are_read_to_their_leaves() -> None:
    graph = "{modelUri: 'gs://a', children: [{modelUri: 'gs://b', children: [{modelUri: 'gs://c'}]}]}"
    evidence = collected(
        "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: n}\n"
        f"spec: {{predictors: [{{traffic: 100, graph: {graph}}}]}}\n"
    )
    assert [key for key, _, _ in links(evidence, "serves")] == ["name:gs://a", "name:gs://b", "name:gs://c"]


def test_models_named_by_environment_volume_and_arguments() -> None:
    evidence = collected(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: n}\nspec:\n  containers:\n  - image: a:1\n"
        "    args: [--port, '80', --model-path, /models/x.onnx, --model=/models/y.onnx]\n"
        "    env: [{name: MODEL_URI, value: 's3://b/m'}, {name: MODEL_NAME, value: fraud}, {name: HOME, value: /x},"
        " {name: OTHER_MODEL, value: 'models:/fraud@champion'}]\n"
        f"  volumes: [{{name: m, image: {{reference: 'ghcr.io/m@sha256:{DIGEST}'}}}}]\n"
    )
    assert links(evidence, "serves") == [
        ("name:s3://b/m", Proof.DECLARED, ""),
        ("name:models:/fraud@champion", Proof.DECLARED, ""),
    ]
    assert links(evidence, "runs") == [
        ("name:a:1", Proof.INFERRED, "model path /models/x.onnx, /models/y.onnx"),
        (f"sha256:{DIGEST}", Proof.MATCHED, "volume"),
    ]


def test_a_template_that_is_not_rendered_is_unsupported() -> None:
    with pytest.raises(NotExaminable, match="not rendered"):
        collected("apiVersion: v1\n{{- if .Values.x }}\nkind: Pod\n{{- end }}\n")


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\nspec: " + "[" * 30_000,
        "apiVersion: v1\nkind: &k [*k]\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [\n",
        "apiVersion: v1\nkind: List\nitems: [" + "{apiVersion: v1, kind: Pod}," * 6_000 + "]\n",
        "apiVersion: v1\na: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9)),
    ],
)
def test_hostile_streams_are_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        collected(text)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\n",
        "apiVersion: v1\nkind: Pod\nspec: 3\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: {image: a}}\n",
        "apiVersion: v1\nkind: [Pod]\n",
        "apiVersion: v1\nkind: Deployment\nspec: {template: [1]}\n",
        "# apiVersion\n",
    ],
)
def test_wrong_shapes_state_nothing(text: str) -> None:
    assert collected(text).relationships == ()
