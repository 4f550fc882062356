"""The sigstore back end against a private instance: what it accepts, and the attacks it must see."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.signing import emit, keys
from scanner.signing.result import Code, SignatureResult, Status
from scanner.signing.trust import IdentityRule, SigstoreRoot, Trust, TrustedKey
from scanner.signing.verify import verify_artifact_signature, verify_model_signature
from tests.signing.helpers import (
    MODEL,
    changed,
    envelope_bundle,
    flipped,
    signed_file,
    signed_files,
    sigstore_root,
)
from tests.signing.rig import IDENTITY, ISSUER, Rig, b64, dsse_spec

CONTENT = b"a released wheel"
SHA256 = signed_file(CONTENT).sha256
MATERIAL = "verificationMaterial"
ENTRY: list[str | int] = [MATERIAL, "tlogEntries", 0]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def message(rig: Rig) -> dict[str, Any]:
    return rig.sign_artifact(CONTENT)


@pytest.fixture(scope="module")
def provenance(rig: Rig) -> dict[str, Any]:
    return rig.sign_statement("a.whl", SHA256, "https://slsa.dev/provenance/v1", {"x": 1})


def verify(document: Any, rig: Rig, *roots: SigstoreRoot, **options: Any) -> SignatureResult:
    trust = Trust("", sigstore=roots or (sigstore_root(rig.trusted_root()),), **options)
    return verify_artifact_signature(json.dumps(document).encode(), SHA256, trust, now=rig.now, artifact="a.whl")


def test_who_signed_what_and_when(rig: Rig, message: dict[str, Any], provenance: dict[str, Any]) -> None:
    for document, format_ in ((message, "sigstore"), (provenance, "slsa")):
        result = verify(document, rig)
        assert (result.status, result.code) == (Status.VERIFIED, None)
        assert (result.method, result.format) == ("sigstore", format_)
        assert (result.signer.identity, result.signer.issuer, result.signer.name) == (
            IDENTITY,
            ISSUER,
            "rig",
        )
        assert (result.signed_at, result.time_source) == (rig.now, "rekor-set")
        assert result.covers == {"a.whl": SHA256}
        assert result.warnings == ("the trust file has no identities: judge the signer",)


def test_a_model_signed_with_an_identity(rig: Rig) -> None:
    statement = emit.model_statement(signed_files(MODEL), "model")
    (subject,) = statement["subject"]
    document = rig.sign_statement(
        "model",
        subject["digest"]["sha256"],
        statement["predicateType"],
        statement["predicate"],
    )
    trust = Trust("", sigstore=(sigstore_root(rig.trusted_root()),))
    raw = json.dumps(document).encode()
    good = verify_model_signature(raw, signed_files(MODEL), trust, now=rig.now)
    assert (good.status, good.signer.identity) == (Status.VERIFIED, IDENTITY)
    bad = verify_model_signature(raw, signed_files({**MODEL, "config.json": b"x"}), trust, now=rig.now)
    assert (bad.status, bad.modified, bad.signer.identity) == (
        Status.TAMPERED,
        ("config.json",),
        IDENTITY,
    )


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (IdentityRule("*.whl", ISSUER, IDENTITY), None),
        (IdentityRule("**", ISSUER, "*@example.com"), None),
        (IdentityRule("**", ISSUER, "someone@example.com"), Code.IDENTITY_MISMATCH),
        (IdentityRule("**", "https://other.example", IDENTITY), Code.IDENTITY_MISMATCH),
        (IdentityRule("*.jar", ISSUER, IDENTITY), Code.IDENTITY_MISMATCH),
        (
            IdentityRule("**", ISSUER, IDENTITY, {"source_ref": "main"}),
            Code.IDENTITY_MISMATCH,
        ),
    ],
)
def test_identity_rules_decide_who_is_welcome(
    rig: Rig, message: dict[str, Any], rule: IdentityRule, code: Code | None
) -> None:
    result = verify(message, rig, identities=(rule,))
    assert result.code is code
    assert result.signer.identity == IDENTITY


@pytest.mark.parametrize("group", ["tlogs", "ctlogs", "certificateAuthorities"])
def test_retired_material_is_refused(rig: Rig, message: dict[str, Any], group: str) -> None:
    retired = sigstore_root(rig.trusted_root(**{group: rig.now - HOUR}))
    assert (
        verify(message, rig, retired).status,
        verify(message, rig, retired).code,
    ) == (
        Status.UNTRUSTED_SIGNER,
        Code.KEY_RETIRED,
    )
    inclusive = sigstore_root(rig.trusted_root(**{group: rig.now}))
    assert verify(message, rig, inclusive).status is Status.VERIFIED


@pytest.mark.parametrize("group", ["tlogs", "ctlogs", "certificateAuthorities"])
def test_material_that_the_root_does_not_describe_is_refused(rig: Rig, message: dict[str, Any], group: str) -> None:
    root = rig.trusted_root()
    foreign = Rig(rig.now).trusted_root()
    assert verify(message, rig, sigstore_root({**root, group: foreign[group]})).status is not Status.VERIFIED
    assert verify(message, rig, sigstore_root({**root, group: []})).code in (
        Code.NO_TRUST_ROOT,
        Code.UNTRUSTED_CHAIN,
    )


def test_a_log_key_under_another_name_is_refused(rig: Rig, message: dict[str, Any]) -> None:
    # sigstore-python tries every key when no name fits, so only the window test notices
    root = changed(rig.trusted_root(), ["tlogs", 0, "logId", "keyId"], b64(b"x" * 32))
    assert verify(message, rig, sigstore_root(root)).code is Code.KEY_RETIRED


def test_another_instance_and_the_public_one_do_not_know_the_signer(rig: Rig, message: dict[str, Any]) -> None:
    import sigstore

    store = Path(sigstore.__file__).parent / "_store"
    public = next(store.glob("*tuf-repo-cdn.sigstore.dev/trusted_root.json")).read_bytes()
    for root in (
        sigstore_root(Rig(rig.now).trusted_root()),
        SigstoreRoot("public", public, ""),
    ):
        result = verify(message, rig, root)
        assert (result.status, result.code) == (
            Status.UNTRUSTED_SIGNER,
            Code.UNTRUSTED_CHAIN,
        )
        assert result.signer.identity is None
    assert (
        verify(
            message,
            rig,
            SigstoreRoot("public", public, ""),
            sigstore_root(rig.trusted_root()),
        ).code
        is None
    )


def test_a_trusted_root_can_be_too_old_or_broken(rig: Rig, message: dict[str, Any]) -> None:
    root = sigstore_root(rig.trusted_root(), max_age_days=30)
    raw, trust = json.dumps(message).encode(), Trust("", sigstore=(root,))
    late = rig.now + timedelta(days=60)
    assert verify_artifact_signature(raw, SHA256, trust, now=rig.now).status is Status.VERIFIED
    assert verify_artifact_signature(raw, SHA256, trust, now=late).code is Code.NO_TRUST_ROOT
    for broken in (b"", b"{}", root.raw.replace(b"start", b"begin")):
        assert verify(message, rig, replace(root, raw=broken)).code is Code.NO_TRUST_ROOT
    assert verify_artifact_signature(raw, SHA256, Trust(""), now=rig.now).code is Code.NO_TRUST_ROOT


PROOF = [*ENTRY, "inclusionProof"]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ([MATERIAL, "tlogEntries"], [], Code.UNSUPPORTED),
        (PROOF, ..., Code.UNSUPPORTED),
        ([*PROOF, "checkpoint"], ..., Code.UNSUPPORTED),
        ([*ENTRY, "kindVersion", "kind"], "rfc3161", Code.UNSUPPORTED),
        ([*ENTRY, "kindVersion", "version"], "0.0.9", Code.UNSUPPORTED),
        ([*ENTRY, "kindVersion", "version"], ["0.0.1"], Code.MALFORMED),
        ([*ENTRY, "kindVersion"], None, Code.UNSUPPORTED),
        ([*ENTRY, "kindVersion", "kind"], "dsse", Code.LOG_INCONSISTENT),
        ([*ENTRY, "inclusionPromise"], ..., Code.MALFORMED),
        ([*ENTRY, "logIndex"], "-1", Code.MALFORMED),
        ([*ENTRY, "logIndex"], "7777", Code.LOG_INCONSISTENT),
        ([*ENTRY, "integratedTime"], "1", Code.CERT_EXPIRED),
        ([*ENTRY, "integratedTime"], "0", Code.NO_TRUSTED_TIME),
        ([*ENTRY, "integratedTime"], str(2**63), Code.NO_TRUSTED_TIME),
        ([*PROOF, "treeSize"], "100", Code.LOG_INCONSISTENT),
        ([*PROOF, "hashes"], [], Code.LOG_INCONSISTENT),
        ([*PROOF, "rootHash"], b64(b"x" * 32), Code.LOG_INCONSISTENT),
        ([*PROOF, "checkpoint", "envelope"], "x", Code.LOG_INCONSISTENT),
        (["messageSignature", "messageDigest"], ..., None),
    ],
)
def test_every_flipped_field_of_the_log_entry_has_its_code(
    rig: Rig,
    message: dict[str, Any],
    path: list[str | int],
    value: Any,
    code: Code | None,
) -> None:
    assert verify(changed(message, path, value), rig).code is code


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ([*ENTRY, "canonicalizedBody"], Code.LOG_INCONSISTENT),
        ([*ENTRY, "inclusionPromise", "signedEntryTimestamp"], Code.LOG_INCONSISTENT),
        ([*PROOF, "rootHash"], Code.LOG_INCONSISTENT),
        (["messageSignature", "signature"], Code.BAD_SIGNATURE),
        (["messageSignature", "messageDigest", "digest"], Code.SUBJECT_MISMATCH),
    ],
)
def test_every_flipped_bit_has_its_code(rig: Rig, message: dict[str, Any], path: list[str | int], code: Code) -> None:
    value = message
    for step in path:
        value = value[step]  # type: ignore[index]
    assert verify(changed(message, path, flipped(value)), rig).code is code  # type: ignore[arg-type]


def test_a_bundle_of_an_older_version_is_read_with_a_chain(rig: Rig, message: dict[str, Any]) -> None:
    chain = {"certificates": [message[MATERIAL]["certificate"]]}
    entries = message[MATERIAL]["tlogEntries"]
    chained = changed(message, [MATERIAL], {"x509CertificateChain": chain, "tlogEntries": entries})
    assert verify(chained, rig).code is Code.UNSUPPORTED
    for version in ("0.1", "0.2"):
        media_type = f"application/vnd.dev.sigstore.bundle+json;version={version}"
        assert verify(changed(chained, ["mediaType"], media_type), rig).status is Status.VERIFIED
        assert verify(changed(message, ["mediaType"], media_type), rig).code is Code.MALFORMED


def test_swapped_certificates_and_entries_are_refused(rig: Rig, message: dict[str, Any]) -> None:
    other = rig.sign_artifact(b"something else")
    swapped = changed(message, ENTRY, other[MATERIAL]["tlogEntries"][0])
    assert verify(swapped, rig).code is Code.LOG_INCONSISTENT
    stolen = changed(message, [MATERIAL, "certificate"], other[MATERIAL]["certificate"])
    assert verify(stolen, rig).code is Code.BAD_SIGNATURE
    assert verify(other, rig).code is Code.SUBJECT_MISMATCH


def signed_by_hand(rig: Rig, *, body: Any = None, **options: Any) -> dict[str, Any]:
    """A statement signed with a fresh certificate, entered into the log with any body."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = rig.issue(key.public_key(), {"iss": ISSUER, "email": IDENTITY}, **options)[0]
    payload = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "a.whl", "digest": {"sha256": SHA256}}],
            "predicateType": "https://slsa.dev/provenance/v1",
        }
    ).encode()
    document = json.loads(envelope_bundle(key, payload))
    signature = document["dsseEnvelope"]["signatures"][0]["sig"]
    pem = b64(leaf.public_bytes(Encoding.PEM))
    entry = body(payload, signature, pem) if body else dsse_body(payload, signature, pem)
    document[MATERIAL] = {
        "certificate": {"rawBytes": b64(leaf.public_bytes(Encoding.DER))},
        "tlogEntries": [rig.log_entry(entry)],
    }
    return document


def dsse_body(payload: bytes, signature: str, pem: str) -> dict[str, Any]:
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": dsse_spec(payload, signature, pem),
    }


def intoto_body(payload: bytes, signature: str, pem: str) -> dict[str, Any]:
    """What npm's provenance is entered as."""
    envelope = {
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"publicKey": pem, "sig": b64(signature.encode())}],
    }
    payload_hash = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
    hashed = {"algorithm": "sha256", "value": "0" * 64}
    content = {"envelope": envelope, "hash": hashed, "payloadHash": payload_hash}
    return {"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}}


def test_npm_provenance_entries_are_verified(rig: Rig) -> None:
    assert verify(signed_by_hand(rig, body=intoto_body), rig).status is Status.VERIFIED


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["payloadHash", "value"], "0" * 64),
        (["payloadHash", "algorithm"], "sha1"),
        (["envelope", "signatures", 0, "sig"], b64(b"x")),
        (["envelope", "signatures", 0, "publicKey"], b64(b"x")),
        (["envelope", "signatures"], []),
        (["envelope"], ...),
    ],
)
def test_npm_entries_about_something_else_are_refused(rig: Rig, path: list[str | int], value: Any) -> None:
    def body(payload: bytes, signature: str, pem: str) -> dict[str, Any]:
        return changed(intoto_body(payload, signature, pem), ["spec", "content", *path], value)

    assert verify(signed_by_hand(rig, body=body), rig).code is Code.LOG_INCONSISTENT


def test_npm_entries_need_their_promise(rig: Rig) -> None:
    document = signed_by_hand(rig, body=intoto_body)
    assert verify(changed(document, [*ENTRY, "integratedTime"], ...), rig).code is Code.NO_TRUSTED_TIME


def test_dsse_entries_about_something_else_are_refused(rig: Rig) -> None:
    assert verify(signed_by_hand(rig), rig).status is Status.VERIFIED
    wrong = signed_by_hand(rig, body=lambda payload, signature, pem: dsse_body(b"x", signature, pem))
    assert verify(wrong, rig).code is Code.LOG_INCONSISTENT


@pytest.mark.parametrize(
    ("options", "code"),
    [({"eku": "SERVER_AUTH"}, Code.WRONG_EKU), ({"ttl": 600}, None)],
)
def test_certificates_for_other_purposes_are_refused(rig: Rig, options: dict[str, Any], code: Code | None) -> None:
    assert verify(signed_by_hand(rig, **options), rig).code is code


def test_a_signature_made_after_the_certificate_ended_is_refused(rig: Rig) -> None:
    late = Rig(rig.now)
    document = signed_by_hand(late, ttl=1)
    late.now += timedelta(seconds=60)
    entry = late.log_entry(json.loads(base64.b64decode(document[MATERIAL]["tlogEntries"][0]["canonicalizedBody"])))
    result = verify(changed(document, ENTRY, entry), rig, sigstore_root(late.trusted_root()))
    assert result.code is Code.CERT_EXPIRED


def managed(rig: Rig, key: ec.EllipticCurvePrivateKey, **changes: Any) -> dict[str, Any]:
    """An artifact signed with a plain key and entered into the log."""
    signature = b64(emit.sign(key, CONTENT))
    logged = {
        "signature": signature,
        "digest": SHA256,
        "pem": keys.spki_pem(key.public_key()),
    } | changes
    body = {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": logged["digest"]}},
            "signature": {
                "content": logged["signature"],
                "publicKey": {"content": b64(logged["pem"])},
            },
        },
    }
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        MATERIAL: {
            "publicKey": {"hint": "release"},
            "tlogEntries": [rig.log_entry(body)],
        },
        "messageSignature": {"signature": signature},
    }


def test_a_log_entry_gives_a_plain_key_its_time(rig: Rig, key: ec.EllipticCurvePrivateKey) -> None:
    trusted = Trust.of_keys({"release": key.public_key()}).keys
    document = managed(rig, key)
    logged = verify(document, rig, keys=trusted)
    assert (logged.status, logged.method) == (Status.VERIFIED, "key")
    assert (logged.signed_at, logged.time_source, logged.warnings) == (
        rig.now,
        "rekor-set",
        (),
    )
    foreign = verify(document, rig, sigstore_root(Rig(rig.now).trusted_root()), keys=trusted)
    assert (foreign.status, foreign.time_source) == (Status.VERIFIED, "none")
    assert ended(trusted, document, rig, HOUR).status is Status.VERIFIED
    assert ended(trusted, document, rig, -HOUR).code is Code.KEY_RETIRED
    retired = sigstore_root(rig.trusted_root(tlogs=rig.now - HOUR))
    assert verify(document, rig, retired, keys=trusted).code is Code.KEY_RETIRED


def ended(trusted: tuple[TrustedKey, ...], document: Any, rig: Rig, after: timedelta) -> SignatureResult:
    return verify(document, rig, keys=(replace(trusted[0], not_after=rig.now + after),))


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": b64(b"x")},
        {"digest": "0" * 64},
        {"pem": keys.spki_pem(ec.generate_private_key(ec.SECP256R1()).public_key())},
        {"pem": b"x"},
    ],
)
def test_a_log_entry_about_another_signature_is_refused(
    rig: Rig, key: ec.EllipticCurvePrivateKey, changes: dict[str, Any]
) -> None:
    trusted = Trust.of_keys({"release": key.public_key()}).keys
    assert verify(managed(rig, key, **changes), rig, keys=trusted).code is Code.LOG_INCONSISTENT


def test_a_statement_by_a_plain_key_gets_its_time_too(rig: Rig, key: ec.EllipticCurvePrivateKey) -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "a.whl", "digest": {"sha256": SHA256}}],
        "predicateType": "https://slsa.dev/provenance/v1",
    }
    document = json.loads(emit.sign_statement(statement, key))
    payload = base64.b64decode(document["dsseEnvelope"]["payload"])
    pem = b64(keys.spki_pem(key.public_key()))
    entry = rig.log_entry(dsse_body(payload, document["dsseEnvelope"]["signatures"][0]["sig"], pem))
    trusted = Trust.of_keys({"release": key.public_key()}).keys
    result = verify(changed(document, [MATERIAL, "tlogEntries"], [entry]), rig, keys=trusted)
    assert (result.status, result.time_source) == (Status.VERIFIED, "rekor-set")
    broken = changed(entry, ["canonicalizedBody"], flipped(entry["canonicalizedBody"]))
    assert (
        verify(changed(document, [MATERIAL, "tlogEntries"], [broken]), rig, keys=trusted).code is Code.LOG_INCONSISTENT
    )


def test_the_answer_does_not_depend_on_home_or_its_caches(
    rig: Rig, message: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = tmp_path / ".cache" / "sigstore-python" / "tuf" / "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
    poisoned.mkdir(parents=True)
    (poisoned / "trusted_root.json").write_text(json.dumps(rig.trusted_root()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    foreign = sigstore_root(Rig(rig.now).trusted_root())
    assert verify(message, rig, foreign).code is Code.UNTRUSTED_CHAIN
    monkeypatch.setenv("HOME", "/proc/1/nowhere")
    assert verify(message, rig).status is Status.VERIFIED
