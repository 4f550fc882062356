"""Docker Compose: services with the images they run, what they are built from and the models they use.

Source: Compose specification. Variables are not filled in: an image that one decides is told as such.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, SOURCE_UNREACHABLE, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.records import yaml_events
from scanner.records.plain import Plain, at, mapping, sequence, text, texts
from scanner.records.references import image_reference, relate_image, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "compose"
VERSION: Final = "1"
SERVICES: Final = 2_000
_FILE: Final = re.compile(r"(?:docker-)?compose(?:[._\-][A-Za-z0-9._\-]+)?\.ya?ml\Z")
_DEFAULT: Final = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^${}]*)\}")
_VARIABLE: Final = re.compile(r"(?:^|_)(?:MODEL|STORAGE)(?:_|$)")
_URI: Final = re.compile(r"[a-z][a-z0-9+.\-]{1,20}://\S+\Z")


def wants(blob: Blob) -> bool:
    """``compose.yaml``, ``docker-compose.yml`` and their overrides, with services."""
    return _FILE.match(blob.name) is not None and b"services:" in (blob.content or blob.head)


def collect(blob: Blob) -> Evidence:
    """One deployment for each service. Raises NotExaminable when the file has no services."""
    data = mapping(yaml_events.load(blob.text()))
    services, models = mapping(data.get("services")), mapping(data.get("models"))
    if not services:
        raise NotExaminable(UNREADABLE, "Compose file without services")
    if len(services) > SERVICES:
        raise NotExaminable(OVER_LIMIT, f"more than {SERVICES} services")
    builder = EvidenceBuilder(NAME)
    for name, value in services.items():
        fields, place = mapping(value), blob.at(f"service {name[:100]}")
        ref = builder.artifact(identity.placed("deployment", blob.path, name[:200]), place, name=name[:200])
        _state_image(builder, blob, ref, fields, place)
        for address in _models(fields, models):
            model = builder.artifact(identity.named("model", address), name=address, resolved=False)
            builder.relate(ref, "serves", model, Proof.DECLARED, place)
    return builder.build()


def _state_image(
    builder: EvidenceBuilder, blob: Blob, ref: ArtifactRef, fields: Mapping[str, Plain], place: Location
) -> None:
    image, build = text(fields.get("image")), fields.get("build")
    if build is not None:
        context = text(build) or text(at(build, "context")) or "."
        file = identity.beside(blob.path, f"{context}/{text(at(build, 'dockerfile')) or 'Dockerfile'}")
        if "://" not in context and "$" not in context and file is not None:
            # The image that the Dockerfile defines; its name, if any, is only what the result is tagged with.
            builder.relate(ref, "runs", identity.placed("image", file), Proof.DECLARED, place, "built here")
            builder.relate(ref, "built_from", identity.at_path("file", file), Proof.INFERRED, place)
        else:
            builder.missed(place, SOURCE_UNREACHABLE, "build context outside this release")
    if image is not None:
        reference = image_reference(_DEFAULT.sub(r"\1", image))
        if reference is None:
            builder.missed(place, UNREADABLE, "image that only the run knows")
        elif build is None:
            relate_image(builder, ref, "runs", reference, place)
        pinned = reference is not None and reference.digest is not None and "$" not in image
        if build is None:
            builder.state(ref, "image_pinned", {"by_digest": pinned}, place)


def _models(fields: Mapping[str, Plain], models: Mapping[str, Plain]) -> list[str]:
    """Models that the service is bound to, and those that its environment names by address."""
    asked = fields.get("models")
    names = {*texts(asked), *mapping(asked)}
    found = {name for one in names if (name := text(at(models.get(one), "model"))) is not None}
    environment = fields.get("environment")
    pairs = [(key, text(value) or "") for key, value in mapping(environment).items()]
    if not isinstance(environment, str):
        pairs += [(line.partition("=")[0], line.partition("=")[2]) for line in texts(sequence(environment))]
    found.update(value for key, value in pairs if _VARIABLE.search(key.upper()) and _URI.match(value))
    return sorted(without_credentials(one) for one in found)
