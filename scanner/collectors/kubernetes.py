"""Kubernetes manifests and exports: which images a workload runs, whether by digest, and which models it serves.

Covers the built-in workloads, Knative services, Argo rollouts, KServe and Seldon. A model inside an image is not named by a
manifest; a path that the environment or the arguments give to it becomes the note of the relationship to the image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.kubernetes_objects import KubernetesObject, containers, pod_specs, statuses
from scanner.records.manifests import is_manifest, manifest_objects, object_name, object_ref
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.records.references import image_reference, relate_image, without_credentials
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "kubernetes"
VERSION: Final = "1"
_LABELS: Final = ("environment", "app.kubernetes.io/environment", "env", "app.kubernetes.io/env", "stage")
_ENVIRONMENTS: Final = {
    "prod": "production",
    "production": "production",
    "live": "production",
    "staging": "staging",
    "stage": "staging",
    "preprod": "staging",
    "dev": "development",
    "development": "development",
    "test": "test",
    "qa": "test",
}
_URI: Final = re.compile(r"(?:[a-z][a-z0-9+.\-]{1,20}://|models:/)\S+\Z")
_MODEL_VARIABLE: Final = re.compile(r"(?:^|_)(?:MODEL|STORAGE)(?:_|$)")
_MODEL_OPTION: Final = re.compile(r"--?[a-z0-9\-_]*model[a-z0-9\-_]*(?:=(.*))?\Z")


def wants(blob: Blob) -> bool:
    """YAML or JSON that names an API version in its first bytes."""
    return is_manifest(blob)


def collect(blob: Blob) -> Evidence:
    """Every workload of the manifest. Raises NotExaminable when it cannot be read, as with unrendered templates."""
    builder = EvidenceBuilder(NAME)
    for item, place in manifest_objects(blob):
        state_workload(builder, blob, item, place)
    return builder.build()


def state_workload(builder: EvidenceBuilder, blob: Blob, item: KubernetesObject, place: Location) -> None:
    """State what an object of a manifest in ``blob`` runs and serves; nothing for objects that do neither."""
    specs, models = pod_specs(item), _models(item)
    if specs or models or _other_shares(item):
        _Workload(builder, blob, item, place).state(specs, models)


@dataclass(slots=True)
class _Workload:
    builder: EvidenceBuilder
    blob: Blob
    item: KubernetesObject
    place: Location

    def state(self, specs: list[Mapping[str, Plain]], models: list[tuple[str, float | None]]) -> None:
        item = self.item
        ref = object_ref("deployment", self.blob, item, self.place)
        self.builder.artifact(ref, self.place, name=object_name(item))
        if (environment := _environment(item)) is not None:
            self.builder.state(ref, "environment", environment, self.place)
        self._state_approvals(ref)
        self._state_images(ref, specs)
        for spec in specs:
            models = models + [(uri, None) for container in containers(spec) for uri in _model_uris(container)]
        self._state_models(ref, models)

    def _state_approvals(self, ref: ArtifactRef) -> None:
        """Whoever may edit a manifest may write who approved it: told, never trusted."""
        values = {key.rpartition("/")[2]: text(value) for key, value in self.item.annotations.items()}
        if (by := values.get("approved-by")) is not None:
            approval: Json = {
                "by": by,
                "role": "approver",
                "at": from_text(values.get("approved-at")),
                "trusted": False,
            }
            self.builder.state(ref, "approvals", [approval], self.place)

    def _state_images(self, ref: ArtifactRef, specs: list[Mapping[str, Plain]]) -> None:
        pinned: list[bool] = []
        for spec in specs:
            for container in containers(spec):
                if (image := text(container.get("image"))) is not None:
                    pinned.append(self._runs(ref, image, _note(container)))
            for volume in mappings(spec.get("volumes")):
                if (image := text(at(volume, "image", "reference"))) is not None:
                    pinned.append(self._runs(ref, image, "volume"))
        for status in statuses(self.item):
            running = (text(status.get("imageID")) or "").rpartition("://")[2]
            if "@sha256:" in running:
                self._runs(ref, running, "running")
        if pinned:
            self.builder.state(ref, "image_pinned", {"by_digest": all(pinned)}, self.place)

    def _runs(self, ref: ArtifactRef, image: str, note: str) -> bool:
        """State one image; returns whether it is named by digest."""
        reference = image_reference(image)
        if reference is None:
            self.builder.missed(self.place, UNREADABLE, "no image reference")
            return False
        relate_image(self.builder, ref, "runs", reference, self.place, note)
        return reference.digest is not None

    def _state_models(self, ref: ArtifactRef, models: list[tuple[str, float | None]]) -> None:
        shares: list[Json] = []
        for uri, percent in models:
            address = without_credentials(uri)
            model = self.builder.artifact(identity.named("model", address), name=address, resolved=False)
            self.builder.relate(ref, "serves", model, Proof.DECLARED, self.place)
            if uri.startswith("oci://"):
                self._runs(ref, uri.removeprefix("oci://"), "model image")
            if percent is not None:
                shares.append({"model": address, "percent": percent})
        shares += _other_shares(self.item)
        if shares:
            self.builder.state(ref, "shares", shares, self.place)


def _environment(item: KubernetesObject) -> str | None:
    template = mapping(at(item.fields, "spec", "template", "metadata", "labels"))
    for labels in (item.labels, template):
        for label in _LABELS:
            if (value := text(labels.get(label))) is not None:
                return _ENVIRONMENTS.get(value.lower(), value.lower())
    words = re.split(r"[-_.]", item.namespace.lower())
    return next((_ENVIRONMENTS[word] for word in words if word in _ENVIRONMENTS), None)


def _variables(container: Mapping[str, Plain]) -> list[tuple[str, str]]:
    """Model variables of the environment that have a plain value."""
    found = [(text(one.get("name")), text(one.get("value"))) for one in mappings(container.get("env"))]
    return [(name, value) for name, value in found if name and value and _MODEL_VARIABLE.search(name.upper())]


def _model_uris(container: Mapping[str, Plain]) -> list[str]:
    return [value for _, value in _variables(container) if _URI.match(value)]


def _note(container: Mapping[str, Plain]) -> str:
    """The paths inside the image that the container is told to load a model from."""
    paths = [value for _, value in _variables(container)]
    arguments = texts(container.get("command")) + texts(container.get("args"))
    for word, after in zip(arguments, [*arguments[1:], ""], strict=False):
        if (option := _MODEL_OPTION.match(word)) is not None:
            paths.append(option[1] or after)
    found = sorted({path for path in paths if path.startswith("/")})
    return f"model path {', '.join(found)}"[:500] if found else ""


def _models(item: KubernetesObject) -> list[tuple[str, float | None]]:
    """Addresses of the models that a serving object names, with the share of traffic where it says so."""
    spec = item.fields.get("spec")
    if item.kind == "InferenceService":
        predictor = mapping(at(spec, "predictor"))
        share = _number(predictor.get("canaryTrafficPercent"))
        found = [text(at(part, "storageUri")) for part in (predictor, *predictor.values())]
        return [(uri, share) for uri in found if uri is not None]
    if item.kind == "SeldonDeployment":
        return [
            (uri, _number(predictor.get("traffic")))
            for predictor in mappings(at(spec, "predictors"))
            for uri in _graph_uris(predictor.get("graph"))
        ]
    if item.kind == "Model" and item.group == "mlops.seldon.io" and (uri := text(at(spec, "storageUri"))):
        return [(uri, None)]
    return []


def _other_shares(item: KubernetesObject) -> list[Json]:
    """Shares of traffic that go to versions which the object names without an address."""
    spec = item.fields.get("spec")
    found: list[tuple[str | None, float | None]] = []
    if item.kind == "InferenceService":
        canary = _number(at(spec, "predictor", "canaryTrafficPercent"))
        running = mappings(at(item.fields, "status", "components", "predictor", "traffic"))
        old = [one for one in running if one.get("latestRevision") not in (True, "true")]
        found = [(text(one.get("revisionName")), _number(one.get("percent"))) for one in old]
        if canary is not None and canary < 100 and not found:
            found = [("the revision rolled out before", 100 - canary)]
    elif item.kind == "Experiment" and item.group == "mlops.seldon.io":
        candidates = mappings(at(spec, "candidates"))
        weights = [_weight(one.get("weight")) for one in candidates]
        total = sum(weights) or 1
        found = [(text(one.get("name")), 100 * part / total) for one, part in zip(candidates, weights, strict=True)]
    return [{"model": name, "percent": percent} for name, percent in found if name and percent is not None]


def _graph_uris(graph: Plain) -> list[str]:
    found = []
    todo = [graph]
    while todo:
        part = todo.pop()
        if (uri := text(at(part, "modelUri"))) is not None:
            found.append(uri)
        todo.extend(reversed(mappings(at(part, "children"))))
    return found


def _weight(value: Plain) -> float:
    """A share relative to its neighbours; 0 for anything that is none."""
    try:
        found = float(text(value) or "")
    except ValueError:
        return 0.0
    return found if 0 <= found <= 1e9 else 0.0


def _number(value: Plain) -> float | None:
    try:
        share = float(text(value) or "")
    except ValueError:
        return None
    return share if 0 <= share <= 100 else None
