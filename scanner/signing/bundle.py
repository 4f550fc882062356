"""Sigstore bundles, versions 0.1 to 0.3, and the DSSE envelope inside them.

Sources: sigstore protobuf-specs ``sigstore_bundle.proto`` (JSON mapping) and the DSSE protocol and envelope 1.0.
The reader is stricter than the references: it knows every member, accepts one spelling of it, one kind of
verification material and one signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.signing.log_entry import expect_log_entry
from scanner.signing.result import Code, Rejected
from scanner.signing.strict_json import base64_bytes, load_object, obj, objects, only_members, text

IN_TOTO = "application/vnd.in-toto+json"
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MEDIA_TYPES = frozenset(
    {MEDIA_TYPE, *(f"application/vnd.dev.sigstore.bundle+json;version={version}" for version in ("0.1", "0.2", "0.3"))}
)
MAX_CERTIFICATES = 8
MAX_LOG_ENTRIES = 8
MAX_TIMESTAMPS = 32

_BUNDLE = frozenset({"mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope"})
_KINDS = ("publicKey", "certificate", "x509CertificateChain")
_MATERIAL = frozenset({*_KINDS, "tlogEntries", "timestampVerificationData"})


@dataclass(frozen=True, slots=True)
class PublicKeyMaterial:
    """An unauthenticated pointer to the key: a hint, or in bundles before OMS 1.1 the key itself (never trusted)."""

    hint: str | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class CertificateMaterial:
    """Certificates as DER, leaf first. ``single`` tells ``certificate`` from ``x509CertificateChain``."""

    chain: tuple[bytes, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope with its one signature."""

    payload_type: str
    payload: bytes
    signature: bytes

    def pae(self) -> bytes:
        """The bytes that are signed: DSSE v1 pre-authentication encoding."""
        return pae(self.payload_type, self.payload)


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """A signature over a message; ``digest`` is (algorithm, bytes) when the bundle names the message's digest."""

    signature: bytes
    digest: tuple[str, bytes] | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A well-formed bundle. ``log_entries`` stay JSON: only the sigstore back end reads them."""

    media_type: str
    material: PublicKeyMaterial | CertificateMaterial
    content: Envelope | MessageSignature
    log_entries: tuple[Mapping[str, Any], ...]
    timestamps: tuple[bytes, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding; lengths count bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def parse_bundle(raw: bytes) -> Bundle:
    """Read a bundle; raises :class:`Rejected` with ``malformed``, ``too-large`` or ``unsupported``."""
    document = load_object(raw, "the bundle")
    media_type = text(document, "mediaType", "the bundle")
    if media_type not in MEDIA_TYPES:
        if media_type.startswith("application/vnd.dev.sigstore.bundle"):
            raise Rejected(Code.UNSUPPORTED, "the bundle has a version other than 0.1, 0.2 and 0.3")
        raise Rejected(Code.MALFORMED, "the document does not say that it is a sigstore bundle")
    only_members(document, _BUNDLE, "the bundle")
    material = obj(document, "verificationMaterial", "the bundle")
    only_members(material, _MATERIAL, "verificationMaterial")
    entries = objects(material, "tlogEntries", "verificationMaterial")
    if len(entries) > MAX_LOG_ENTRIES:
        raise Rejected(Code.MALFORMED, f"the bundle holds more than {MAX_LOG_ENTRIES} log entries")
    for entry in entries:
        expect_log_entry(entry)
    return Bundle(media_type, _material(material), _content(document), tuple(entries), _timestamps(material))


def _one_of(value: Mapping[str, Any], names: tuple[str, ...], what: str) -> str:
    present = [name for name in names if value.get(name) is not None]
    if len(present) != 1:
        raise Rejected(Code.MALFORMED, f"{what} must hold exactly one of {', '.join(names)}")
    return present[0]


def _material(material: Mapping[str, Any]) -> PublicKeyMaterial | CertificateMaterial:
    kind = _one_of(material, _KINDS, "verificationMaterial")
    value = obj(material, kind, "verificationMaterial")
    if kind == "publicKey":
        only_members(value, frozenset({"hint", "rawBytes", "keyDetails", "validFor"}), kind)
        hint = text(value, "hint", kind) if value.get("hint") else None
        return PublicKeyMaterial(hint, base64_bytes(value, "rawBytes", kind) if value.get("rawBytes") else None)
    if kind == "certificate":
        return CertificateMaterial((_certificate(value),), single=True)
    only_members(value, frozenset({"certificates"}), kind)
    chain = tuple(_certificate(item) for item in objects(value, "certificates", kind))
    if not 1 <= len(chain) <= MAX_CERTIFICATES:
        raise Rejected(Code.MALFORMED, f"the bundle must hold 1 to {MAX_CERTIFICATES} certificates")
    return CertificateMaterial(chain, single=False)


def _certificate(value: Mapping[str, Any]) -> bytes:
    only_members(value, frozenset({"rawBytes"}), "certificate")
    return base64_bytes(value, "rawBytes", "certificate")


def _content(document: Mapping[str, Any]) -> Envelope | MessageSignature:
    kind = _one_of(document, ("dsseEnvelope", "messageSignature"), "the bundle")
    value = obj(document, kind, "the bundle")
    return parse_envelope(value) if kind == "dsseEnvelope" else _message_signature(value)


def parse_envelope(value: Mapping[str, Any]) -> Envelope:
    """Read a DSSE envelope. Its ``keyid`` is not authenticated and therefore never used."""
    only_members(value, frozenset({"payload", "payloadType", "signatures"}), "dsseEnvelope")
    signatures = objects(value, "signatures", "dsseEnvelope")
    if len(signatures) != 1:
        raise Rejected(Code.MALFORMED, "the envelope must hold exactly one signature")
    only_members(signatures[0], frozenset({"sig", "keyid"}), "the signature")
    if not isinstance(signatures[0].get("keyid") or "", str):
        raise Rejected(Code.MALFORMED, "keyid is not a string")
    return Envelope(
        text(value, "payloadType", "dsseEnvelope"),
        base64_bytes(value, "payload", "dsseEnvelope"),
        base64_bytes(signatures[0], "sig", "the signature"),
    )


def _message_signature(value: Mapping[str, Any]) -> MessageSignature:
    only_members(value, frozenset({"messageDigest", "signature"}), "messageSignature")
    digest = None
    if value.get("messageDigest") is not None:
        named = obj(value, "messageDigest", "messageSignature")
        only_members(named, frozenset({"algorithm", "digest"}), "messageDigest")
        digest = text(named, "algorithm", "messageDigest"), base64_bytes(named, "digest", "messageDigest")
    return MessageSignature(base64_bytes(value, "signature", "messageSignature"), digest)


def _timestamps(material: Mapping[str, Any]) -> tuple[bytes, ...]:
    if material.get("timestampVerificationData") is None:
        return ()
    data = obj(material, "timestampVerificationData", "verificationMaterial")
    only_members(data, frozenset({"rfc3161Timestamps"}), "timestampVerificationData")
    stamps = []
    for stamp in objects(data, "rfc3161Timestamps", "timestampVerificationData"):
        only_members(stamp, frozenset({"signedTimestamp"}), "the timestamp")
        stamps.append(base64_bytes(stamp, "signedTimestamp", "the timestamp"))
    if len(stamps) > MAX_TIMESTAMPS or len(set(stamps)) != len(stamps):
        raise Rejected(Code.MALFORMED, f"the bundle repeats a timestamp or holds more than {MAX_TIMESTAMPS}")
    return tuple(stamps)
