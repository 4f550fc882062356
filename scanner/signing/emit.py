"""Signing with a private key: model signatures for directories, envelopes for Lading's own statements."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scanner.errors import UsageError
from scanner.signing import keys
from scanner.signing.bundle import IN_TOTO, MEDIA_TYPE, pae
from scanner.signing.files import SignedFile, read_directory
from scanner.signing.oms import DEFAULT_IGNORED, PREDICATE_TYPE, is_clean_path
from scanner.signing.result import SignatureResult, Status
from scanner.signing.statement import STATEMENT_V1
from scanner.signing.trust import Trust
from scanner.signing.verify import verify_model_signature

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
SIGNATURE_NAME = "model.sig"


def load_private_key(pem: bytes, password: bytes | None = None) -> PrivateKey:
    """Load a PEM private key of an accepted type; raises :class:`UsageError` without quoting the key."""
    try:
        key = load_pem_private_key(pem, password)
        keys.accepted(key.public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError("signing key: cannot be used; give a P-256, P-384, P-521, Ed25519 or RSA-3072 key") from error
    assert isinstance(key, PrivateKey)
    return key


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Sign with the hash that goes with the key. The same key and message always give the same bytes (RFC 6979)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(keys.hash_of(key.public_key()), deterministic_signing=True))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def sign_statement(statement: Mapping[str, Any], key: PrivateKey, *, hint: str | None = None) -> bytes:
    """A bundle v0.3 around an in-toto statement: sorted members, compact, with the hint that sigstore clients expect."""
    payload = _json(statement)
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "publicKey": {"hint": hint or keys.sigstore_hint(key.public_key())},
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": _base64(payload),
            "payloadType": IN_TOTO,
            "signatures": [{"keyid": "", "sig": _base64(sign(key, pae(IN_TOTO, payload)))}],
        },
    }
    return _json(bundle)


def model_statement(files: Mapping[str, SignedFile], name: str, ignored: Iterable[str] = ()) -> dict[str, Any]:
    """The OMS v1.0 statement of these files, method ``files`` with sha256.

    ``ignored`` paths and everything below them are left out and recorded. Raises :class:`UsageError` for symbolic
    links, unclean paths, and when no file is left to sign.
    """
    left_out = sorted({*ignored, *DEFAULT_IGNORED})
    if not all(is_clean_path(path) for path in [*left_out, *files]):
        raise UsageError("model directory: a path is not a clean relative path; rename it")
    if any(found.is_symlink for found in files.values()):
        raise UsageError("model directory: symbolic links cannot be signed; replace them by the files")
    names = [path for path in files if not any(path == out or path.startswith(f"{out}/") for out in left_out)]
    if not names:
        raise UsageError("model directory: no file to sign; name a directory with files")
    # the order of the reference implementation: by path segment
    ordered = sorted(names, key=lambda path: path.split("/"))
    resources = [{"algorithm": "sha256", "digest": files[path].sha256, "name": path} for path in ordered]
    root = hashlib.sha256(b"".join(bytes.fromhex(files[path].sha256) for path in ordered)).hexdigest()
    return {
        "_type": STATEMENT_V1,
        "subject": [{"name": name, "digest": {"sha256": root}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": left_out,
            },
            "resources": resources,
        },
    }


def sign_directory(root: Path, key: PrivateKey, *, now: datetime, ignored: Iterable[str] = ()) -> SignatureResult:
    """Write ``model.sig`` into a model directory, read it back and verify it; returns that verification.

    An older ``model.sig`` is replaced. The result is ``partial`` when ignored files are present. Raises
    :class:`UsageError` as :func:`model_statement` does, and when the files changed meanwhile.
    """
    ignored = [SIGNATURE_NAME, *ignored]
    statement = model_statement(read_directory(root), root.resolve().name or "model", ignored)
    raw = sign_statement(statement, key, hint=keys.oms_hint(key.public_key()))
    target = root / SIGNATURE_NAME
    partial = root / f".{SIGNATURE_NAME}.partial"
    partial.write_bytes(raw)
    partial.replace(target)
    trust = Trust.of_keys({"signing key": keys.accepted(key.public_key())})
    result = verify_model_signature(target.read_bytes(), read_directory(root), trust, now=now)
    if result.status not in (Status.VERIFIED, Status.PARTIAL):
        raise UsageError(f"{SIGNATURE_NAME}: does not verify ({result.code}); keep the directory still while signing")
    return result


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
