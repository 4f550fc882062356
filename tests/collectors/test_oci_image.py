"""Image records one by one: manifests, indexes, configurations, and what only looks like them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import identity
from scanner.collectors import oci_image
from scanner.errors import NotExaminable
from scanner.graph import Graph
from scanner.model import Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
LAYER, CONFIG, OTHER = ("sha256:" + letter * 64 for letter in "123")
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"


def collected(record: Record, value: Any, path: str | None = None) -> Graph:
    content = value if isinstance(value, str) else json.dumps(value)
    blob = record(path or f"image/blobs/sha256/{hashlib.sha256(content.encode()).hexdigest()}", content)
    assert oci_image.wants(blob)
    return Graph.fold([oci_image.collect(blob)])


def manifest(**fields: Any) -> dict[str, Any]:
    layers = [{"mediaType": LAYER_TYPE, "digest": LAYER}]
    return {"schemaVersion": 2, "config": {"mediaType": IMAGE_CONFIG, "digest": CONFIG}, "layers": layers} | fields


def config(**fields: Any) -> dict[str, Any]:
    return {"os": "linux", "architecture": "arm64", "rootfs": {"type": "layers", "diff_ids": [LAYER]}} | fields


def only(graph: Graph, kind: str = "image") -> Any:
    (ref,) = graph.refs(kind)
    return graph.artifact(ref)


def test_a_manifest_is_the_image_and_its_configuration_is_another_name_of_it(record: Record) -> None:
    content = json.dumps(manifest())
    graph = collected(record, content)
    image = only(graph)
    assert image.ref == identity.content("image", hashlib.sha256(content.encode()).hexdigest())
    assert graph.canonical(identity.image_id(CONFIG[7:])) == image.ref
    assert [one["keys"] for one in image.groups["layers"]] == [[LAYER]]


@pytest.mark.parametrize("digit", "0123456789abcdef")
def test_the_digest_of_the_manifest_is_the_identity_whatever_the_other_digest(record: Record, digit: str) -> None:
    graph = collected(record, manifest(config={"digest": "sha256:" + digit * 64}))
    assert only(graph).ref.key.startswith("sha256:")
    assert only(graph).digests["sha256"] == only(graph).ref.key[7:]


def test_a_configuration(record: Record) -> None:
    settings = {
        "User": "app",
        "Env": ["PATH=/bin"],
        "Labels": {
            "org.opencontainers.image.revision": "A" * 40,
            "org.opencontainers.image.version": "1.2",
            "org.opencontainers.image.base.name": "registry.example.com/base:3",
            "org.opencontainers.image.base.digest": OTHER,
        },
    }
    history = [{"created_by": "ENV x", "empty_layer": True}, {"created_by": "RUN make"}]
    graph = collected(record, config(config=settings, history=history, created="2026-05-01T10:00:00+02:00"))
    (image,) = (graph.artifact(ref) for ref in graph.refs("image") if identity.scheme_of(ref) == "config")
    assert image.version == "1.2"
    assert image.groups["configuration"] == {"user": "app", "exposes_secrets": False}
    assert image.groups["commands"] == ["RUN make"]
    assert image.groups["created"] == "2026-05-01T08:00:00Z"
    assert image.groups["platform"] == "linux/arm64"
    assert [one.target for one in graph.outgoing(image.ref, ("built_from",))] == [identity.commit("a" * 40)]
    (base,) = graph.outgoing(image.ref, ("based_on",))
    assert (base.target, base.proof) == (identity.content("image", OTHER[7:]), Proof.DECLARED)


def test_a_base_known_by_name_is_inferred(record: Record) -> None:
    graph = collected(
        record, config(config={"Labels": {"org.opencontainers.image.base.name": "registry.example.com:5000/a/b:3"}})
    )
    (base,) = [ref for ref in graph.refs("image") if identity.scheme_of(ref) == "name"]
    assert graph.artifact(base).name == "registry.example.com:5000/a/b"


def test_a_secret_in_the_history(record: Record) -> None:
    line = "RUN curl -H token:ghp_" + "aB3dE6gH9kL2nP5rS8uV" + "1xY4zA7cD0fG3iJ6"
    image = only(collected(record, config(history=[{"created_by": line}])))
    assert image.groups["configuration"]["exposes_secrets"] is True


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("registry.example.com/app:1.0", "registry.example.com/app"),
        ("registry.example.com:5000/app", "registry.example.com:5000/app"),
        ("app:1.0", "app"),
        (f"registry.example.com/app@{OTHER}", "registry.example.com/app"),
        ("latest", ""),
    ],
)
def test_names_of_an_index(record: Record, name: str, shown: str) -> None:
    entry = {"digest": LAYER, "annotations": {"org.opencontainers.image.ref.name": name}}
    image = only(collected(record, {"manifests": [entry]}, "image/index.json"))
    assert image.groups["names"] == [name]
    assert image.name == (shown or LAYER.partition(":")[2])
    assert not image.resolved


def test_attestations_and_signatures_are_no_images(record: Record) -> None:
    attestation = {"digest": OTHER, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    tag = {"digest": OTHER, "annotations": {"org.opencontainers.image.ref.name": f"sha256-{'1' * 64}.sig"}}
    graph = collected(record, {"manifests": [attestation, tag]}, "image/index.json")
    assert [ref.key for ref in graph.refs("image")] == [LAYER]
    (signed,) = graph.outgoing(graph.refs("image")[0], ("signed_by",))
    assert graph.artifact(signed.target).groups["status"] == "unsupported"
    in_toto = [{"mediaType": "application/vnd.in-toto+json", "digest": LAYER}]
    assert collected(record, manifest(layers=in_toto)).refs("image") == []
    assert collected(record, config(os="unknown", architecture="unknown")).refs("image") == []
    assert collected(record, config(os="", architecture="")).refs("image") == []


@pytest.mark.parametrize(
    "type", ["application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.cncf.notary.signature"]
)
def test_a_signature_that_refers_to_an_image_is_present_and_not_verified(record: Record, type: str) -> None:
    graph = collected(record, manifest(artifactType=type, subject={"digest": OTHER}))
    assert [ref.key for ref in graph.refs("image")] == [OTHER]
    (signed,) = graph.outgoing(graph.refs("image")[0], ("signed_by",))
    assert signed.proof is Proof.DECLARED
    assert graph.artifact(signed.target).groups["status"] == "unsupported"


@pytest.mark.parametrize(
    ("type", "role"), [("application/spdx+json", "sbom"), ("application/vnd.example.scan", "other")]
)
def test_other_referrers_are_documents(record: Record, type: str, role: str) -> None:
    graph = collected(record, manifest(artifactType=type, subject={"digest": OTHER}))
    assert [ref.key for ref in graph.refs("image")] == [OTHER]
    (described,) = graph.outgoing(graph.refs("image")[0], ("described_by",))
    document = graph.artifact(described.target)
    assert (document.name, document.groups["role"]) == (type, role)


def test_a_manifest_about_nothing_says_nothing(record: Record) -> None:
    assert collected(record, manifest(artifactType="application/spdx+json")).refs() == []


@pytest.mark.parametrize(("ending", "role"), [("att", "other"), ("sbom", "sbom")])
def test_documents_under_the_tags_of_cosign(record: Record, ending: str, role: str) -> None:
    tag = {"org.opencontainers.image.ref.name": f"sha256-{'1' * 64}.{ending}"}
    graph = collected(record, {"manifests": [{"digest": OTHER, "annotations": tag}]}, "image/index.json")
    (image,) = graph.refs("image")
    assert image.key == f"sha256:{'1' * 64}"
    (described,) = graph.outgoing(image, ("described_by",))
    assert graph.artifact(described.target).groups["role"] == role


def test_a_record_that_is_index_and_manifest_is_refused(record: Record) -> None:
    with pytest.raises(NotExaminable, match="both an index and a manifest"):
        collected(record, manifest(manifests=[]))


def test_bytes_under_the_digest_of_others_are_told(record: Record) -> None:
    for content in ("{}", b"\x1f\x8b no JSON", b""):
        blob = record(f"image/blobs/sha256/{'0' * 64}", content)
        assert oci_image.wants(blob)
        (missed,) = oci_image.collect(blob).not_examined
        assert missed.detail == "the bytes do not have the digest in the name"


def test_keys_that_programs_read_differently_are_told(record: Record) -> None:
    """Go takes ``Layers`` for ``layers``; the last one wins there."""
    both = json.dumps(manifest())[:-1] + ', "Layers": []}'
    with pytest.raises(NotExaminable, match="differ in case"):
        collected(record, both)


def test_a_layer_without_a_digest_is_told(record: Record) -> None:
    blob = record("image/manifest.json", json.dumps(manifest(layers=[{"digest": "md5:1"}, 7])))
    assert [one.detail for one in oci_image.collect(blob).not_examined] == ["a layer has no sha256 digest"]


def test_a_saved_layer_outside_its_archive_is_a_layer_that_is_not_here(record: Record) -> None:
    entry = {"Config": f"{'1' * 64}.json", "RepoTags": ["app:1"], "Layers": ["../../etc/x", "a/layer.tar"]}
    image = only(collected(record, [entry], "save.tar!manifest.json"))
    assert [one["keys"] for one in image.groups["layers"]] == [["path:", "path:save.tar!a/layer.tar"]]


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"a": NaN}', '{"a":' * 200 + "1" + "}" * 200])
def test_broken_json(record: Record, content: str) -> None:
    with pytest.raises(NotExaminable):
        collected(record, content, "image/index.json")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from([LAYER, CONFIG]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["manifests", "layers", "config", "rootfs", "diff_ids", "digest", "annotations", "history", "os",
                 "architecture", "Env", "Labels", "Config", "Layers", "RepoTags", "created", "subject", "mediaType"]
            ),
            inner,
            max_size=6,
        ),
        max_leaves=20,
    ),
    st.sampled_from(["index.json", "manifest.json", "blobs/sha256/" + "0" * 64]),
)  # fmt: skip
def test_no_record_raises_anything_else(record: Record, value: Any, path: str) -> None:
    blob = record(path, json.dumps(value))
    if oci_image.wants(blob):
        try:
            Graph.fold([oci_image.collect(blob)])
        except NotExaminable as error:
            assert error.detail


def test_the_image_of_the_release_candidate(fraud: Path, blob_at: Callable[[Path, str], Blob]) -> None:
    graph = Graph()
    for path in sorted((fraud / "image").rglob("*")):
        if path.is_file() and oci_image.wants(blob := blob_at(fraud, path.relative_to(fraud).as_posix())):
            graph.add(oci_image.collect(blob))
    images = [graph.artifact(ref) for ref in graph.refs("image") if graph.seen(ref)]
    assert [image.name for image in images] == ["registry.example.com/fraud/fraud-detection"]
    assert "configuration" in images[0].groups
