"""Was the trusted material in use at the time? sigstore-python ignores these windows (sigstore/sigstore-go#178).

A trusted root says of every key and authority from when to when it was in use. All entries that match the material are
collected; one of their windows must hold the time, both ends included. No matching entry means rejection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from scanner.signing.result import Code, Rejected

if TYPE_CHECKING:
    from sigstore_models.common.v1 import TimeRange
    from sigstore_models.trustroot.v1 import CertificateAuthority, TransparencyLogInstance, TrustedRoot


def expect_in_use(root: TrustedRoot, leaf: x509.Certificate, log_id: bytes, times: Sequence[datetime]) -> None:
    """Raise :class:`Rejected` (``key-retired``) unless log, certificate log and authority were in use.

    ``times`` are the verified times of the signature, at least one.
    """
    expect_log_in_use(root, log_id, times)
    stamps = leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    for stamp in stamps:
        _expect_within(_key_windows(root.ctlogs, stamp.log_id), [stamp.timestamp.replace(tzinfo=UTC)])
    authorities = [authority.valid_for for authority in root.certificate_authorities if _issued(authority, leaf)]
    _expect_within(authorities, [leaf.not_valid_before_utc, *times])


def expect_log_in_use(root: TrustedRoot, log_id: bytes, times: Sequence[datetime]) -> None:
    """Raise :class:`Rejected` (``key-retired``) unless the transparency log was in use at every time."""
    _expect_within(_key_windows(root.tlogs, log_id), times)


def is_within(window: TimeRange | None, time: datetime) -> bool:
    """Whether a window holds a time; both ends belong to it, an absent window holds nothing."""
    return window is not None and window.start <= time and (window.end is None or time <= window.end)


def newest_start(root: TrustedRoot) -> datetime | None:
    """When the youngest material of a trusted root came into use: the nearest there is to the age of the file."""
    logs = [log.public_key.valid_for for log in (*root.tlogs, *root.ctlogs)]
    authorities = [entry.valid_for for entry in (*root.certificate_authorities, *root.timestamp_authorities)]
    return max((window.start for window in (*logs, *authorities) if window is not None), default=None)


def _key_windows(logs: Iterable[TransparencyLogInstance], log_id: bytes) -> list[TimeRange | None]:
    return [log.public_key.valid_for for log in logs if log.log_id.key_id == log_id]


def _expect_within(windows: Sequence[TimeRange | None], times: Sequence[datetime]) -> None:
    if not all(any(is_within(window, time) for window in windows) for time in times):
        raise Rejected(Code.KEY_RETIRED, "a log or authority was not in use at the time of the signature")


def _issued(authority: CertificateAuthority, leaf: x509.Certificate) -> bool:
    for entry in authority.cert_chain.certificates:
        certificate = x509.load_der_x509_certificate(entry.raw_bytes)
        if certificate.subject != leaf.issuer:
            continue
        try:
            leaf.verify_directly_issued_by(certificate)
        except (InvalidSignature, ValueError, TypeError):
            continue
        return True
    return False
