"""Small makers that several signing tests share."""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scanner.signing import emit, keys
from scanner.signing.bundle import IN_TOTO, MEDIA_TYPE, pae
from scanner.signing.files import SignedFile, digest_of
from scanner.signing.trust import SigstoreRoot, Trust

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MODEL = {
    "config.json": b"{}",
    "weights/part-1.bin": b"one" * 500,
    "weights/part-2.bin": b"two",
}


def signed_file(content: bytes) -> SignedFile:
    return SignedFile(
        len(content),
        hashlib.sha256(content).hexdigest(),
        lambda query: digest_of(io.BytesIO(content), query),
    )


def signed_files(contents: Mapping[str, bytes]) -> dict[str, SignedFile]:
    return {path: signed_file(content) for path, content in contents.items()}


def link() -> SignedFile:
    return SignedFile(0, "", lambda query: "", is_symlink=True)


def trust_in(key: emit.PrivateKey) -> Trust:
    return Trust.of_keys({"release": keys.accepted(key.public_key())})


def sigstore_root(document: Mapping[str, Any], max_age_days: int | None = None) -> SigstoreRoot:
    raw = json.dumps(document).encode()
    return SigstoreRoot("rig", raw, hashlib.sha256(raw).hexdigest(), max_age_days)


def model_bundle(
    key: emit.PrivateKey,
    contents: Mapping[str, bytes] = MODEL,
    ignored: Sequence[str] = (),
) -> bytes:
    return emit.sign_statement(
        emit.model_statement(signed_files(contents), "model", ignored),
        key,
        hint=keys.oms_hint(key.public_key()),
    )


def envelope_bundle(key: emit.PrivateKey, payload: bytes, payload_type: str = IN_TOTO, **material: Any) -> bytes:
    """A bundle around any payload, also one that no signer would write."""
    signature = emit.sign(key, pae(payload_type, payload))
    document = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": material or {"publicKey": {"hint": keys.key_id(key.public_key())}},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"sig": base64.b64encode(signature).decode()}],
        },
    }
    return json.dumps(document).encode()


def changed(document: Any, path: Sequence[str | int], value: Any) -> Any:
    """A deep copy with one member replaced; ``...`` deletes it."""
    result = copy.deepcopy(document)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return result


def flipped(encoded: str) -> str:
    """Base64 of the same bytes with the last bit of the middle byte inverted."""
    raw = bytearray(base64.b64decode(encoded))
    raw[len(raw) // 2] ^= 1
    return base64.b64encode(raw).decode()
