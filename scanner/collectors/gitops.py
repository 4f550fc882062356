"""Argo CD and Flux: from which repository, revision or chart a controller rolls out, and whether it asks for a signature.

Sources: Argo CD declarative setup (``argoproj.io`` Application, ApplicationSet), Flux source, kustomize and helm APIs. Only a
full commit id or a digest fixes a revision; a branch, a tag, ``HEAD`` or a range of versions can move.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.kubernetes_objects import KubernetesObject
from scanner.records.manifests import manifest_objects, mentions, object_name, object_ref
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.records.references import image_reference, is_commit, relate_image, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "gitops"
VERSION: Final = "1"
_ARGO: Final = "argoproj.io"
_FLUX: Final = "source.toolkit.fluxcd.io"
_FLUX_HELM: Final = "helm.toolkit.fluxcd.io"
_EXACT: Final = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.\-+]+)?\Z")
_REVISION: Final = re.compile(r"(?:.*[/:@])?([0-9a-f]{40}|[0-9a-f]{64})\Z")


def wants(blob: Blob) -> bool:
    """A manifest that mentions the API groups of Argo CD or Flux."""
    return mentions(blob, b"argoproj.io/", b"toolkit.fluxcd.io/")


def collect(blob: Blob) -> Evidence:
    """One deployment for each object that says where to roll out from. Raises NotExaminable as for any manifest."""
    builder = EvidenceBuilder(NAME)
    for item, place in manifest_objects(blob):
        reader = _Rollout(builder, object_ref("deployment", blob, item, place), place, [])
        spec = mapping(item.fields.get("spec"))
        if item.group == _ARGO and item.kind == "Application":
            reader.read_application(spec, item)
        elif item.group == _ARGO and item.kind == "ApplicationSet":
            reader.read_application(mapping(at(spec, "template", "spec")), item)
        elif item.group == _FLUX:
            reader.read_source(spec, item)
        elif item.group == _FLUX_HELM and item.kind == "HelmRelease":
            reader.read_release(spec)
        if reader.origins:
            builder.artifact(reader.ref, place, name=object_name(item))
            builder.state(reader.ref, "origins", reader.origins, place)
    return builder.build()


@dataclass(slots=True)
class _Rollout:
    builder: EvidenceBuilder
    ref: ArtifactRef
    place: Location
    origins: list[Json]

    def read_application(self, spec: Mapping[str, Plain], item: KubernetesObject) -> None:
        """An Argo CD application with one source or several, and what its controller rolled out last."""
        for source in (mapping(spec.get("source")), *mappings(spec.get("sources"))):
            address = text(source.get("repoURL"))
            if address is None:
                continue
            revision, chart = text(source.get("targetRevision")), text(source.get("chart"))
            # Argo CD checks signatures by project, which an application does not tell.
            self._origin(address, revision, chart, None)
            for image in texts(at(source, "kustomize", "images")):
                self._image(image.rpartition("=")[2], "kustomize image")
        for revision in (text(at(item.fields, "status", "sync", "revision")), *_synced(item)):
            if revision is not None and is_commit(revision):
                self._built_from(revision, "rolled out")
        for image in texts(at(item.fields, "status", "summary", "images")):
            self._image(image, "running")

    def read_source(self, spec: Mapping[str, Plain], item: KubernetesObject) -> None:
        """A source of Flux: Git, OCI or Helm repository, chart or bucket."""
        address = text(spec.get("url")) or text(spec.get("endpoint")) or text(spec.get("chart"))
        if address is None or (item.kind == "HelmRepository" and text(spec.get("type")) != "oci"):
            return
        ref = mapping(spec.get("ref"))
        revision = next(
            (found for key in ("commit", "digest", "semver", "tag", "name", "branch") if (found := text(ref.get(key)))),
            text(spec.get("version")),
        )
        chart = text(spec.get("chart")) if item.kind == "HelmChart" else None
        verified = (
            bool(mapping(spec.get("verify"))) if item.kind in ("GitRepository", "OCIRepository", "HelmChart") else None
        )
        self._origin(address, revision, chart, verified)
        fetched = _REVISION.match(text(at(item.fields, "status", "artifact", "revision")) or "")
        if item.kind == "GitRepository" and fetched is not None:
            self._built_from(fetched[1], "fetched")

    def read_release(self, spec: Mapping[str, Plain]) -> None:
        """A Flux release of a chart, with the values that name its image."""
        chart = mapping(at(spec, "chart", "spec"))
        if (name := text(chart.get("chart"))) is not None:
            origin = text(at(chart, "sourceRef", "name")) or ""
            self._origin(
                f"{origin}/{name}".lstrip("/"), text(chart.get("version")), name, bool(mapping(chart.get("verify")))
            )

    def _origin(self, address: str, revision: str | None, chart: str | None, verified: bool | None) -> None:
        source = without_credentials(address)
        bare = (revision or "").removeprefix("sha256:")
        # A chart's versions are not overwritten by habit, yet nothing but a digest keeps a registry from it.
        pinned = is_commit(bare) or (chart is not None and _EXACT.match(bare) is not None)
        self.origins.append({"source": source, "revision": revision, "pinned": pinned, "verified": verified})
        if chart is None and is_commit(bare) and revision == bare:
            self._built_from(bare, source)

    def _built_from(self, revision: str, note: str) -> None:
        commit = self.builder.artifact(identity.commit(revision), resolved=False)
        self.builder.relate(self.ref, "built_from", commit, Proof.DECLARED, self.place, note)

    def _image(self, image: str, note: str) -> None:
        if (reference := image_reference(image)) is not None:
            relate_image(self.builder, self.ref, "runs", reference, self.place, note)


def _synced(item: KubernetesObject) -> list[str]:
    return texts(at(item.fields, "status", "sync", "revisions"))
