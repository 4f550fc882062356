"""PyPI attestations: PEP 740 objects rewritten as the sigstore bundles they amount to.

Source: PEP 740 and the PyPA specification of index-hosted attestations: attestation object version 1, provenance object
version 1. The publisher that a provenance object names is not signed; the identity is in the certificate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scanner.signing.bundle import IN_TOTO, MEDIA_TYPE
from scanner.signing.result import Code, Rejected
from scanner.signing.strict_json import load_object, obj, objects, only_members, text

PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
SLSA = "https://slsa.dev/provenance/v1"
PREDICATE_TYPES = frozenset({PUBLISH, SLSA})
MAX_ATTESTATIONS = 64

_ATTESTATION = frozenset({"version", "verification_material", "envelope"})


def read_bundles(raw: bytes) -> list[bytes]:
    """The bundles in an attestation object or a provenance object; raises :class:`Rejected` as the bundle reader does."""
    document = load_object(raw, "the attestation")
    if document.get("version") != 1 or isinstance(document["version"], bool):
        raise Rejected(Code.UNSUPPORTED, "the attestation has a version other than 1")
    if "attestation_bundles" not in document:
        return [_bundle(document)]
    attestations = [
        attestation
        for group in objects(document, "attestation_bundles", "the provenance")
        for attestation in objects(group, "attestations", "the provenance")
    ]
    if not 1 <= len(attestations) <= MAX_ATTESTATIONS:
        raise Rejected(Code.MALFORMED, f"the provenance must hold 1 to {MAX_ATTESTATIONS} attestations")
    return [_bundle(attestation) for attestation in attestations]


def _bundle(attestation: Mapping[str, Any]) -> bytes:
    only_members(attestation, _ATTESTATION, "the attestation")
    material = obj(attestation, "verification_material", "the attestation")
    only_members(material, frozenset({"certificate", "transparency_entries"}), "verification_material")
    envelope = obj(attestation, "envelope", "the attestation")
    only_members(envelope, frozenset({"statement", "signature"}), "the envelope")
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": text(material, "certificate", "verification_material")},
            "tlogEntries": objects(material, "transparency_entries", "verification_material"),
        },
        "dsseEnvelope": {
            "payload": text(envelope, "statement", "the envelope"),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": text(envelope, "signature", "the envelope")}],
        },
    }
    return json.dumps(bundle, sort_keys=True, separators=(",", ":")).encode("utf-8")
