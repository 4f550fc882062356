"""Certificates of strangers: parsed completely and at once, so that malformed parts show here and not later."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from scanner.signing.result import Code, Rejected

PARSE_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What cryptography raises for malformed certificates."""


def load_certificate(der: bytes) -> x509.Certificate:
    """Parse one certificate; raises :class:`Rejected` (``malformed``)."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        # the library parses these on first use
        _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.signature_hash_algorithm
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc, certificate.public_key()
    except PARSE_ERRORS as error:
        raise Rejected(Code.MALFORMED, "a certificate of the bundle cannot be parsed") from error
    # the library ignores unused bits, which would give one certificate several encodings (X.690 11.2)
    if not der.endswith(b"\0" + certificate.signature):
        raise Rejected(Code.MALFORMED, "a certificate's signature is not a whole number of bytes")
    return certificate
