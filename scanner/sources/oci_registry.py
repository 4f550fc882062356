"""An image of a registry as a Source: copied into an OCI image layout in a folder, which is then scanned like any other.

Everything that has a digest is kept only when the bytes received have it; a copy is complete, or the work ends with an
error. Manifests, indexes and referrers: OCI distribution-spec 1.1 and image-spec 1.1; Docker's media types of version 2.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scanner.errors import OVER_LIMIT, SOURCE_UNREACHABLE, UNREADABLE, UNSUPPORTED, NotExaminable, UsageError
from scanner.sources.registry_client import Limits, RegistryClient
from scanner.sources.registry_login import Login
from scanner.sources.registry_reference import DIGEST, RegistryReference

MANIFEST: Final = 4 << 20
"""The largest manifest in bytes, as the distribution specification recommends."""
MANIFESTS: Final = 1_000
DEPTH: Final = 3
"""Indexes inside indexes."""
REFERRERS: Final = 100
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
ACCEPT: Final = ", ".join(
    (
        INDEX_TYPE,
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_FOREIGN: Final = ("nondistributable", "foreign")
_COSIGN: Final = ("sig", "att", "sbom")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or index as it was received."""

    digest: str
    type: str
    body: bytes
    fields: Mapping[str, Any]


@dataclass(slots=True)
class _Copy:
    """One image on its way into a layout."""

    client: RegistryClient
    folder: Path
    entries: list[dict[str, Any]] = field(default_factory=list)
    """What ``index.json`` of the layout names."""
    manifests: set[str] = field(default_factory=set)

    def image(self, found: Manifest, depth: int = 0) -> None:
        """Keep a manifest with all that it names."""
        if depth > DEPTH or len(self.manifests) >= MANIFESTS:
            raise NotExaminable(OVER_LIMIT, f"more than {MANIFESTS} manifests, or nested deeper than {DEPTH}")
        if found.digest in self.manifests:
            return
        self.manifests.add(found.digest)
        self._place(found.digest).write_bytes(found.body)
        for entry in _entries(found, "manifests"):
            self.image(_fetch(self.client, _digest(entry)), depth + 1)
        if isinstance(found.fields.get("config"), dict):
            self.blob(found.fields["config"])
        for entry in _entries(found, "layers"):
            if not any(word in str(entry.get("mediaType")) for word in _FOREIGN):
                self.blob(entry)

    def blob(self, entry: Mapping[str, Any]) -> None:
        """Copy one blob; its size and digest are those that the manifest says, or nothing is kept."""
        digest, size = _digest(entry), entry.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise NotExaminable(UNREADABLE, "a manifest says no size of a blob")
        place = self._place(digest)
        if place.exists():
            return
        if size > shutil.disk_usage(self.folder).free:
            raise NotExaminable(OVER_LIMIT, "a blob larger than the free space of the temporary folder")
        hasher, received = hashlib.sha256(), 0
        partial = self.folder / "partial"
        with self.client.get(f"blobs/{digest}", "*/*") as answer, partial.open("wb") as file:
            if not answer.found:
                raise NotExaminable(SOURCE_UNREACHABLE, "a blob of the image is not there")
            for piece in answer.chunks():
                received += len(piece)
                if received > size:
                    break
                hasher.update(piece)
                file.write(piece)
        if received != size or f"sha256:{hasher.hexdigest()}" != digest:
            partial.unlink()
            raise NotExaminable(UNREADABLE, "a blob is not the one its digest and size name")
        partial.rename(place)

    def referrers(self, digest: str) -> None:
        """Keep what refers to a manifest: by the referrers API or its tag, and by the tags that cosign uses."""
        with self.client.get(f"referrers/{digest}", INDEX_TYPE, absent=(400, 404, 405, 501)) as answer:
            body = answer.read(MANIFEST) if answer.found else None
            if "link" in answer.headers:
                raise NotExaminable(OVER_LIMIT, "more referrers than one page holds")
        plain = digest.replace(":", "-")
        listed = _manifest(body, INDEX_TYPE) if body is not None else _look(self.client, plain)
        found = _entries(listed, "manifests") if listed is not None else []
        if len(found) > REFERRERS:
            raise NotExaminable(OVER_LIMIT, f"more than {REFERRERS} referrers of one image")
        for entry in found:
            self.name(_fetch(self.client, _digest(entry)), {})
        for ending in _COSIGN:
            tag = f"{plain}.{ending}"
            if (tagged := _look(self.client, tag)) is not None:
                self.name(tagged, {"org.opencontainers.image.ref.name": tag})

    def name(self, found: Manifest, annotations: Mapping[str, str]) -> None:
        """Keep a manifest and let the layout name it."""
        self.image(found)
        entry: dict[str, Any] = {"mediaType": found.type, "digest": found.digest, "size": len(found.body)}
        self.entries.append({**entry, "annotations": annotations} if annotations else entry)

    def _place(self, digest: str) -> Path:
        return self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def write_index(self) -> None:
        entries = sorted(self.entries, key=lambda entry: (str(entry["digest"]), str(entry.get("annotations"))))
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}
        (self.folder / "index.json").write_text(json.dumps(index, sort_keys=True))


def copy_image(
    reference: RegistryReference,
    folder: Path,
    *,
    login: Login | None = None,
    platform: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> None:
    """Copy an image and everything that refers to it into an OCI layout at ``folder``, which must not exist.

    Of an index every image is copied; with ``platform`` (``os/architecture[/variant]``) the one of that platform instead of
    the index. Foreign layers are left out: the scan tells them as layers that are not here. Raises UsageError.
    """
    (folder / "blobs" / "sha256").mkdir(parents=True)
    try:
        with RegistryClient(reference.origin, reference.name, login, limits) as client:
            copy = _Copy(client, folder)
            found = _fetch(client, reference.wanted)
            if platform is not None:
                found = _of_platform(client, found, platform)
            name = reference.image + (f":{reference.tag}" if reference.tag else f"@{reference.digest}")
            copy.name(found, {"io.containerd.image.name": name})
            for digest in sorted(copy.manifests):
                copy.referrers(digest)
            copy.write_index()
    except NotExaminable as error:
        hint = "; set LADING_REGISTRY_USER and LADING_REGISTRY_PASSWORD" if "refuses access" in error.detail else ""
        raise UsageError(f"{reference}: {error.detail}{hint or '; check the name and the registry'}") from None
    except OSError:
        raise UsageError(f"{reference}: its copy cannot be written; make room in the folder TMPDIR names") from None


def _look(client: RegistryClient, wanted: str) -> Manifest | None:
    """The manifest of a tag or digest; None when it is not there. Raises NotExaminable."""
    with client.get(f"manifests/{wanted}", ACCEPT) as answer:
        if not answer.found:
            return None
        body = answer.read(MANIFEST)
        promised = answer.headers.get("docker-content-digest", "")
    found = _manifest(body, answer.headers.get("content-type", "").partition(";")[0].strip())
    for digest in (wanted, promised):
        if DIGEST.match(digest) and digest != found.digest:
            raise NotExaminable(UNREADABLE, "a manifest is not the one its digest names")
    return found


def _fetch(client: RegistryClient, wanted: str) -> Manifest:
    found = _look(client, wanted)
    if found is None:
        raise NotExaminable(SOURCE_UNREACHABLE, "the image is not there")
    return found


def _manifest(body: bytes, type: str) -> Manifest:
    """A manifest by its bytes. One that could be read as manifest and as index is refused, as CVE-2021-41190 teaches."""
    try:
        fields: Any = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise NotExaminable(UNREADABLE, "a manifest that is no JSON object")
    if fields.get("schemaVersion") == 1 or "fsLayers" in fields:
        raise NotExaminable(UNSUPPORTED, "a manifest of Docker's first version; push the image again")
    if "manifests" in fields and ("layers" in fields or "config" in fields):
        raise NotExaminable(UNREADABLE, "a manifest that is an index too")
    stated = fields.get("mediaType", type)
    if stated != type:
        raise NotExaminable(UNREADABLE, "a manifest of another type than its answer says")
    return Manifest(f"sha256:{hashlib.sha256(body).hexdigest()}", type, body, fields)


def _entries(found: Manifest, key: str) -> list[Mapping[str, Any]]:
    listed = found.fields.get(key) or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise NotExaminable(UNREADABLE, "a manifest whose entries are no objects")
    return listed


def _digest(entry: Mapping[str, Any]) -> str:
    digest = entry.get("digest")
    if not isinstance(digest, str) or not DIGEST.match(digest):
        raise NotExaminable(UNSUPPORTED, "a manifest names something by another digest than sha256")
    return digest


def _of_platform(client: RegistryClient, found: Manifest, platform: str) -> Manifest:
    """The manifest of one platform. An image that is no index is taken as it is."""
    entries = _entries(found, "manifests")
    if not entries:
        return found
    for entry in entries:
        stated = entry.get("platform")
        words = [stated.get(key) if isinstance(stated, dict) else None for key in ("os", "architecture", "variant")]
        if platform in ("/".join(map(str, words[:2])), "/".join(str(word) for word in words if word)):
            return _fetch(client, _digest(entry))
    raise NotExaminable(SOURCE_UNREACHABLE, "it has no image of this platform")
