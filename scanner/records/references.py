"""References in records: commits, images and addresses, split into what they say and what is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof

_COMMIT: Final = re.compile(r"(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})\Z")
_USER: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]*://)[^/?#]*@")
_PARAMETERS: Final = re.compile(r"[?#].*", re.DOTALL)
_IMAGE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._\-:/\[\]]{0,300}?)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}))?"
    r"(?:@sha256:(?P<digest>[0-9a-fA-F]{64}))?\Z"
)


def is_commit(id: str) -> bool:
    """Whether ``id`` is a full commit id; a shortened one names nothing for certain."""
    return _COMMIT.match(id) is not None


def without_credentials(address: str, limit: int = 500) -> str:
    """``address`` without user, password, query and fragment, cut to ``limit`` characters.

    The user of an ``scp``-like address (``git@host:path``) is part of it and stays.
    """
    return _PARAMETERS.sub("", _USER.sub(r"\1", address.strip()))[:limit]


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A container image as a record names it: ``name[:tag][@sha256:digest]``."""

    name: str
    tag: str | None
    digest: str | None

    @property
    def ref(self) -> ArtifactRef:
        """The image by its digest; without one by name and tag, where no tag means ``latest``."""
        if self.digest is not None:
            return identity.content("image", self.digest)
        return identity.named("image", f"{self.name}:{self.tag or 'latest'}")

    @property
    def proof(self) -> Proof:
        """How well a relationship to the image is proved by this reference."""
        return Proof.MATCHED if self.digest is not None else Proof.INFERRED


def image_reference(text: str) -> ImageReference | None:
    """The reference that ``text`` is; None for templates, variables and anything else that names no image."""
    match = _IMAGE.match(text.strip())
    if match is None:
        return None
    return ImageReference(match["name"], match["tag"], match["digest"].lower() if match["digest"] else None)


def relate_image(
    builder: EvidenceBuilder, source: ArtifactRef, type: str, image: ImageReference, location: Location, note: str = ""
) -> None:
    """State an image that a record names, and a relationship to it."""
    builder.artifact(image.ref, name=image.name, version=image.tag, resolved=False)
    builder.relate(source, type, image.ref, image.proof, location, note)
