"""PyPI attestations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.signing import pep740
from scanner.signing.result import Code, Rejected, SignatureResult, Status
from scanner.signing.trust import Trust
from scanner.signing.verify import verify_attestations
from tests.signing.helpers import changed, signed_file, sigstore_root
from tests.signing.rig import IDENTITY, Rig

NAME = "fraud_features-1.0-py3-none-any.whl"
SHA256 = signed_file(b"a wheel").sha256


def attestation(rig: Rig, name: str = NAME, predicate_type: str = pep740.PUBLISH) -> dict[str, Any]:
    bundle = rig.sign_statement(name, SHA256, predicate_type, {})
    material, envelope = bundle["verificationMaterial"], bundle["dsseEnvelope"]
    return {
        "version": 1,
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"],
            "transparency_entries": material["tlogEntries"],
        },
        "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},
    }


@pytest.fixture(scope="module")
def good(rig: Rig) -> dict[str, Any]:
    return attestation(rig)


def verify(document: Any, rig: Rig, sha256: str = SHA256) -> list[SignatureResult]:
    trust = Trust("", sigstore=(sigstore_root(rig.trusted_root()),))
    return verify_attestations(json.dumps(document).encode(), NAME, sha256, trust, now=rig.now)


def test_an_attestation_names_the_publisher(rig: Rig, good: dict[str, Any]) -> None:
    (result,) = verify(good, rig)
    assert (result.status, result.format, result.signer.identity) == (Status.VERIFIED, "pep740", IDENTITY)
    assert result.covers == {NAME: SHA256}


def test_a_provenance_object_gives_one_result_for_each_attestation(rig: Rig, good: dict[str, Any]) -> None:
    broken = changed(good, ["envelope", "signature"], "AAAA")
    group = {"publisher": {"kind": "GitHub", "repository": "not/signed"}, "attestations": [good, broken]}
    results = verify({"version": 1, "attestation_bundles": [group]}, rig)
    assert [result.code for result in results] == [None, Code.BAD_SIGNATURE]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": "other-1.0-py3-none-any.whl"}, Code.SUBJECT_MISMATCH),
        ({"predicate_type": "https://example.com/p"}, Code.PREDICATE_TYPE),
    ],
)
def test_another_file_name_or_predicate_is_refused(rig: Rig, options: dict[str, str], code: Code) -> None:
    (result,) = verify(attestation(rig, **options), rig)
    assert (result.status, result.code, result.covers) == (Status.INVALID, code, {})
    assert result.signer.identity == IDENTITY


def test_an_attestation_of_another_file_is_refused(rig: Rig, good: dict[str, Any]) -> None:
    assert [result.code for result in verify(good, rig, "0" * 64)] == [Code.SUBJECT_MISMATCH]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, Code.UNSUPPORTED),
        ({"version": 2}, Code.UNSUPPORTED),
        ({"version": True}, Code.UNSUPPORTED),
        ({"version": 1}, Code.MALFORMED),
        ({"version": 1, "attestation_bundles": []}, Code.MALFORMED),
        ({"version": 1, "attestation_bundles": [{"attestations": [{}] * 65}]}, Code.MALFORMED),
        ({"version": 1, "attestation_bundles": [[]]}, Code.MALFORMED),
    ],
)
def test_what_is_no_attestation_is_refused(document: Any, code: Code) -> None:
    with pytest.raises(Rejected) as refusal:
        pep740.read_bundles(json.dumps(document).encode())
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["extra"], 1),
        (["verification_material", "certificate"], 7),
        (["verification_material", "publicKey"], "x"),
        (["envelope", "payloadType"], "text/plain"),
        (["envelope", "statement"], ...),
    ],
)
def test_a_strange_member_is_refused(rig: Rig, good: dict[str, Any], path: list[str | int], value: Any) -> None:
    assert [result.code for result in verify(changed(good, path, value), rig)] == [Code.MALFORMED]
