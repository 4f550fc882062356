"""Objects of Kubernetes manifests: lists unfolded, and the pod specifications inside each kind that has some.

Walked by kind, never by searching text, so that a ConfigMap that quotes a manifest deploys nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.records.plain import Plain, at, mapping, mappings, text

OBJECTS: Final = 5_000
_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "ServingRuntime": ("spec",),
    "ClusterServingRuntime": ("spec",),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"),
        ("spec", "template", "spec"),
    ),
}
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object: its kind, its place of definition (namespace, name) and its fields."""

    group: str
    kind: str
    namespace: str
    name: str
    labels: Mapping[str, Plain]
    annotations: Mapping[str, Plain]
    fields: Mapping[str, Plain]


def objects(document: Plain) -> Iterator[KubernetesObject]:
    """The objects of a document, with those of lists. Raises NotExaminable beyond :data:`OBJECTS`."""
    todo = [document]
    for count in range(OBJECTS + 1):
        if not todo:
            return
        fields = mapping(todo.pop())
        version, kind = text(fields.get("apiVersion")), text(fields.get("kind"))
        if version is None or kind is None:
            continue
        if kind.endswith("List") and "items" in fields:
            todo.extend(reversed(mappings(fields["items"])))
        elif count < OBJECTS:
            metadata = mapping(fields.get("metadata"))
            yield KubernetesObject(
                version.rpartition("/")[0],
                kind,
                text(metadata.get("namespace"), 253) or "",
                text(metadata.get("name"), 253) or text(metadata.get("generateName"), 253) or "",
                mapping(metadata.get("labels")),
                mapping(metadata.get("annotations")),
                fields,
            )
    raise NotExaminable(OVER_LIMIT, f"more than {OBJECTS} Kubernetes objects")


def pod_specs(item: KubernetesObject) -> list[Mapping[str, Plain]]:
    """The pod specifications of an object; none for kinds that run nothing."""
    spec = item.fields.get("spec")
    if item.kind == "InferenceService":
        return [mapping(at(spec, part)) for part in ("predictor", "transformer", "explainer") if at(spec, part)]
    if item.kind == "SeldonDeployment":
        predictors = mappings(at(spec, "predictors"))
        return [mapping(at(one, "spec")) for item in predictors for one in mappings(at(item, "componentSpecs"))]
    if item.kind == "Service" and item.group == "serving.knative.dev":
        return [mapping(at(spec, "template", "spec"))]
    keys = _TEMPLATES.get(item.kind)
    found = mapping(at(item.fields, *keys)) if keys else {}
    return [found] if found else []


def containers(spec: Mapping[str, Plain]) -> list[Mapping[str, Plain]]:
    """Every container of a pod specification."""
    return [container for key in _CONTAINERS for container in mappings(spec.get(key))]


def statuses(item: KubernetesObject) -> list[Mapping[str, Plain]]:
    """What a cluster reported about the containers of a pod that it runs."""
    status = item.fields.get("status")
    keys = (f"{key.removesuffix('s')}Statuses" for key in _CONTAINERS)
    return [one for key in keys for one in mappings(at(status, key))]
