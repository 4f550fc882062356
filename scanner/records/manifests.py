"""Kubernetes manifests as collectors open them: which files to read, their objects with the place of each.

One file mixes objects of many systems, so that its beginning does not tell who has to read it: a small file, which is in
memory already, is searched whole for the API groups that a collector reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner import identity
from scanner.errors import NOT_COLLECTED, UNSUPPORTED, NotExaminable
from scanner.model import ArtifactRef, Location
from scanner.records import json_bounded, yaml_events
from scanner.records.kubernetes_objects import KubernetesObject, objects
from scanner.sources.blob import Blob

TEMPLATE: Final = "Helm template that is not rendered"
"""Said of each template of a chart; the enricher that sees the whole scan judges whether its chart was rendered."""
_SUFFIXES: Final = (".yaml", ".yml", ".json")
_TEMPLATES: Final = re.compile(r"(?:.*[/!])?templates/")


def is_manifest(blob: Blob) -> bool:
    """Whether the name is that of YAML or JSON and the first bytes name an API version."""
    return blob.name.endswith(_SUFFIXES) and b"apiVersion" in blob.head


def mentions(blob: Blob, *groups: bytes) -> bool:
    """Whether a manifest may hold objects of one of these API groups; a large one is searched in its first bytes only."""
    return is_manifest(blob) and any(group in (blob.content or blob.head) for group in groups)


def manifest_objects(blob: Blob) -> Iterator[tuple[KubernetesObject, Location]]:
    """Every object of a manifest and where its document begins.

    Raises NotExaminable when it cannot be read, as with templates that are not rendered.
    """
    content = blob.text()
    if "{{" in content and _TEMPLATES.match(blob.path):
        raise NotExaminable(NOT_COLLECTED, TEMPLATE)
    for document in _documents(blob.name, content):
        for item in objects(document.data):
            yield item, blob.at(f"line {document.line}")


def _documents(name: str, content: str) -> list[yaml_events.Document]:
    if name.endswith(".json"):
        return [yaml_events.Document(json_bounded.loads(content), 1)]
    try:
        return yaml_events.load_all(content)
    except NotExaminable:
        if "{{" not in content:
            raise
        raise NotExaminable(UNSUPPORTED, "template that is not rendered") from None


def object_ref(kind: str, blob: Blob, item: KubernetesObject, place: Location) -> ArtifactRef:
    """The deployment or pipeline that an object defines: its kind, namespace and name in this file."""
    key = f"{item.kind}/{item.namespace}/{item.name}" if item.name else f"{item.kind} at {place.at}"
    return identity.placed(kind, blob.path, key)


def object_name(item: KubernetesObject) -> str:
    """``namespace/name``, or what there is of it."""
    return "/".join(part for part in (item.namespace, item.name or item.kind) if part)
