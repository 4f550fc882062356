"""Which keys are accepted, what they are called, what they sign."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from scanner.signing import emit, keys
from scanner.signing.bundle import PublicKeyMaterial

PRIVATE = {
    "ecdsa-p256-sha256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384-sha384": ec.generate_private_key(ec.SECP384R1()),
    "ecdsa-p521-sha512": ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "rsa-pkcs1v15-sha256": rsa.generate_private_key(65537, 3072),
}


@pytest.mark.parametrize("name", PRIVATE)
def test_an_accepted_key_verifies_its_own_message_and_no_other(name: str) -> None:
    private = PRIVATE[name]
    public = keys.load_public_key(keys.spki_pem(keys.accepted(private.public_key())))
    signature = emit.sign(private, b"message")
    assert keys.algorithm(public) == name
    assert keys.verify(public, signature, b"message")
    assert not keys.verify(public, signature, b"massage")
    assert not keys.verify(public, b"", b"message")
    assert not keys.verify(public, b"\x30\x80" + signature, b"message")


@pytest.mark.parametrize("name", ["ecdsa-p256-sha256", "rsa-pkcs1v15-sha256"])
def test_a_message_can_be_verified_by_its_sha256(name: str) -> None:
    private = PRIVATE[name]
    public = keys.accepted(private.public_key())
    signature = emit.sign(private, b"message")
    assert keys.signs_sha256(public)
    assert keys.verify_sha256(public, signature, hashlib.sha256(b"message").digest())
    assert not keys.verify_sha256(public, signature, hashlib.sha256(b"massage").digest())


@pytest.mark.parametrize("name", ["ecdsa-p384-sha384", "ecdsa-p521-sha512", "ed25519"])
def test_other_keys_do_not_sign_a_sha256(name: str) -> None:
    assert not keys.signs_sha256(keys.accepted(PRIVATE[name].public_key()))


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP256K1()),
        ec.generate_private_key(ec.SECP224R1()),
        ed448.Ed448PrivateKey.generate(),
        dsa.generate_private_key(2048),
    ],
    ids=["rsa-2048", "secp256k1", "p224", "ed448", "dsa"],
)
def test_weak_and_unusual_keys_are_refused(key: ec.EllipticCurvePrivateKey) -> None:
    with pytest.raises(ValueError, match="must be"):
        keys.accepted(key.public_key())


@pytest.mark.parametrize("pem", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_text_that_is_no_key_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError):
        keys.load_public_key(pem)


def test_the_three_hints_point_at_the_key() -> None:
    public = keys.accepted(PRIVATE["ecdsa-p256-sha256"].public_key())
    der, pem = keys.spki_der(public), keys.spki_pem(public)
    for hint in (
        hashlib.sha256(der).hexdigest(),
        hashlib.sha256(pem).hexdigest(),
        base64.b64encode(hashlib.sha256(der).digest()).decode(),
    ):
        assert keys.is_hinted(public, PublicKeyMaterial(hint, None))
    assert keys.is_hinted(public, PublicKeyMaterial(None, der))
    assert keys.is_hinted(public, PublicKeyMaterial(None, pem))
    assert not keys.is_hinted(public, PublicKeyMaterial(None, None))
    assert not keys.is_hinted(public, PublicKeyMaterial("release", b"release"))
    assert keys.key_id(public) == hashlib.sha256(der).hexdigest()


def test_a_key_whose_last_byte_looks_like_a_space_is_hinted() -> None:
    while True:
        public = keys.accepted(ec.generate_private_key(ec.SECP256R1()).public_key())
        if keys.spki_der(public)[-1:].isspace():
            break
    assert keys.is_hinted(public, PublicKeyMaterial(None, keys.spki_der(public)))
    assert keys.is_hinted(public, PublicKeyMaterial(None, keys.spki_pem(public) + b"\n"))
