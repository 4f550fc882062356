"""Signatures by a sigstore certificate, verified offline against a trusted root file; the only importer of sigstore.

Import this module inside the function that needs it: it takes a third of a second. sigstore-python does the
cryptography of chain, certificate log, transparency log and timestamps. Around it stand the tests it lacks: strict
parsing, windows of use, inclusive ends, npm's log entries. ``Verifier.production`` is never called: it would trust a
cache that anybody with the user's rights can edit. Private members are used here and nowhere else, hence the pin
``sigstore>=4.5.1,<5``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response
from rfc3161_client import VerificationError as TimestampRefused
from sigstore import dsse
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore._internal.trust import KeyringPurpose
from sigstore.errors import Error, VerificationError
from sigstore.hashes import Hashed
from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import VerificationPolicy
from sigstore_models.common.v1 import HashAlgorithm
from sigstore_models.rekor.v1 import TransparencyLogEntry as LogEntryModel
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootModel

from scanner.signing import fulcio, keys, sigstore_validity
from scanner.signing.bundle import Bundle, CertificateMaterial, Envelope
from scanner.signing.result import Code, Proof, Rejected, Signer, TimeSource
from scanner.signing.signed import Signed
from scanner.signing.strict_json import load_object
from scanner.signing.trust import SigstoreRoot
from scanner.signing.x509_reading import PARSE_ERRORS, load_certificate

# what the library lets out besides its own errors when it meets hostile input
_FOREIGN = (
    Error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    struct.error,
    x509.ExtensionNotFound,
    *PARSE_ERRORS,
)
_INTOTO = ("intoto", "0.0.2")
_KINDS = (("dsse", "0.0.1"), ("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"), _INTOTO)
_SOURCES: dict[TimestampSource, TimeSource] = {
    TimestampSource.TIMESTAMP_AUTHORITY: "rfc3161",
    TimestampSource.TRANSPARENCY_SERVICE: "rekor-set",
}


def prove(
    bundle: Bundle,
    material: CertificateMaterial,
    raw: bytes,
    signed: Signed,
    roots: Sequence[SigstoreRoot],
    now: datetime,
) -> Proof:
    """Find the trusted root under which the bundle verifies; ``raw`` are the bytes that ``bundle`` was parsed from.

    Raises :class:`Rejected`: ``malformed``, ``unsupported``, ``bad-signature``, ``no-trusted-time``,
    ``untrusted-chain``, ``cert-expired``, ``wrong-eku``, ``log-inconsistent``, ``key-retired``, ``no-trust-root``.
    """
    leaf = load_certificate(material.chain[0])
    key = _leaf_key(leaf)
    if not signed.is_by(key):
        raise Rejected(Code.BAD_SIGNATURE, "the signature is not by the certificate in the bundle")
    identity = fulcio.read_identity(leaf)
    _expect_supported(bundle, material)
    times, root = _verify_under_any(raw, signed, roots, leaf, now)
    first = min(times, key=lambda stamp: stamp.time)
    return Proof(
        method="sigstore",
        signer=Signer(identity=identity.san, issuer=identity.issuer, name=root.name, key_id=keys.key_id(key)),
        algorithm=keys.algorithm(key),
        signed_at=first.time,
        time_source=_SOURCES[first.source],
        claims=identity.claims,
        trust_root=root.name,
    )


def _leaf_key(leaf: x509.Certificate) -> keys.PublicKey:
    try:
        key = keys.accepted(leaf.public_key())
    except ValueError as error:
        raise Rejected(Code.UNSUPPORTED, "the certificate's key has an unsupported type") from error
    if keys.algorithm(key) != "ecdsa-p256-sha256":
        raise Rejected(Code.UNSUPPORTED, "sigstore signatures are verified for P-256 keys only")
    return key


def _expect_supported(bundle: Bundle, material: CertificateMaterial) -> None:
    if not material.single and bundle.media_type.endswith((".v0.3+json", "version=0.3")):
        raise Rejected(Code.UNSUPPORTED, "a certificate chain with a log entry is verified up to version 0.2 only")
    if len(bundle.log_entries) != 1:
        raise Rejected(Code.UNSUPPORTED, "sigstore signatures are verified with exactly one log entry")
    entry = bundle.log_entries[0]
    proof, kind = entry.get("inclusionProof") or {}, entry.get("kindVersion") or {}
    if not proof.get("checkpoint"):
        raise Rejected(Code.UNSUPPORTED, "the log entry has no inclusion proof with a checkpoint")
    if (kind.get("kind"), kind.get("version")) not in _KINDS:
        raise Rejected(Code.UNSUPPORTED, "the log entry has an unknown kind")


def _verify_under_any(
    raw: bytes, signed: Signed, roots: Sequence[SigstoreRoot], leaf: x509.Certificate, now: datetime
) -> tuple[list[TimestampVerificationResult], SigstoreRoot]:
    rejections = []
    for root in roots:
        try:
            return _verify_under(root, raw, signed, leaf, now), root
        except Rejected as rejection:
            rejections.append(rejection)
    # a root that knows the authority explains the refusal better than one that does not
    raise next((known for known in rejections if known.code is not Code.UNTRUSTED_CHAIN), rejections[0])


def _verify_under(
    root: SigstoreRoot, raw: bytes, signed: Signed, leaf: x509.Certificate, now: datetime
) -> list[TimestampVerificationResult]:
    trusted = _load_root(root, now)
    try:
        bundle = SigstoreBundle.from_json(raw)
    except _FOREIGN as error:
        raise Rejected(Code.MALFORMED, "sigstore cannot read the bundle") from error
    try:
        verifier = _Verifier(trusted_root=trusted)
    except _FOREIGN as error:
        raise Rejected(Code.NO_TRUST_ROOT, "the trusted root lacks logs or authorities") from error
    try:
        if signed.digest is None:
            verifier.verify_dsse(bundle, verifier.recorder)
        else:
            hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=signed.digest)
            verifier.verify_artifact(hashed, bundle, verifier.recorder)
        log_id = bundle.log_entry._inner.log_id.key_id
        sigstore_validity.expect_in_use(trusted._inner, leaf, log_id, [stamp.time for stamp in verifier.times])
    except _FOREIGN as error:
        raise _explained(verifier, leaf) from error
    return verifier.times


def _load_root(root: SigstoreRoot, now: datetime) -> TrustedRoot:
    try:
        trusted = TrustedRoot(TrustedRootModel.from_json(root.raw))
        newest = sigstore_validity.newest_start(trusted._inner)
    except _FOREIGN as error:
        raise Rejected(Code.NO_TRUST_ROOT, "the sigstore trusted root cannot be read") from error
    if root.max_age_days is not None and (newest is None or (now - newest).days > root.max_age_days):
        raise Rejected(Code.NO_TRUST_ROOT, "the sigstore trusted root is older than max_age")
    return trusted


def _explained(verifier: _Verifier, leaf: x509.Certificate) -> Rejected:
    """The library has messages and no codes: the stage it had reached says what was wrong."""
    if not verifier.times:
        return Rejected(Code.NO_TRUSTED_TIME, "no timestamp of the bundle verifies")
    if verifier.recorder.accepted:
        return Rejected(Code.LOG_INCONSISTENT, "the log entry does not verify or is about something else")
    if any(not leaf.not_valid_before_utc <= stamp.time <= leaf.not_valid_after_utc for stamp in verifier.times):
        return Rejected(Code.CERT_EXPIRED, "the certificate was not valid at the time of the signature")
    return Rejected(Code.UNTRUSTED_CHAIN, "the certificate does not lead to the trusted root or its log")


class _Recorder(VerificationPolicy):
    """Accepts every identity, and remembers that chain and certificate log were found good before it was asked."""

    def __init__(self) -> None:
        self.accepted = False

    def verify(self, cert: x509.Certificate) -> None:
        self.accepted = True


class _Verifier(Verifier):
    """sigstore's verifier for one bundle: remembers the times, includes window ends, reads intoto 0.0.2 entries."""

    def __init__(self, *, trusted_root: TrustedRoot) -> None:
        super().__init__(trusted_root=trusted_root)
        self.recorder = _Recorder()
        self.times: list[TimestampVerificationResult] = []

    def _establish_time(self, bundle: SigstoreBundle) -> list[TimestampVerificationResult]:
        is_intoto = _kind(bundle.log_entry) == _INTOTO
        self.times = self._intoto_times(bundle) if is_intoto else super()._establish_time(bundle)
        return self.times

    def _intoto_times(self, bundle: SigstoreBundle) -> list[TimestampVerificationResult]:
        entry = bundle.log_entry._inner
        if not entry.integrated_time or not entry.inclusion_promise:
            raise VerificationError("an intoto entry must carry an inclusion promise")
        # the promise itself is verified with the log entry, later
        time = datetime.fromtimestamp(entry.integrated_time, tz=UTC)
        times = [TimestampVerificationResult(TimestampSource.TRANSPARENCY_SERVICE, time)]
        data = bundle.verification_material.timestamp_verification_data
        if data is not None:
            stamps = self._verify_timestamp_authority(bundle)
            if len(stamps) != len(data.rfc3161_timestamps):
                raise VerificationError("a timestamp does not verify")
            times.extend(stamps)
        return times

    def _verify_signed_timestamp(
        self, timestamp_response: TimeStampResponse, message: bytes
    ) -> TimestampVerificationResult | None:
        if not _is_stamped(timestamp_response, message, self._trusted_root):
            return None
        time = timestamp_response.tst_info.gen_time
        return TimestampVerificationResult(TimestampSource.TIMESTAMP_AUTHORITY, time)

    def verify_dsse(self, bundle: SigstoreBundle, policy: VerificationPolicy) -> tuple[str, bytes]:
        if _kind(bundle.log_entry) != _INTOTO:
            return super().verify_dsse(bundle, policy)
        self._verify_common_signing_cert(bundle, policy)
        envelope = bundle._dsse_envelope
        if envelope is None:
            raise VerificationError("an intoto entry is about an envelope")
        _expect_intoto_body(_body(bundle.log_entry), envelope, bundle.signing_certificate)
        return envelope._inner.payload_type, envelope._inner.payload


def _is_stamped(response: TimeStampResponse, message: bytes, root: TrustedRoot) -> bool:
    """Whether an authority of the root, in use at that time, put its timestamp on the message (RFC 3161)."""
    for authority in root.get_timestamp_authorities():
        certificates = authority.certificates(allow_expired=True)
        in_use = sigstore_validity.is_within(authority._inner.valid_for, response.tst_info.gen_time)
        if len(certificates) < 2 or not in_use:
            continue
        builder = VerifierBuilder().tsa_certificate(certificates[0]).add_root_certificate(certificates[-1])
        for certificate in certificates[1:-1]:
            builder = builder.add_intermediate_certificate(certificate)
        try:
            builder.build().verify_message(response, message)
        except TimestampRefused:
            continue
        return True
    return False


def _kind(entry: TransparencyLogEntry) -> tuple[str, str]:
    return entry._inner.kind_version.kind, entry._inner.kind_version.version


def _body(entry: TransparencyLogEntry) -> Mapping[str, Any]:
    """The ``spec`` of a log entry's body, which must be of the kind that the entry announces."""
    body = load_object(entry._inner.canonicalized_body, "the log entry")
    if (body["kind"], body["apiVersion"]) != _kind(entry):
        raise VerificationError("the log entry has another kind than announced")
    spec: Mapping[str, Any] = body["spec"]
    return spec


def _expect_intoto_body(spec: Mapping[str, Any], envelope: dsse.Envelope, leaf: x509.Certificate) -> None:
    """Source: rekor ``pkg/types/intoto/v0.0.2``. The envelope hash in it covers a form that nobody has: not testable."""
    content = spec["content"]
    payload = hashlib.sha256(envelope._inner.payload).hexdigest()
    (signature,) = content["envelope"]["signatures"]
    twice = base64.b64encode(base64.b64encode(envelope.signature)).decode("ascii")
    logged = base64.b64decode(signature["publicKey"], validate=True)
    if (
        content["payloadHash"] != {"algorithm": "sha256", "value": payload}
        or signature["sig"] != twice
        or logged.strip() != leaf.public_bytes(Encoding.PEM).strip()
    ):
        raise VerificationError("the log entry is about another envelope")


def timestamp_time(
    stamps: Sequence[bytes], signed: Signed, roots: Sequence[SigstoreRoot], now: datetime
) -> datetime | None:
    """The earliest time at which an authority of a trusted root stamped this signature; None when none verifies."""
    times = []
    for root in roots:
        try:
            trusted = _load_root(root, now)
            responses = [decode_timestamp_response(stamp) for stamp in stamps]
            times += [one.tst_info.gen_time for one in responses if _is_stamped(one, signed.signature, trusted)]
        except (Rejected, *_FOREIGN):
            continue
    return min(times, default=None)


def key_entry_time(
    bundle: Bundle, signed: Signed, key: keys.PublicKey, roots: Sequence[SigstoreRoot], now: datetime
) -> datetime | None:
    """When a transparency log saw this signature by a plain key; None when no trusted root knows the log.

    Raises :class:`Rejected`: ``log-inconsistent`` when the log is known and the entry does not verify or is about
    another signature, ``key-retired`` when the log was not in use, ``unsupported`` for several entries.
    """
    if len(bundle.log_entries) != 1:
        raise Rejected(Code.UNSUPPORTED, "signatures are verified with exactly one log entry")
    try:
        entry = TransparencyLogEntry(LogEntryModel.from_json(json.dumps(bundle.log_entries[0])))
        log_id = entry._inner.log_id.key_id
        for root in roots:
            trusted = _load_root(root, now)
            if any(log.log_id.key_id == log_id for log in trusted._inner.tlogs):
                return _entry_time(entry, trusted, bundle, signed, key)
    except _FOREIGN as error:
        raise Rejected(Code.LOG_INCONSISTENT, "the log entry does not verify or is about something else") from error
    return None


def _entry_time(
    entry: TransparencyLogEntry, trusted: TrustedRoot, bundle: Bundle, signed: Signed, key: keys.PublicKey
) -> datetime:
    entry._verify(trusted.rekor_keyring(KeyringPurpose.VERIFY))
    inner = entry._inner
    if not inner.integrated_time or not inner.inclusion_promise:
        raise VerificationError("the log entry has no promised time")
    time = datetime.fromtimestamp(inner.integrated_time, tz=UTC)
    sigstore_validity.expect_log_in_use(trusted._inner, inner.log_id.key_id, [time])
    spec = _body(entry)
    if _kind(entry) == ("hashedrekord", "0.0.1") and signed.digest is not None:
        data, logged = spec["data"]["hash"], spec["signature"]
        signature, logged_key = logged["content"], logged["publicKey"]["content"]
        digest = signed.digest.hex()
    elif _kind(entry) == ("dsse", "0.0.1") and isinstance(bundle.content, Envelope):
        data, (logged,) = spec["payloadHash"], spec["signatures"]
        signature, logged_key = logged["signature"], logged["verifier"]
        digest = hashlib.sha256(bundle.content.payload).hexdigest()
    else:
        raise VerificationError("the log entry is of another kind than the signature")
    if (
        data != {"algorithm": "sha256", "value": digest}
        or base64.b64decode(signature, validate=True) != signed.signature
        or keys.key_id(keys.load_public_key(base64.b64decode(logged_key, validate=True))) != keys.key_id(key)
    ):
        raise VerificationError("the log entry is about another signature")
    return time
