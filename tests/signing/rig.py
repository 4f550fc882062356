"""A private sigstore in pure Python: certificate authority, certificate log, transparency log, no network.

Everything is minted on demand, also what a real instance would never mint: retired keys, wrong names, entries about
something else. Sources: RFC 6962 (logs), RFC 8785 (canonical JSON), Fulcio's and Rekor's public formats.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sigstore._internal.fulcio.client import FulcioCertificateSigningResponse
from sigstore._internal.rekor.client import RekorClient
from sigstore.dsse import DigestSet, StatementBuilder, Subject
from sigstore.models import TransparencyLogEntry, TrustedRoot
from sigstore.oidc import IdentityToken
from sigstore.sign import Signer, SigningContext
from sigstore_models.trustroot import v1

ISSUER = "https://issuer.test.local"
IDENTITY = "release@example.com"
ORIGIN = "rekor.test.local"
_ARC = "1.3.6.1.4.1.57264.1"
_CLAIM_OIDS = {"job_workflow_ref": 9, "repository_uri": 12, "sha": 13, "ref": 14}


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def der_utf8(value: str) -> bytes:
    raw = value.encode()
    size = len(raw)
    head = bytes([size]) if size < 0x80 else b"\x81" + bytes([size]) if size < 0x100 else b"\x82" + size.to_bytes(2)
    return b"\x0c" + head + raw


def der_octets(value: bytes) -> bytes:
    return b"\x04" + der_utf8("x" * len(value))[1 : -len(value)] + value


def usage(**true: bool) -> x509.KeyUsage:
    names = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{name: true.get(name, False) for name in names})


def merkle_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def merkle_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*merkle_path(index, leaves[:split]), merkle_root(leaves[split:])]
    return [*merkle_path(index - split, leaves[split:]), merkle_root(leaves[:split])]


class Rig:
    """One sigstore instance. ``now`` is its clock."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(microsecond=0)
        self.root_key, self.ca_key, self.ct_key, self.log_key = (
            ec.generate_private_key(ec.SECP256R1()) for _ in "1234"
        )
        self.root = self._authority("root", self.root_key, "root", self.root_key, 1)
        self.intermediate = self._authority("intermediate", self.ca_key, "root", self.root_key, 0)
        self.ct_id = hashlib.sha256(spki(self.ct_key.public_key())).digest()
        self.log_id = hashlib.sha256(spki(self.log_key.public_key())).digest()
        self.leaves = [f"filler {index}".encode() for index in range(5)]

    def _authority(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        signer: ec.EllipticCurvePrivateKey,
        length: int,
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(_distinguished(name))
            .issuer_name(_distinguished(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=1))
            .not_valid_after(self.now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(True, length), critical=True)
            .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .sign(signer, hashes.SHA256())
        )

    def issue(
        self,
        public_key: ec.EllipticCurvePublicKey,
        claims: Mapping[str, str],
        *,
        ttl: int = 600,
        eku: str = "CODE_SIGNING",
    ) -> list[x509.Certificate]:
        """A leaf for the claims of a token, with an embedded signed certificate timestamp, and its authorities."""
        name: x509.GeneralName = (
            x509.RFC822Name(claims["email"]) if "email" in claims else x509.UniformResourceIdentifier(claims["sub"])
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.intermediate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now)
            .not_valid_after(self.now + timedelta(seconds=ttl))
            .add_extension(usage(digital_signature=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([getattr(ExtendedKeyUsageOID, eku)]),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(_claim(1, claims["iss"].encode()), critical=False)
            .add_extension(_claim(8, der_utf8(claims["iss"])), critical=False)
        )
        for claim, number in _CLAIM_OIDS.items():
            if claim in claims:
                builder = builder.add_extension(_claim(number, der_utf8(claims[claim])), critical=False)
        precertificate = builder.sign(self.ca_key, hashes.SHA256())
        sct = x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"),
            self._sct_list(precertificate.tbs_certificate_bytes),
        )
        leaf = builder.add_extension(sct, critical=False).sign(self.ca_key, hashes.SHA256())
        return [leaf, self.intermediate, self.root]

    def _sct_list(self, tbs: bytes) -> bytes:
        time = int(self.now.timestamp() * 1000)
        entry = hashlib.sha256(spki(self.ca_key.public_key())).digest() + struct.pack(">I", len(tbs))[1:] + tbs
        signed = struct.pack(">BBQH", 0, 0, time, 1) + entry + struct.pack(">H", 0)
        signature = self.ct_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        sct = (
            struct.pack(">B32sQH", 0, self.ct_id, time, 0) + b"\x04\x03" + struct.pack(">H", len(signature)) + signature
        )
        sct = struct.pack(">H", len(sct)) + sct
        return der_octets(struct.pack(">H", len(sct)) + sct)

    def log(self, proposed: Mapping[str, Any]) -> dict[str, Any]:
        """Enter a proposed Rekor v1 entry into the log; the answer of the real API."""
        return self.log_body(_canonical_body(proposed))

    def log_body(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Enter any body, also one that the real log would refuse."""
        canonical = rfc8785.dumps(dict(body))
        self.leaves.append(canonical)
        index, size = len(self.leaves) - 1, len(self.leaves)
        root = merkle_root(self.leaves)
        entry = {
            "body": b64(canonical),
            "integratedTime": int(self.now.timestamp()),
            "logID": self.log_id.hex(),
            "logIndex": index,
        }
        note = f"{ORIGIN}\n{size}\n{b64(root)}\n"
        promise = self.log_key.sign(rfc8785.dumps(entry), ec.ECDSA(hashes.SHA256()))
        checkpoint = self.log_id[:4] + self.log_key.sign(note.encode(), ec.ECDSA(hashes.SHA256()))
        verification = {
            "signedEntryTimestamp": b64(promise),
            "inclusionProof": {
                "logIndex": index,
                "rootHash": root.hex(),
                "treeSize": size,
                "hashes": [node.hex() for node in merkle_path(index, self.leaves)],
                "checkpoint": f"{note}\n\u2014 {ORIGIN} {b64(checkpoint)}\n",
            },
        }
        return {
            hashlib.sha256(canonical).hexdigest(): {
                **entry,
                "verification": verification,
            }
        }

    def log_entry(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The same as a member of a bundle's ``tlogEntries``."""
        (entry,) = self.log_body(body).values()
        proof = entry["verification"]["inclusionProof"]
        return {
            "logIndex": str(entry["logIndex"]),
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "integratedTime": str(entry["integratedTime"]),
            "inclusionPromise": {"signedEntryTimestamp": entry["verification"]["signedEntryTimestamp"]},
            "inclusionProof": {
                "logIndex": str(proof["logIndex"]),
                "rootHash": b64(bytes.fromhex(proof["rootHash"])),
                "treeSize": str(proof["treeSize"]),
                "hashes": [b64(bytes.fromhex(node)) for node in proof["hashes"]],
                "checkpoint": {"envelope": proof["checkpoint"]},
            },
            "canonicalizedBody": entry["body"],
        }

    def trusted_root(self, **ends: datetime) -> dict[str, Any]:
        """The instance's trusted_root.json; ``tlogs``, ``ctlogs`` or ``certificateAuthorities`` may have ended."""
        start = stamp(self.now - timedelta(days=1))

        def window(group: str) -> dict[str, str]:
            return {"start": start} | ({"end": stamp(ends[group])} if group in ends else {})

        def log(group: str, url: str, key: ec.EllipticCurvePrivateKey, log_id: bytes) -> dict[str, Any]:
            public = {
                "rawBytes": b64(spki(key.public_key())),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            }
            return {
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {**public, "validFor": window(group)},
                "logId": {"keyId": b64(log_id)},
            }

        chain = [{"rawBytes": b64(ca.public_bytes(Encoding.DER))} for ca in (self.intermediate, self.root)]
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("tlogs", "https://rekor.test.local", self.log_key, self.log_id)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "test.local", "commonName": "root"},
                    "uri": "https://fulcio.test.local",
                    "certChain": {"certificates": chain},
                    "validFor": window("certificateAuthorities"),
                }
            ],
            "ctlogs": [log("ctlogs", "https://ct.test.local/ct", self.ct_key, self.ct_id)],
            "timestampAuthorities": [],
        }

    def token(self, **claims: str) -> str:
        """An identity token; nobody checks its signature here."""
        times = {
            "iat": self.now,
            "nbf": self.now,
            "exp": self.now + timedelta(seconds=600),
        }
        body = {"iss": ISSUER, "aud": "sigstore", "sub": IDENTITY, **times, **claims}
        return jwt.encode(body, "a secret that nobody checks, 32 b", algorithm="HS256")

    @contextmanager
    def signer(self, **claims: str) -> Iterator[Signer]:
        """sigstore-python's own signer, talking to this instance in process."""
        root = TrustedRoot(v1.TrustedRoot.from_json(json.dumps(self.trusted_root())))
        context = SigningContext(fulcio=_Fulcio(self), rekor=_Rekor(self), trusted_root=root)  # type: ignore[arg-type]
        with context.signer(IdentityToken(self.token(**({"email": IDENTITY} | claims)))) as signer:
            yield signer

    def sign_artifact(self, content: bytes, **claims: str) -> dict[str, Any]:
        """A bundle with a message signature."""
        with self.signer(**claims) as signer:
            return json.loads(signer.sign_artifact(content).to_json())

    def sign_statement(self, name: str, digest: str, predicate_type: str, predicate: dict[str, Any]) -> dict[str, Any]:
        """A bundle with an in-toto statement."""
        subject = Subject(name=name, digest=DigestSet({"sha256": digest}))
        statement = StatementBuilder([subject], predicate_type, predicate).build()
        with self.signer() as signer:
            return json.loads(signer.sign_dsse(statement).to_json())


class _Fulcio:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.signing_cert = self

    def post(
        self, request: x509.CertificateSigningRequest, identity: IdentityToken
    ) -> FulcioCertificateSigningResponse:
        assert request.is_signature_valid
        claims = jwt.decode(str(identity), options={"verify_signature": False})
        leaf, *authorities = self.rig.issue(request.public_key(), claims)
        return FulcioCertificateSigningResponse(leaf, authorities)


class _Rekor(RekorClient):
    def __init__(self, rig: Rig) -> None:
        super().__init__("https://rekor.test.local")
        self.rig = rig

    def create_entry(self, request: Mapping[str, Any]) -> TransparencyLogEntry:
        return TransparencyLogEntry._from_v1_response(self.rig.log(request))


def _distinguished(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "test.local"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _claim(number: int, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_ARC}.{number}"), value)


def _canonical_body(proposed: Mapping[str, Any]) -> dict[str, Any]:
    """What Rekor v1 stores for a proposed entry."""
    spec = proposed["spec"]
    if proposed["kind"] == "hashedrekord":
        data, signature = spec["data"]["hash"], spec["signature"]
        stored = {
            "data": {"hash": {"algorithm": data["algorithm"], "value": data["value"]}},
            "signature": {
                "content": signature["content"],
                "publicKey": {"content": signature["publicKey"]["content"]},
            },
        }
    else:
        envelope = spec["proposedContent"]["envelope"]
        parsed = json.loads(envelope)
        stored = dsse_spec(
            base64.b64decode(parsed["payload"]),
            parsed["signatures"][0]["sig"],
            spec["proposedContent"]["verifiers"][0],
            envelope,
        )
    return {"apiVersion": "0.0.1", "kind": proposed["kind"], "spec": stored}


def dsse_spec(payload: bytes, signature: str, verifier: str, envelope: str = "{}") -> dict[str, Any]:
    """The ``spec`` of a dsse 0.0.1 entry; ``verifier`` is base64 of PEM."""
    return {
        "envelopeHash": {
            "algorithm": "sha256",
            "value": hashlib.sha256(envelope.encode()).hexdigest(),
        },
        "payloadHash": {
            "algorithm": "sha256",
            "value": hashlib.sha256(payload).hexdigest(),
        },
        "signatures": [{"signature": signature, "verifier": verifier}],
    }


def utc(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
