"""A timestamp authority for the private sigstore: RFC 3161 answers by the real ``openssl ts``."""

from __future__ import annotations

import base64
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import TimestampRequestBuilder, TimeStampResponse, decode_timestamp_response

from tests.signing.authority import certificate, name
from tests.signing.rig import b64, stamp, usage

_CONFIG = """\
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class TimestampAuthority:
    """Answers with the machine's clock, because openssl cannot be told another time."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.folder = folder
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in "12")
        span = {"start": now - timedelta(days=1), "end": now + timedelta(days=365)}
        signing = usage(key_cert_sign=True)
        self.root = certificate("tsa root", root_key, "tsa root", root_key, ca=True, key_usage=signing, **span)
        self.leaf = (
            x509.CertificateBuilder()
            .subject_name(name("tsa"))
            .issuer_name(name("tsa root"))
            .public_key(key.public_key())
            .serial_number(9)
            .not_valid_before(span["start"])
            .not_valid_after(span["end"])
            .add_extension(usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(pem)
        (folder / "leaf.pem").write_bytes(self.leaf.public_bytes(Encoding.PEM))
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")

    def stamp(self, signature: bytes) -> TimeStampResponse:
        """A timestamp over a signature."""
        (self.folder / "query").write_bytes(TimestampRequestBuilder().data(signature).build().as_bytes())
        options = ["-config", "tsa.cnf", "-queryfile", "query", "-signer", "leaf.pem", "-inkey", "key.pem"]
        command = ["openssl", "ts", "-reply", *options, "-out", "reply"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return decode_timestamp_response((self.folder / "reply").read_bytes())

    def stamped(self, bundle: dict[str, Any], signature: str) -> tuple[dict[str, Any], datetime]:
        """The bundle with one timestamp over the base64 ``signature``, and the time in it."""
        response = self.stamp(base64.b64decode(signature))
        stamps = [{"signedTimestamp": b64(response.as_bytes())}]
        material = {**bundle["verificationMaterial"], "timestampVerificationData": {"rfc3161Timestamps": stamps}}
        return {**bundle, "verificationMaterial": material}, response.tst_info.gen_time

    def trusted(self, start: datetime, end: datetime | None = None) -> dict[str, Any]:
        """An entry of a trusted root's ``timestampAuthorities``."""
        chain = [{"rawBytes": b64(one.public_bytes(Encoding.DER))} for one in (self.leaf, self.root)]
        return {
            "subject": {"organization": "test.local", "commonName": "tsa"},
            "uri": "https://tsa.test.local",
            "certChain": {"certificates": chain},
            "validFor": {"start": stamp(start)} | ({"end": stamp(end)} if end else {}),
        }
