"""What a verification says: one status, one stable code, and who signed what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from scanner.errors import LadingError

Method = Literal["key", "certificate", "sigstore"]
TimeSource = Literal["rekor-set", "rfc3161", "none"]


class Status(StrEnum):
    """The outcome of one verification."""

    VERIFIED = "verified"
    UNTRUSTED_SIGNER = "untrusted-signer"
    INVALID = "invalid"
    TAMPERED = "tampered"
    PARTIAL = "partial"
    UNSIGNED = "unsigned"
    UNKNOWN_SOURCE = "unknown-source"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


class Code(StrEnum):
    """The stable reason behind a status other than ``verified``; never renamed."""

    NO_SIGNATURE = "no-signature"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"
    NO_TRUST_ROOT = "no-trust-root"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    UNTRUSTED_CHAIN = "untrusted-chain"
    CERT_EXPIRED = "cert-expired"
    WRONG_EKU = "wrong-eku"
    KEY_RETIRED = "key-retired"
    KEY_REVOKED = "key-revoked"
    NO_TRUSTED_TIME = "no-trusted-time"
    LOG_INCONSISTENT = "log-inconsistent"
    IDENTITY_MISMATCH = "identity-mismatch"
    PAYLOAD_TYPE = "payload-type"
    PREDICATE_TYPE = "predicate-type"
    STATEMENT_TYPE = "statement-type"
    SUBJECT_MISMATCH = "subject-mismatch"
    ROOT_DIGEST = "root-digest"
    BLOB_DIGEST = "blob-digest"
    BAD_PATH = "bad-path"
    TAMPERED = "tampered"
    IGNORED_FILES = "ignored-files"
    WEAK_HASH = "weak-hash"
    SOURCE_UNREACHABLE = "source-unreachable"


_STATUS_OF = {
    Code.NO_SIGNATURE: Status.UNSIGNED,
    Code.UNSUPPORTED: Status.UNSUPPORTED,
    Code.NO_TRUST_ROOT: Status.UNTRUSTED_SIGNER,
    Code.UNKNOWN_KEY: Status.UNTRUSTED_SIGNER,
    Code.UNTRUSTED_CHAIN: Status.UNTRUSTED_SIGNER,
    Code.CERT_EXPIRED: Status.UNTRUSTED_SIGNER,
    Code.WRONG_EKU: Status.UNTRUSTED_SIGNER,
    Code.KEY_RETIRED: Status.UNTRUSTED_SIGNER,
    Code.KEY_REVOKED: Status.UNTRUSTED_SIGNER,
    Code.NO_TRUSTED_TIME: Status.UNTRUSTED_SIGNER,
    Code.IDENTITY_MISMATCH: Status.UNTRUSTED_SIGNER,
    Code.TAMPERED: Status.TAMPERED,
    Code.IGNORED_FILES: Status.PARTIAL,
    Code.SOURCE_UNREACHABLE: Status.ERROR,
}


def status_of(code: Code) -> Status:
    """The status a code stands for; what is not listed means the signature itself is invalid."""
    return _STATUS_OF.get(code, Status.INVALID)


class Rejected(LadingError):
    """A test of the verification failed. ``detail`` is a fixed phrase of ours and never quotes the signature."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed. ``identity`` is a certificate's name, ``name`` the entry of the trust file, ``key_id`` sha256 of SPKI DER."""

    identity: str | None = None
    issuer: str | None = None
    name: str | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a back end established about a signature before the signed content is looked at.

    ``objection`` is set when the mathematics is right but the trust file does not welcome this signer.
    """

    method: Method
    signer: Signer
    algorithm: str
    signed_at: datetime | None = None
    time_source: TimeSource = "none"
    claims: Mapping[str, str] = field(default_factory=dict)
    trust_root: str | None = None
    warnings: tuple[str, ...] = ()
    objection: Rejected | None = None


@dataclass(frozen=True, slots=True)
class SignatureResult:
    """Everything one signature says about the files it was compared with.

    ``covers`` maps each path that was found unchanged to the sha256 of its bytes. ``code`` and ``detail`` are None
    exactly when ``status`` is ``verified``. ``signer`` is filled whenever it could be established, also for
    signatures that are not trusted; then it answers who claims to have signed.
    """

    status: Status
    code: Code | None = None
    detail: str | None = None
    method: Method | None = None
    signer: Signer = Signer()
    algorithm: str | None = None
    signed_at: datetime | None = None
    time_source: TimeSource = "none"
    claims: Mapping[str, str] = field(default_factory=dict)
    trust_root: str | None = None
    format: str | None = None
    predicate_type: str | None = None
    subject_name: str | None = None
    covers: Mapping[str, str] = field(default_factory=dict)
    modified: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unsigned_files: tuple[str, ...] = ()
    ignored_present: tuple[str, ...] = ()
    uncovered_empty: tuple[str, ...] = ()
    symlinks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
