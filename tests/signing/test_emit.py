"""Signing with a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from scanner.errors import UsageError
from scanner.signing import emit, keys
from scanner.signing.bundle import PublicKeyMaterial, parse_bundle
from scanner.signing.files import read_directory
from scanner.signing.result import Code, Status
from scanner.signing.verify import verify_artifact_signature, verify_model_signature
from tests.signing.helpers import MODEL, NOW, link, signed_files, trust_in


@pytest.fixture
def model(tmp_path: Path) -> Path:
    root = tmp_path / "model"
    for path, content in MODEL.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 3072),
    ],
    ids=["p256", "p384", "p521", "ed25519", "rsa"],
)
def test_a_signed_directory_verifies_until_it_changes(model: Path, key: emit.PrivateKey) -> None:
    result = emit.sign_directory(model, key, now=NOW)
    assert result.status is Status.VERIFIED
    assert set(result.covers) == set(MODEL)
    (model / "config.json").write_bytes(b"[]")
    raw = (model / emit.SIGNATURE_NAME).read_bytes()
    again = verify_model_signature(raw, read_directory(model), trust_in(key), now=NOW)
    assert (again.status, again.modified) == (Status.TAMPERED, ("config.json",))


def test_signing_twice_gives_the_same_bytes(model: Path, key: ec.EllipticCurvePrivateKey) -> None:
    emit.sign_directory(model, key, now=NOW)
    first = (model / emit.SIGNATURE_NAME).read_bytes()
    emit.sign_directory(model, key, now=NOW)
    assert (model / emit.SIGNATURE_NAME).read_bytes() == first
    assert sorted(path.name for path in model.iterdir()) == [
        "config.json",
        "model.sig",
        "weights",
    ]


def test_ignored_files_are_recorded_and_reported(model: Path, key: ec.EllipticCurvePrivateKey) -> None:
    result = emit.sign_directory(model, key, now=NOW, ignored=["weights"])
    assert (result.status, result.code) == (Status.PARTIAL, Code.IGNORED_FILES)
    assert result.ignored_present == ("weights/part-1.bin", "weights/part-2.bin")


def test_what_cannot_be_signed_is_said() -> None:
    for files in (
        {},
        {"a": link()},
        {"../a": link()},
        signed_files({".git/x": b""}),
        signed_files({"a\\b": b""}),
    ):
        with pytest.raises(UsageError):
            emit.model_statement(files, "model")


def test_a_statement_carries_the_hint_of_sigstore_clients(
    key: ec.EllipticCurvePrivateKey,
) -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "image", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "https://in-toto.io/attestation/svr/v0.2",
        "predicate": {"verifier": {"id": "https://example.com/lading"}},
    }
    raw = emit.sign_statement(statement, key)
    assert parse_bundle(raw).material == PublicKeyMaterial(keys.sigstore_hint(key.public_key()), None)
    result = verify_artifact_signature(raw, "ab" * 32, trust_in(key), now=NOW)
    assert (result.status, result.subject_name) == (Status.VERIFIED, "image")
    assert raw == json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":")).encode()


def test_private_keys_are_loaded_with_and_without_password(
    key: ec.EllipticCurvePrivateKey,
) -> None:
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    assert keys.key_id(emit.load_private_key(plain).public_key()) == keys.key_id(key.public_key())  # type: ignore[arg-type]
    assert keys.key_id(emit.load_private_key(locked, b"secret").public_key()) == keys.key_id(key.public_key())  # type: ignore[arg-type]
    for pem, password in (
        (locked, None),
        (locked, b"wrong"),
        (plain, b"needless"),
        (b"x", None),
    ):
        with pytest.raises(UsageError) as refusal:
            emit.load_private_key(pem, password)
        assert "secret" not in str(refusal.value)


def test_weak_private_keys_do_not_sign() -> None:
    weak = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(UsageError):
        emit.load_private_key(weak)
