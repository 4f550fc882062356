"""Public keys: which are accepted, what they are called, and what a signature by them must look like."""

from __future__ import annotations

import base64
import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from scanner.signing.bundle import PublicKeyMaterial

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
MIN_RSA_BITS = 3072

_CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("ecdsa-p256-sha256", hashes.SHA256()),
    "secp384r1": ("ecdsa-p384-sha384", hashes.SHA384()),
    "secp521r1": ("ecdsa-p521-sha512", hashes.SHA512()),
}


def load_public_key(pem: bytes) -> PublicKey:
    """Load a PEM public key; raises ValueError for anything but P-256, P-384, P-521, Ed25519 and RSA of 3072 bits."""
    try:
        return accepted(load_pem_public_key(pem))
    except UnsupportedAlgorithm as error:
        raise ValueError("the key has an unsupported type") from error


def accepted(key: object) -> PublicKey:
    """The key itself when its type and size are on the allow-list; ValueError otherwise."""
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise ValueError(f"the key must be P-256, P-384, P-521, Ed25519 or RSA of at least {MIN_RSA_BITS} bits")


def algorithm(key: PublicKey) -> str:
    """The name of the one signature algorithm that goes with this key."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CURVES[key.curve.name][0]
    return "ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "rsa-pkcs1v15-sha256"


def hash_of(key: ec.EllipticCurvePublicKey) -> hashes.HashAlgorithm:
    """The hash that goes with a curve: P-256 sha256, P-384 sha384, P-521 sha512."""
    return _CURVES[key.curve.name][1]


def spki_der(key: PublicKey) -> bytes:
    """The key as SubjectPublicKeyInfo, DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spki_pem(key: PublicKey) -> bytes:
    """The key as SubjectPublicKeyInfo, PEM text with a final newline."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: PublicKey) -> str:
    """Lading's name of a key: hex sha256 of its SubjectPublicKeyInfo in DER."""
    return hashlib.sha256(spki_der(key)).hexdigest()


def oms_hint(key: PublicKey) -> str:
    """The hint that model signatures carry: hex sha256 of the PEM text."""
    return hashlib.sha256(spki_pem(key)).hexdigest()


def sigstore_hint(key: PublicKey) -> str:
    """The hint that sigstore clients write: base64 sha256 of the DER."""
    return base64.b64encode(hashlib.sha256(spki_der(key)).digest()).decode("ascii")


def is_hinted(key: PublicKey, material: PublicKeyMaterial) -> bool:
    """Whether the bundle points at this key. Nobody vouches for the hint: use it for messages, never for trust."""
    if material.hint is not None and material.hint in (key_id(key), oms_hint(key), sigstore_hint(key)):
        return True
    if material.raw is None:
        return False
    # only text may be stripped: the last byte of a DER may look like a space
    return material.raw == spki_der(key) or material.raw.strip() == spki_pem(key).strip()


def verify(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` over ``message`` is by ``key``, with the hash that goes with the key."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hash_of(key)))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def signs_sha256(key: PublicKey) -> bool:
    """Whether a signature by ``key`` can be verified from the message's sha256 alone."""
    return isinstance(key, rsa.RSAPublicKey) or algorithm(key) == "ecdsa-p256-sha256"


def verify_sha256(key: PublicKey, signature: bytes, digest: bytes) -> bool:
    """Whether ``signature`` is by ``key`` over the message whose sha256 is ``digest``; see :func:`signs_sha256`."""
    prehashed = Prehashed(hashes.SHA256())
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest, ec.ECDSA(prehashed))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest, padding.PKCS1v15(), prehashed)
        else:
            return False
    except InvalidSignature:
        return False
    return True
