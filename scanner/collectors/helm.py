"""Helm charts: the charts they depend on, and the images that their default values name.

Source: Helm chart file reference. Templates are programs and are not run. What they make of the values is read where the
output of ``helm template`` lies in the scan: it names the template that each of its documents comes from. Default values
can be set otherwise at every installation: what they name is inferred.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json, Proof
from scanner.records import yaml_events
from scanner.records.plain import Plain, mapping, mappings, sequence, text
from scanner.records.references import image_reference, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "helm"
VERSION: Final = "1"
CHARTS: Final = 1_000
VALUES: Final = 100_000
_VALUES_FILE: Final = re.compile(r"values(?:[-._][A-Za-z0-9._\-]+)?\.ya?ml\Z")
_SOURCE: Final = re.compile(
    r"^# Source: ([A-Za-z0-9._\-]{1,250}(?:/charts/[A-Za-z0-9._\-]{1,250}){0,9})/templates/", re.MULTILINE
)
_SOURCE_HEAD: Final = re.compile(rb"^# Source: [A-Za-z0-9._\-/]{1,4000}/templates/", re.MULTILINE)
_IMAGE_KEY: Final = re.compile(r"(?:.*[a-z_\-])?[iI]mage\Z")


def wants(blob: Blob) -> bool:
    """``Chart.yaml``, ``Chart.lock``, the values beside them, and the output of ``helm template``."""
    if blob.name in ("Chart.yaml", "Chart.lock") or _VALUES_FILE.match(blob.name) is not None:
        return True
    return blob.name.endswith((".yaml", ".yml")) and _SOURCE_HEAD.search(blob.head) is not None


def collect(blob: Blob) -> Evidence:
    """What a chart's own files say; nothing for values that lie beside no chart."""
    builder = EvidenceBuilder(NAME)
    if blob.name.startswith("Chart."):
        _read_chart(builder, blob)
    elif blob.near is not None and blob.near("Chart.yaml") is not None:
        _read_values(builder, blob)
    elif _SOURCE_HEAD.search(blob.head) is not None:
        charts = {part for path in _SOURCE.findall(blob.text()) for part in path.split("/charts/")}
        builder.state(blob.ref, "rendered_from", sorted(charts), blob.location)
    return builder.build()


def _read_chart(builder: EvidenceBuilder, blob: Blob) -> None:
    data = mapping(yaml_events.load(blob.text()))
    name, version = text(data.get("name")), text(data.get("version"))
    if blob.name == "Chart.yaml":
        if name is None:
            raise NotExaminable(UNREADABLE, "chart without a name")
        builder.artifact(identity.placed("deployment", blob.path), blob.location, name=name, version=version)
        if data.get("type") != "library":
            builder.state(blob.ref, "chart", name, blob.location)
    dependencies = mappings(data.get("dependencies"))
    if len(dependencies) > CHARTS:
        raise NotExaminable(OVER_LIMIT, f"more than {CHARTS} dependencies of a chart")
    locked = blob.name == "Chart.lock"
    origins: list[Json] = []
    for one in dependencies:
        parts = (text(one.get("repository")), text(one.get("name")))
        source = without_credentials("/".join(part.rstrip("/") for part in parts if part))
        # A range in Chart.yaml says what is wanted; what is taken stands in the lock file beside it.
        if not source.startswith("file:") and (locked or not _has_lock(blob)):
            origins.append({"source": source, "revision": text(one.get("version")), "pinned": locked, "verified": None})
    if origins:
        path = posixpath.join(posixpath.dirname(blob.path), "Chart.yaml")
        builder.state(identity.placed("deployment", path), "origins", origins, blob.at("dependencies"))


def _has_lock(blob: Blob) -> bool:
    return blob.near is not None and blob.near("Chart.lock") is not None


def _read_values(builder: EvidenceBuilder, blob: Blob) -> None:
    ref = identity.placed("deployment", posixpath.join(posixpath.dirname(blob.path), "Chart.yaml"))
    pinned: list[bool] = []
    for key, written in _images(yaml_events.load(blob.text())):
        reference = image_reference(written)
        pinned.append(reference is not None and reference.digest is not None)
        if reference is None:
            builder.missed(blob.at(key), UNREADABLE, "no image reference")
        else:
            builder.artifact(reference.ref, name=reference.name, version=reference.tag, resolved=False)
            builder.relate(ref, "runs", reference.ref, Proof.INFERRED, blob.at(key), "default value")
    if pinned:
        builder.artifact(ref, blob.location)
        builder.state(ref, "image_pinned", {"by_digest": all(pinned)}, blob.location)


def _images(values: Plain) -> Iterator[tuple[str, str]]:
    """Images by the habit of charts: a text under ``image``, or a mapping with ``repository`` and ``tag`` or ``digest``."""
    todo: list[tuple[str, Plain]] = [("", values)]
    for _ in range(VALUES):
        if not todo:
            return
        path, value = todo.pop()
        fields = mapping(value)
        last = path.rpartition(".")[2]
        repository = text(fields.get("repository"))
        if repository is not None and (_IMAGE_KEY.match(last) or fields.keys() & {"tag", "digest"}):
            yield path, _written(fields, repository)
        elif isinstance(value, str) and _IMAGE_KEY.match(last) and ("/" in value or ":" in value):
            yield path, value
        members = fields.items() if fields else ((str(n), one) for n, one in enumerate(sequence(value)))
        todo.extend(reversed([(f"{path}.{key}".lstrip(".")[:300], member) for key, member in members]))
    raise NotExaminable(OVER_LIMIT, f"more than {VALUES} values")


def _written(fields: Mapping[str, Plain], repository: str) -> str:
    registry, tag, digest = (text(fields.get(key)) for key in ("registry", "tag", "digest"))
    name = f"{registry}/{repository}" if registry else repository
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
