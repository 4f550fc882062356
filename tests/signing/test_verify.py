"""From bundle bytes to one result: every field that is flipped has its code, and only the truth is verified."""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.signing import emit, keys, oms
from scanner.signing.bundle import MEDIA_TYPE
from scanner.signing.result import Code, SignatureResult, Status
from scanner.signing.trust import Trust
from scanner.signing.verify import verify_artifact_signature, verify_model_signature
from tests.signing.helpers import (
    MODEL,
    NOW,
    changed,
    envelope_bundle,
    flipped,
    model_bundle,
    signed_file,
    signed_files,
    trust_in,
)

KEY = ec.generate_private_key(ec.SECP256R1())
GOOD = json.loads(model_bundle(KEY))
SIGNATURE: list[str | int] = ["dsseEnvelope", "signatures", 0, "sig"]


def verify(document: Any, trust: Trust | None = None, **options: Any) -> SignatureResult:
    raw = json.dumps(document).encode()
    return verify_model_signature(raw, signed_files(MODEL), trust or trust_in(KEY), now=NOW, **options)


def test_an_unchanged_model_verifies() -> None:
    result = verify(GOOD)
    assert (result.status, result.code, result.detail) == (Status.VERIFIED, None, None)
    assert (result.method, result.signer.name) == ("key", "release")
    assert result.signer.key_id == keys.key_id(KEY.public_key())
    assert result.covers == {path: found.sha256 for path, found in signed_files(MODEL).items()}
    assert (result.time_source, result.warnings) == ("none", ("no trusted timestamp",))
    assert (result.format, result.predicate_type, result.subject_name) == (
        "oms",
        oms.PREDICATE_TYPE,
        "model",
    )
    assert result.algorithm == "ecdsa-p256-sha256"


@pytest.mark.parametrize(
    ("path", "value", "status", "code"),
    [
        (["mediaType"], "x", Status.INVALID, Code.MALFORMED),
        (
            ["mediaType"],
            "application/vnd.dev.sigstore.bundle.v9+json",
            Status.UNSUPPORTED,
            Code.UNSUPPORTED,
        ),
        (
            ["dsseEnvelope", "payload"],
            flipped(GOOD["dsseEnvelope"]["payload"]),
            Status.INVALID,
            Code.BAD_SIGNATURE,
        ),
        (
            ["dsseEnvelope", "payloadType"],
            "application/json",
            Status.INVALID,
            Code.BAD_SIGNATURE,
        ),
        (
            SIGNATURE,
            flipped(GOOD["dsseEnvelope"]["signatures"][0]["sig"]),
            Status.INVALID,
            Code.BAD_SIGNATURE,
        ),
        (SIGNATURE, "", Status.INVALID, Code.MALFORMED),
        (["dsseEnvelope", "signatures"], [], Status.INVALID, Code.MALFORMED),
        (
            ["verificationMaterial", "publicKey", "hint"],
            "0" * 64,
            Status.VERIFIED,
            None,
        ),
        (["verificationMaterial", "publicKey", "hint"], ..., Status.VERIFIED, None),
        (["verificationMaterial", "publicKey"], ..., Status.INVALID, Code.MALFORMED),
        (
            ["verificationMaterial", "certificate"],
            {"rawBytes": "AAAA"},
            Status.INVALID,
            Code.MALFORMED,
        ),
        (
            ["verificationMaterial"],
            {"certificate": {"rawBytes": "AAAA"}},
            Status.UNTRUSTED_SIGNER,
            Code.NO_TRUST_ROOT,
        ),
        (["dsseEnvelope"], ..., Status.INVALID, Code.MALFORMED),
    ],
    ids=itertools.count(),
)
def test_every_flipped_field_has_its_code(path: list[str | int], value: Any, status: Status, code: Code | None) -> None:
    result = verify(changed(GOOD, path, value))
    assert (result.status, result.code) == (status, code)


def test_a_message_signature_is_no_model_signature() -> None:
    document = changed(
        changed(GOOD, ["dsseEnvelope"], ...),
        ["messageSignature"],
        {"signature": "AAAA"},
    )
    assert verify(document).code is Code.PAYLOAD_TYPE


@pytest.mark.parametrize(
    ("payload", "payload_type", "status", "code"),
    [
        (b"{}", "application/json", Status.INVALID, Code.PAYLOAD_TYPE),
        (b"{}", "application/vnd.in-toto+json", Status.INVALID, Code.STATEMENT_TYPE),
        (b"not json", "application/vnd.in-toto+json", Status.INVALID, Code.MALFORMED),
        (
            b'{"_type": "a", "_type": "b"}',
            "application/vnd.in-toto+json",
            Status.INVALID,
            Code.MALFORMED,
        ),
    ],
)
def test_a_signed_payload_is_not_believed_for_its_signature(
    payload: bytes, payload_type: str, status: Status, code: Code
) -> None:
    result = verify(json.loads(envelope_bundle(KEY, payload, payload_type)))
    assert (result.status, result.code) == (status, code)
    assert result.signer.name == "release"


def test_a_key_nobody_trusts_and_no_key_at_all() -> None:
    stranger = trust_in(ec.generate_private_key(ec.SECP256R1()))
    assert (verify(GOOD, stranger).status, verify(GOOD, stranger).code) == (
        Status.UNTRUSTED_SIGNER,
        Code.UNKNOWN_KEY,
    )
    assert verify(GOOD, Trust("")).code is Code.NO_TRUST_ROOT


def test_the_key_inside_an_old_bundle_is_not_trusted() -> None:
    raw = base64.b64encode(keys.spki_der(KEY.public_key())).decode()
    document = changed(
        GOOD,
        ["verificationMaterial", "publicKey"],
        {"rawBytes": raw, "keyDetails": "x"},
    )
    assert verify(document).status is Status.VERIFIED
    assert verify(document, trust_in(ec.generate_private_key(ec.SECP256R1()))).code is Code.UNKNOWN_KEY


def test_revoked_and_ended_keys() -> None:
    trust = trust_in(KEY)

    def code(**options: Any) -> Code | None:
        return verify(GOOD, replace(trust, keys=(replace(trust.keys[0], **options),))).code

    assert code(revoked=True) is Code.KEY_REVOKED
    assert code(not_after=NOW - timedelta(seconds=1)) is Code.NO_TRUSTED_TIME
    assert code(not_after=NOW) is None


def test_an_unwelcome_signer_outweighs_tampering_and_both_are_told() -> None:
    trust = trust_in(KEY)
    revoked = replace(trust, keys=(replace(trust.keys[0], revoked=True),))
    raw = json.dumps(GOOD).encode()
    result = verify_model_signature(raw, signed_files({**MODEL, "x": b""}), revoked, now=NOW)
    assert (result.status, result.code) == (Status.UNTRUSTED_SIGNER, Code.KEY_REVOKED)
    assert result.unsigned_files == ("x",)


@pytest.mark.parametrize(
    ("reason", "status"),
    [("unreadable", Status.ERROR), ("unsupported", Status.UNSUPPORTED)],
)
def test_files_that_cannot_be_hashed_never_pass(reason: str, status: Status) -> None:
    def refuse(query: str) -> str:
        raise NotExaminable(reason, "the disk is gone")

    statement = emit.model_statement(signed_files({"a": b"a"}), "model")
    statement["predicate"]["serialization"]["hash_type"] = "blake3"
    statement["predicate"]["resources"][0]["algorithm"] = "blake3"
    raw = emit.sign_statement(statement, KEY)
    files = {"a": replace(signed_file(b"a"), digest=refuse)}
    assert verify_model_signature(raw, files, trust_in(KEY), now=NOW).status is status


def message_bundle(key: emit.PrivateKey, content: bytes, **message: Any) -> bytes:
    signature = base64.b64encode(emit.sign(key, content)).decode()
    return json.dumps(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": keys.key_id(keys.accepted(key.public_key()))}},
            "messageSignature": {"signature": signature, **message},
        }
    ).encode()


CONTENT = b"a wheel"
SHA256 = signed_file(CONTENT).sha256


def digest(algorithm: str, content: bytes) -> dict[str, Any]:
    raw = bytes.fromhex(signed_file(content).sha256)
    return {
        "messageDigest": {
            "algorithm": algorithm,
            "digest": base64.b64encode(raw).decode(),
        }
    }


def test_a_message_signature_over_an_artifact() -> None:
    raw = message_bundle(KEY, CONTENT, **digest("SHA2_256", CONTENT))
    result = verify_artifact_signature(raw, SHA256, trust_in(KEY), now=NOW, artifact="a.whl")
    assert (result.status, result.covers) == (Status.VERIFIED, {"a.whl": SHA256})
    assert verify_artifact_signature(message_bundle(KEY, CONTENT), SHA256, trust_in(KEY), now=NOW).status == "verified"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (message_bundle(KEY, b"other"), Code.BAD_SIGNATURE),
        (
            message_bundle(KEY, b"other", **digest("SHA2_256", b"other")),
            Code.SUBJECT_MISMATCH,
        ),
        (message_bundle(KEY, CONTENT, **digest("SHA2_512", CONTENT)), Code.UNSUPPORTED),
        (model_bundle(KEY), Code.PREDICATE_TYPE),
        (b"", Code.MALFORMED),
    ],
)
def test_a_signature_of_something_else_is_refused(raw: bytes, code: Code) -> None:
    result = verify_artifact_signature(raw, SHA256, trust_in(KEY), now=NOW)
    assert result.code is code
    assert not result.covers


def test_a_key_that_signs_whole_messages_is_unsupported_and_not_bad() -> None:
    for key in (
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP384R1()),
    ):
        result = verify_artifact_signature(message_bundle(key, CONTENT), SHA256, trust_in(key), now=NOW)
        assert (result.status, result.code) == (Status.UNSUPPORTED, Code.UNSUPPORTED)


def statement(digests: dict[str, str], predicate_type: str = "https://slsa.dev/provenance/v1") -> bytes:
    subject = {"name": "a.whl", "digest": digests}
    document = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": predicate_type,
    }
    return emit.sign_statement(document, KEY)


def test_a_statement_must_name_the_artifact() -> None:
    good = verify_artifact_signature(statement({"sha256": SHA256}), SHA256, trust_in(KEY), now=NOW)
    assert (good.status, good.format, good.subject_name) == (
        Status.VERIFIED,
        "slsa",
        "a.whl",
    )
    replayed = verify_artifact_signature(statement({"sha256": "0" * 64}), SHA256, trust_in(KEY), now=NOW)
    assert (replayed.status, replayed.code) == (Status.INVALID, Code.SUBJECT_MISMATCH)
    weak = verify_artifact_signature(statement({"sha1": "0" * 40}), SHA256, trust_in(KEY), now=NOW)
    assert weak.code is Code.WEAK_HASH


def test_a_statement_by_sha512_needs_the_sha512() -> None:
    raw = statement({"sha512": "ab" * 64}, "https://example.com/p")
    known = verify_artifact_signature(raw, SHA256, trust_in(KEY), now=NOW, digests={"sha512": "ab" * 64})
    assert (known.status, known.format) == (Status.VERIFIED, "sigstore")
    assert verify_artifact_signature(raw, SHA256, trust_in(KEY), now=NOW).code is Code.SUBJECT_MISMATCH


paths = st.sampled_from(["a", "b", "weights/c", ".git/x", "model.sig"])
contents = st.dictionaries(paths, st.binary(max_size=3), max_size=4)


@given(contents.filter(lambda found: set(found) - {".git/x"}), contents)
def test_verified_implies_that_every_byte_was_signed(signed: dict[str, bytes], present: dict[str, bytes]) -> None:
    raw = model_bundle(KEY, signed)
    result = verify_model_signature(raw, signed_files(present), trust_in(KEY), now=NOW)
    kept = {path: content for path, content in signed.items() if path != ".git/x"}
    assert (result.status is Status.VERIFIED) == (present == kept)
    assert all(present[path] == signed[path] for path in result.covers)


@given(st.data())
def test_no_changed_byte_of_a_bundle_verifies_something_else(
    data: st.DataObject,
) -> None:
    raw = bytearray(json.dumps(GOOD).encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    result = verify_model_signature(bytes(raw), signed_files(MODEL), trust_in(KEY), now=NOW)
    if result.status is Status.VERIFIED:
        before, after = GOOD, json.loads(raw)
        assert after["dsseEnvelope"]["payload"] == before["dsseEnvelope"]["payload"]
        assert after["dsseEnvelope"]["signatures"][0]["sig"] == before["dsseEnvelope"]["signatures"][0]["sig"]


def test_sigstore_is_imported_only_when_a_bundle_needs_it() -> None:
    modules = "bundle, certificate, emit, key_backend, oms, trust_file, verify"
    program = f"import sys; from scanner.signing import {modules}; sys.exit('sigstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
