"""A corporate certificate authority for tests: good certificates by default, any wrong one on request."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.signing.emit import PrivateKey
from tests.signing.helpers import NOW
from tests.signing.rig import usage

CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
TLS = ExtendedKeyUsageOID.SERVER_AUTH


def certificate(
    subject: str,
    key: PrivateKey,
    issuer: str,
    signer: PrivateKey,
    *,
    ca: bool = False,
    path_length: int | None = None,
    key_usage: x509.KeyUsage | None = None,
    eku: Sequence[x509.ObjectIdentifier] = (),
    names: Sequence[str] = (),
    start: datetime = NOW - timedelta(days=30),
    end: datetime = NOW + timedelta(days=30),
    serial: int = 7,
    critical: str | None = None,
) -> x509.Certificate:
    """Any certificate; ``critical`` is the OID of an unknown critical extension."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, path_length), critical=True)
    if key_usage is not None:
        builder = builder.add_extension(key_usage, critical=True)
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage(eku), critical=False)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name(value) for value in names]),
            critical=False,
        )
    if critical is not None:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(critical), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    return builder.sign(signer, hashes.SHA256())


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def material(*chain: x509.Certificate) -> dict[str, Any]:
    """``verificationMaterial`` with a certificate chain."""
    certificates = [{"rawBytes": base64.b64encode(c.public_bytes(Encoding.DER)).decode()} for c in chain]
    return {"x509CertificateChain": {"certificates": certificates}, "tlogEntries": []}


class Authority:
    """A root, an intermediate below it, and leaves below that. ``root`` and ``intermediate`` override arguments."""

    def __init__(
        self,
        *,
        root: dict[str, Any] | None = None,
        intermediate: dict[str, Any] | None = None,
    ) -> None:
        self.root_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in "12")
        signing = usage(key_cert_sign=True, crl_sign=True)
        rooted = {"ca": True, "key_usage": signing, **(root or {})}
        between = {"ca": True, "key_usage": signing, **(intermediate or {})}
        self.root = certificate("root", self.root_key, "root", self.root_key, **rooted)
        self.intermediate = certificate("intermediate", self.key, "root", self.root_key, **between)

    def leaf(self, key: PrivateKey, **changes: Any) -> x509.Certificate:
        good = {
            "key_usage": usage(digital_signature=True),
            "eku": [CODE_SIGNING],
            "names": ["release@example.com"],
            "serial": 42,
        }
        return certificate("leaf", key, "intermediate", self.key, **(good | changes))

    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def crl(self, serials: Sequence[int], until: datetime = NOW + timedelta(days=1)) -> x509.CertificateRevocationList:
        """The intermediate's revocation list."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(name("intermediate"))
            .last_update(NOW - timedelta(days=9))
            .next_update(until)
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self.key, hashes.SHA256())

    def crl_pem(self, serials: Sequence[int]) -> bytes:
        return self.crl(serials).public_bytes(Encoding.PEM)
