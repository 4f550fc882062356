"""Kustomize: the workloads that a kustomization makes of its local resources, and the remote bases it builds on.

Source: kustomization file reference. An image that the kustomization sets and that no local resource runs belongs to what is
not here; the kustomization itself then counts as the deployment that runs it. Objects of the bases are read where they lie,
too; an enricher takes them for part of what is rendered from them.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from scanner import identity
from scanner.collectors.kubernetes import state_workload
from scanner.errors import NOT_COLLECTED, OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json
from scanner.records import yaml_events
from scanner.records.kustomize_render import NAMES, REMOTE, render, workloads
from scanner.records.manifests import object_name, object_ref
from scanner.records.plain import mapping, mappings, text, texts
from scanner.records.references import image_reference, is_commit, relate_image, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "kustomize"
VERSION: Final = "2"
ENTRIES: Final = 2_000


def wants(blob: Blob) -> bool:
    """``kustomization.yaml``, ``kustomization.yml`` and ``Kustomization``."""
    return blob.name in NAMES and b":" in blob.head


def collect(blob: Blob) -> Evidence:
    """Deployments with the images that the kustomization sets. Raises NotExaminable when it cannot be read."""
    data = mapping(yaml_events.load(blob.text()))
    images = mappings(data.get("images"))
    bases = [one for key in ("resources", "bases", "components") for one in texts(data.get(key))]
    charts = mappings(data.get("helmCharts"))
    if len(images) + len(bases) + len(charts) > ENTRIES:
        raise NotExaminable(OVER_LIMIT, f"more than {ENTRIES} entries in a kustomization")
    builder = EvidenceBuilder(NAME)
    rendered = render(blob)
    for item, sources in workloads(rendered):
        place = blob.at(f"{item.kind} {object_name(item)}")
        stated = len(builder.artifacts)
        state_workload(builder, blob, item, place)
        if len(builder.artifacts) > stated:
            made = object_ref("deployment", blob, item, place)
            builder.state(made, "rendered_from", sorted({one.key for one in sources}), place)
    if rendered.left_out:
        left_out = ", ".join(sorted(rendered.left_out))
        builder.missed(blob.location, NOT_COLLECTED, f"not applied: {left_out}; scan the output of kustomize build")
    ref = identity.placed("deployment", blob.path)
    pinned: list[bool] = []
    for number, image in enumerate(images):
        name, digest, tag = (text(image.get(key)) for key in ("newName", "digest", "newTag"))
        written = name or text(image.get("name")) or ""
        if (digest is None and tag is None and name is None) or text(image.get("name")) in rendered.images_used:
            continue
        reference = image_reference(written + (f":{tag}" if tag else "") + (f"@{digest}" if digest else ""))
        place = blob.at(f"images[{number}]")
        pinned.append(reference is not None and reference.digest is not None)
        if reference is None:
            builder.missed(place, UNREADABLE, "no image reference")
        else:
            relate_image(builder, ref, "runs", reference, place, "kustomize image")
    origins = [_origin(base) for base in bases if REMOTE.match(base)]
    for chart in charts:
        source = "/".join(one for key in ("repo", "name") if (one := text(chart.get(key))) is not None)
        version = text(chart.get("version"))
        origins.append({"source": without_credentials(source), "revision": version, "pinned": False, "verified": None})
    if pinned or origins:
        builder.artifact(ref, blob.location, name=blob.path)
    if pinned:
        builder.state(ref, "image_pinned", {"by_digest": all(pinned)}, blob.at("images"))
    if origins:
        builder.state(ref, "origins", origins, blob.at("resources"))
    return builder.build()


def _origin(base: str) -> Json:
    """A remote base: ``address//folder?ref=revision``."""
    query = parse_qs(base.partition("?")[2])
    revision = next(iter(query.get("ref", []) + query.get("version", [])), None)
    pinned = revision is not None and is_commit(revision)
    return {"source": without_credentials(base), "revision": revision, "pinned": pinned, "verified": None}
