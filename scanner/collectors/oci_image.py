"""Container image records: OCI and Docker manifests, indexes, configurations, and the manifest of ``docker save``.

Each JSON blob is read by itself; the digests in it name the others. Specifications: OCI image-spec 1.1 (manifest,
image-index, config, image-layout), Docker image specification 1.2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import Alias, ArtifactRef, Evidence, EvidenceBuilder, Json, Proof
from scanner.records import json_bounded, secrets, times
from scanner.sources.blob import Blob

NAME: Final = "oci_image"
VERSION: Final = "1"
LIMIT: Final = 8 << 20
COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})\Z")
_BLOB_PATH: Final = re.compile(r"(?:^|.*/)(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json|/layer\.tar|\.tar)?\Z")
_SIGNATURE_TAG: Final = re.compile(r"sha256-[0-9a-f]{64}\.(?:sig|att|sbom)\Z")
_NAMED_BY_DIGEST: Final = re.compile(r"(?:.*/)?blobs/sha256/([0-9a-f]{64})\Z")
_LAYER_TYPE: Final = re.compile(r"application/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\.")
_SIGNATURES: Final = re.compile(r"application/vnd\.(?:dev\.sigstore\.bundle|cncf\.notary\.signature)")
_BILL: Final = re.compile(
    r"application/(?:vnd\.cyclonedx|spdx|vnd\.syft|vnd\.dev\.sigstore\.sbom)|text/spdx", re.IGNORECASE
)
CREATED_BY_LIMIT: Final = 300


def wants(blob: Blob) -> bool:
    """Whether the content may be one of these records, or lies in a layout under a digest that is to be checked."""
    if _NAMED_BY_DIGEST.match(blob.path.rpartition("!")[2]):
        return True
    if blob.head.lstrip()[:1] not in (b"{", b"[") or blob.size > LIMIT:
        return False
    name = blob.name
    if name in ("index.json", "manifest.json"):
        return True
    return _BLOB_PATH.match(blob.path.rpartition("!")[2]) is not None


def collect(blob: Blob) -> Evidence:
    """Images, their names, layers, configuration and origin, as the record says.

    A blob of a layout whose bytes are not those its name promises is told. Raises NotExaminable for broken records.
    """
    builder = EvidenceBuilder(NAME)
    named = _NAMED_BY_DIGEST.match(blob.path.rpartition("!")[2])
    if named is not None and named.group(1) != blob.sha256:
        builder.missed(blob.location, UNREADABLE, "the bytes do not have the digest in the name")
    if blob.head.lstrip()[:1] not in (b"{", b"[") or blob.size > LIMIT:
        return builder.build()
    try:
        data: Any = json_bounded.loads(blob.text(LIMIT))
    except NotExaminable:
        if named is not None:
            return builder.build()
        raise
    if isinstance(data, list):
        _docker_save(builder, blob, data)
    elif isinstance(data, dict) and len({key.lower() for key in data}) != len(data):
        raise NotExaminable(UNREADABLE, "two keys differ in case only: programs disagree on what they say")
    elif isinstance(data, dict) and "manifests" in data and ("layers" in data or "config" in data):
        raise NotExaminable(UNREADABLE, "both an index and a manifest: programs disagree on what it says")
    elif isinstance(data, dict) and isinstance(data.get("manifests"), list):
        _index(builder, blob, data)
    elif isinstance(data, dict) and isinstance(data.get("layers"), list) and isinstance(data.get("config"), dict):
        _manifest(builder, blob, data)
    elif isinstance(data, dict) and isinstance(data.get("rootfs"), dict):
        _configuration(builder, blob, data)
    return builder.build()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _digest(value: Any) -> str | None:
    found = _DIGEST.match(value) if isinstance(value, str) else None
    return found.group(1) if found else None


def _index(builder: EvidenceBuilder, blob: Blob, data: Mapping[str, Any]) -> None:
    """Names of manifests. A layout's ``index.json`` is a table of contents; a nested index is an image of its own."""
    nested = blob.name != "index.json"
    for entry in data["manifests"]:
        digest = _digest(entry.get("digest")) if isinstance(entry, dict) else None
        if digest is None:
            continue
        annotations = entry.get("annotations") if isinstance(entry.get("annotations"), dict) else {}
        if annotations.get("vnd.docker.reference.type"):
            continue
        names = [
            name
            for key in ("io.containerd.image.name", "org.opencontainers.image.ref.name")
            if isinstance(name := annotations.get(key), str) and name
        ]
        if any(_SIGNATURE_TAG.match(name.rpartition(":")[2]) for name in names):
            _cosign_tag(builder, blob, names[0].rpartition(":")[2], digest)
            continue
        image = builder.artifact(identity.content("image", digest), resolved=False)
        if names:
            builder.artifact(image, name=_repository(names), resolved=False)
            builder.state(image, "names", sorted(set(names)), blob.location)
        if nested:
            whole = builder.artifact(identity.content("image", blob.sha256), blob.location, digests=_own(blob))
            builder.relate(whole, "contains", image, Proof.MATCHED, blob.location)


def _referrer(builder: EvidenceBuilder, blob: Blob, subject: Any, types: Sequence[Any]) -> None:
    """A manifest about another image (OCI 1.1): a signature, present and not verified here, or a document."""
    digest = _digest(subject.get("digest")) if isinstance(subject, dict) else None
    if digest is None:
        return
    image, words = identity.content("image", digest), [one for one in types if isinstance(one, str)]
    if any(_SIGNATURES.match(word) for word in words):
        signature = builder.artifact(identity.content("signature", blob.sha256), blob.location, digests=_own(blob))
        _unverified(builder, blob, image, signature, "referrer")
    else:
        name = words[0][:CREATED_BY_LIMIT] if words else "referrer"
        document = builder.artifact(
            identity.content("document", blob.sha256), blob.location, name=name, digests=_own(blob)
        )
        role = "sbom" if any(_BILL.match(word) for word in words) else "other"
        _describe(builder, blob, image, document, role, "referrer")


def _describe(
    builder: EvidenceBuilder, blob: Blob, image: ArtifactRef, document: ArtifactRef, role: str, how: str
) -> None:
    builder.state(document, "role", role, blob.location)
    builder.relate(image, "described_by", document, Proof.DECLARED, blob.location, how)


def _unverified(builder: EvidenceBuilder, blob: Blob, image: ArtifactRef, signature: ArtifactRef, how: str) -> None:
    builder.state(signature, "status", "unsupported", blob.location)
    builder.state(signature, "code", "unsupported", blob.location)
    builder.relate(image, "signed_by", signature, Proof.DECLARED, blob.location, how)


def _cosign_tag(builder: EvidenceBuilder, blob: Blob, tag: str, digest: str) -> None:
    """What cosign keeps beside an image under a tag made of its digest: a signature, attestations or a bill."""
    base, _, ending = tag.removeprefix("sha256-").partition(".")
    image = identity.content("image", base)
    if ending == "sig":
        signature = builder.artifact(identity.content("signature", digest), blob.location, name=tag)
        _unverified(builder, blob, image, signature, "cosign tag")
    else:
        document = builder.artifact(identity.content("document", digest), blob.location, name=tag)
        _describe(builder, blob, image, document, "sbom" if ending == "sbom" else "other", "cosign tag")


def _manifest(builder: EvidenceBuilder, blob: Blob, data: Mapping[str, Any]) -> None:
    types = [entry.get("mediaType") for entry in data["layers"] if isinstance(entry, dict)]
    if data.get("artifactType") or data.get("subject"):
        _referrer(
            builder, blob, data.get("subject"), [data.get("artifactType"), data["config"].get("mediaType"), *types]
        )
        return
    if any(isinstance(one, str) and not _LAYER_TYPE.match(one) for one in types):
        return
    image = builder.artifact(identity.content("image", blob.sha256), blob.location, digests=_own(blob))
    layers = [_digest(entry.get("digest")) if isinstance(entry, dict) else None for entry in data["layers"]]
    if all(layer is not None for layer in layers):
        _state_layers(builder, blob, image, [f"sha256:{layer}" for layer in layers])
    else:
        builder.missed(blob.location, UNREADABLE, "a layer has no sha256 digest")
    for layer in layers:
        if layer is not None:
            builder.artifact(identity.content("layer", layer), resolved=False)
            builder.relate(image, "contains", identity.content("layer", layer), Proof.MATCHED, blob.location)
    config = _digest(data["config"].get("digest"))
    if config is not None:
        rule = "configuration named by the manifest"
        builder.aliases.append(Alias(identity.image_id(config), image, Proof.MATCHED, rule, blob.location))


def _configuration(builder: EvidenceBuilder, blob: Blob, data: Mapping[str, Any]) -> None:
    """What an image is set to. Signatures and attestations carry configurations too, for no system."""
    if any(data.get(key) in (None, "", "unknown") for key in ("os", "architecture")):
        return
    image = builder.artifact(identity.image_id(blob.sha256), blob.location)
    raw = data.get("config")
    config: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    user = config.get("User")
    environment = [item for item in _list(config.get("Env")) if isinstance(item, str)]
    history = [item for item in _list(data.get("history")) if isinstance(item, dict)]
    steps = [str(item.get("created_by", "")) for item in history if not item.get("empty_layer")]
    everything = "\n".join([*environment, *(str(item.get("created_by", "")) for item in history)])
    settings: dict[str, Json] = {
        "user": user if isinstance(user, str) and user else None,
        "exposes_secrets": bool(secrets.find(everything)),
    }
    builder.state(image, "configuration", settings, blob.location)
    diff_ids = [str(one) for one in _list(data["rootfs"].get("diff_ids"))]
    builder.state(image, "diff_ids", diff_ids, blob.location)
    if len(diff_ids) == len(steps):
        builder.state(image, "commands", [step[:CREATED_BY_LIMIT] or None for step in steps], blob.location)
    created = times.from_text(str(data.get("created")))
    if created is not None and created >= "1980":
        builder.state(image, "created", created, blob.location)
        builder.state(
            image, "dates", [{"id": "created", "what": "created", "time": created, "basis": "bound"}], blob.location
        )
    platform = "/".join(str(data[key]) for key in ("os", "architecture", "variant") if data.get(key))
    builder.state(image, "platform", platform, blob.location)
    labels = config.get("Labels")
    _labels(builder, blob, image, labels if isinstance(labels, dict) else {})


def _labels(builder: EvidenceBuilder, blob: Blob, image: ArtifactRef, labels: Mapping[str, Any]) -> None:
    """Pre-defined annotation keys of the OCI image specification, as labels."""
    prefix = "org.opencontainers.image."
    version, revision = labels.get(prefix + "version"), labels.get(prefix + "revision")
    if isinstance(version, str):
        builder.artifact(image, version=version)
    if isinstance(revision, str) and COMMIT.match(revision.lower()):
        commit = builder.artifact(identity.commit(revision), resolved=False)
        builder.relate(image, "built_from", commit, Proof.DECLARED, blob.location, "label revision")
    name, digest = labels.get(prefix + "base.name"), _digest(labels.get(prefix + "base.digest"))
    if digest is not None:
        base = builder.artifact(
            identity.content("image", digest), name=name if isinstance(name, str) else None, resolved=False
        )
        builder.relate(image, "based_on", base, Proof.MATCHED, blob.location, "label base.digest")
    elif isinstance(name, str) and name:
        base = builder.artifact(identity.named("image", name), name=_repository([name]), resolved=False)
        builder.relate(image, "based_on", base, Proof.INFERRED, blob.location, "label base.name")


def _docker_save(builder: EvidenceBuilder, blob: Blob, data: Sequence[Any]) -> None:
    for entry in data:
        found = _BLOB_PATH.match(str(entry.get("Config", ""))) if isinstance(entry, dict) else None
        if found is None:
            continue
        image = builder.artifact(identity.image_id(found.group(1)), blob.location)
        names = [name for name in _list(entry.get("RepoTags")) if isinstance(name, str)]
        if names:
            builder.artifact(image, name=_repository(names))
            builder.state(image, "names", sorted(set(names)), blob.location)
        keys: list[str] = []
        for layer in _list(entry.get("Layers")):
            path = identity.beside(blob.path, posixpath.normpath(str(layer)))
            keys.append(f"path:{path or ''}")
        _state_layers(builder, blob, image, keys)


def _state_layers(builder: EvidenceBuilder, blob: Blob, image: ArtifactRef, keys: Sequence[str]) -> None:
    builder.state(image, "layers", [{"id": f"sha256:{blob.sha256}", "keys": list(keys)}], blob.location)


def _own(blob: Blob) -> dict[str, str]:
    return {"sha256": blob.sha256}


def _repository(names: Sequence[str]) -> str | None:
    """The first image name without tag and digest; None where all are mere tags, as layouts may have them."""
    for name in names:
        if "/" in name or ":" in name:
            head, slash, last = name.partition("@")[0].rpartition("/")
            return f"{head}{slash}{last.partition(':')[0]}"
    return None
