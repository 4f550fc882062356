"""TensorFlow SavedModel folders: the version a numbered folder is, and the fingerprint its maker wrote beside it.

Source: fingerprint.proto of TensorFlow 2.21. Graph, signatures, objects and weights of two saves of one model have the same
fingerprints while their bytes differ. The file is unsigned and easy to copy: equal fingerprints are told and join nothing.
"""

from __future__ import annotations

import re
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import Alias, Evidence, EvidenceBuilder, Proof
from scanner.records.protobuf import Message
from scanner.sources.blob import Blob

NAME: Final = "saved_model"
VERSION: Final = "1"
FINGERPRINT: Final = 4096
"""Bytes of the longest fingerprint read."""
SERVED: Final = "tensorflow_serving"
"""The system whose records name a version by model and number."""
_HASHES: Final = (2, 3, 4, 5)
"""Fields of the hashes that stay equal: graph, signatures, objects, weights."""
_VERSIONED: Final = re.compile(
    r"(?P<base>(?:.*[/!])?(?P<name>[^/!]+))/(?P<version>\d{1,18})/saved_model\.pb\Z", re.ASCII
)


def wants(blob: Blob) -> bool:
    """The fingerprint of a SavedModel, or its graph in a folder that is a number."""
    if blob.name == "fingerprint.pb":
        return 0 < blob.size <= FINGERPRINT
    return blob.name == "saved_model.pb" and _VERSIONED.match(blob.path) is not None


def collect(blob: Blob) -> Evidence:
    """What folder and fingerprint say of the model. Raises NotExaminable for a fingerprint of another form."""
    builder = EvidenceBuilder(NAME)
    place = _VERSIONED.match(blob.path)
    if place is not None:
        base = place["base"].removesuffix(place["name"]).rstrip("/") or "."
        served = identity.record("model", SERVED, base, f"{place['name']}/{int(place['version'])}")
        here = identity.at_path("model", blob.path)
        rule = "folder named as TensorFlow Serving names versions"
        builder.aliases.append(Alias(served, here, Proof.INFERRED, rule, blob.location))
        return builder.build()
    message = Message(memoryview(blob.read(FINGERPRINT)))
    hashes = [message.integer(number) for number in _HASHES]
    if None in hashes:
        raise NotExaminable(UNREADABLE, "no fingerprint of a SavedModel")
    graph = identity.at_path("model", identity.beside(blob.path, "saved_model.pb") or "saved_model.pb")
    value = "-".join(f"{number:016x}" for number in hashes)
    builder.state(graph, "fingerprint", value, blob.location)
    return builder.build()
