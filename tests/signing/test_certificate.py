"""Corporate certificates: one good chain, and every way in which a chain is not good enough."""

from __future__ import annotations

import base64
import json
import warnings
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from scanner.signing import emit
from scanner.signing.result import Code, SignatureResult, Status
from scanner.signing.trust import Trust, TrustedAuthority
from scanner.signing.verify import verify_model_signature
from tests.signing.authority import CODE_SIGNING, TLS, Authority, certificate, material
from tests.signing.helpers import MODEL, NOW, envelope_bundle, signed_files
from tests.signing.rig import usage

PAYLOAD = json.dumps(emit.model_statement(signed_files(MODEL), "model")).encode()
DAY = timedelta(days=1)


def trust_in(authority: Authority, **options: Any) -> Trust:
    return Trust("", authorities=(TrustedAuthority("corporate", (authority.root,), **options),))


def verify(key: emit.PrivateKey, trust: Trust, *chain: x509.Certificate) -> SignatureResult:
    raw = envelope_bundle(key, PAYLOAD, **material(*chain))
    return verify_model_signature(raw, signed_files(MODEL), trust, now=NOW)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_a_good_chain_verifies_and_names_the_signer(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    leaf = authority.leaf(key)
    result = verify(key, trust_in(authority), leaf, authority.intermediate)
    assert result.status is Status.VERIFIED
    assert result.method == "certificate"
    assert (result.signer.identity, result.signer.issuer) == (
        "release@example.com",
        "CN=intermediate",
    )
    assert (result.signer.name, result.time_source) == ("corporate", "none")
    assert result.claims["serial"] == "2a"
    assert result.warnings == ("no trusted timestamp",)


def test_a_root_that_the_bundle_sends_changes_nothing(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    leaf = authority.leaf(key)
    trusted, foreign = trust_in(authority), trust_in(Authority())
    assert verify(key, trusted, leaf, authority.intermediate, authority.root).status is Status.VERIFIED
    refused = verify(key, foreign, leaf, authority.intermediate, authority.root)
    assert (refused.status, refused.code) == (
        Status.UNTRUSTED_SIGNER,
        Code.UNTRUSTED_CHAIN,
    )
    assert refused.signer.identity is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start": NOW - 30 * DAY, "end": NOW - DAY}, Code.CERT_EXPIRED),
        ({"start": NOW + DAY, "end": NOW + 30 * DAY}, Code.CERT_EXPIRED),
        ({"eku": [TLS]}, Code.WRONG_EKU),
        ({"eku": []}, Code.WRONG_EKU),
        (
            {
                "ca": True,
                "key_usage": usage(digital_signature=True, key_cert_sign=True),
            },
            Code.UNTRUSTED_CHAIN,
        ),
        ({"key_usage": usage(key_encipherment=True)}, Code.UNTRUSTED_CHAIN),
        ({"key_usage": None}, Code.UNTRUSTED_CHAIN),
        ({"critical": "1.2.3.4"}, Code.UNTRUSTED_CHAIN),
    ],
    ids=[
        "expired",
        "future",
        "tls",
        "no-eku",
        "ca-leaf",
        "usage",
        "no-usage",
        "critical",
    ],
)
def test_a_wrong_leaf_is_refused(
    authority: Authority,
    key: ec.EllipticCurvePrivateKey,
    changes: dict[str, Any],
    code: Code,
) -> None:
    result = verify(key, trust_in(authority), authority.leaf(key, **changes), authority.intermediate)
    assert (result.status, result.code) == (Status.UNTRUSTED_SIGNER, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_usage": usage(digital_signature=True)}, Code.UNTRUSTED_CHAIN),
        ({"key_usage": None}, Code.UNTRUSTED_CHAIN),
        ({"ca": False}, Code.UNTRUSTED_CHAIN),
        ({"eku": [TLS]}, Code.WRONG_EKU),
        ({"end": NOW - DAY}, Code.CERT_EXPIRED),
    ],
    ids=["no-cert-sign", "no-usage", "no-ca", "tls", "expired"],
)
@pytest.mark.parametrize("which", ["root", "intermediate"])
def test_a_wrong_authority_is_refused(
    key: ec.EllipticCurvePrivateKey, which: str, changes: dict[str, Any], code: Code
) -> None:
    authority = Authority(**{which: changes})
    result = verify(key, trust_in(authority), authority.leaf(key), authority.intermediate)
    assert (result.status, result.code) == (Status.UNTRUSTED_SIGNER, code)


def test_a_path_length_is_respected(key: ec.EllipticCurvePrivateKey) -> None:
    authority = Authority(root={"path_length": 0})
    assert verify(key, trust_in(authority), authority.leaf(key), authority.intermediate).code is Code.UNTRUSTED_CHAIN


def test_a_leaf_cannot_issue(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    middle = ec.generate_private_key(ec.SECP256R1())
    forged = certificate(
        "forged",
        key,
        "leaf",
        middle,
        key_usage=usage(digital_signature=True),
        eku=[CODE_SIGNING],
    )
    result = verify(key, trust_in(authority), forged, authority.leaf(middle), authority.intermediate)
    assert (result.status, result.code) == (
        Status.UNTRUSTED_SIGNER,
        Code.UNTRUSTED_CHAIN,
    )


@pytest.mark.parametrize("bits", [1024, 2048])
def test_a_short_rsa_leaf_is_refused(authority: Authority, bits: int) -> None:
    short = rsa.generate_private_key(65537, bits)
    result = verify(short, trust_in(authority), authority.leaf(short), authority.intermediate)
    assert (result.status, result.code) == (
        Status.UNTRUSTED_SIGNER,
        Code.UNTRUSTED_CHAIN,
    )


def test_a_signature_by_another_key_is_bad(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    result = verify(other, trust_in(authority), authority.leaf(key), authority.intermediate)
    assert (result.status, result.code) == (Status.INVALID, Code.BAD_SIGNATURE)


def test_bytes_that_are_no_certificate_are_malformed(key: ec.EllipticCurvePrivateKey, authority: Authority) -> None:
    raw = envelope_bundle(key, PAYLOAD, x509CertificateChain={"certificates": [{"rawBytes": "MIIB"}]})
    assert verify_model_signature(raw, {}, trust_in(authority), now=NOW).code is Code.MALFORMED


def test_without_an_authority_nothing_is_decided(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    result = verify(key, Trust(""), authority.leaf(key), authority.intermediate)
    assert (result.status, result.code) == (Status.UNTRUSTED_SIGNER, Code.NO_TRUST_ROOT)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"identity": "*@example.com"}, None),
        ({"identity": "*@other.example"}, Code.IDENTITY_MISMATCH),
        ({"at": "timestamp"}, Code.NO_TRUSTED_TIME),
    ],
)
def test_the_trust_file_narrows_an_authority(
    authority: Authority,
    key: ec.EllipticCurvePrivateKey,
    options: dict[str, Any],
    code: Code | None,
) -> None:
    result = verify(key, trust_in(authority, **options), authority.leaf(key), authority.intermediate)
    assert result.code is code


def test_an_identity_mismatch_still_says_who_signed(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    result = verify(
        key,
        trust_in(authority, identity="x"),
        authority.leaf(key),
        authority.intermediate,
    )
    assert result.status is Status.UNTRUSTED_SIGNER
    assert result.signer.identity == "release@example.com"
    assert set(result.covers) == set(MODEL)


def test_a_revoked_certificate_is_refused(authority: Authority, key: ec.EllipticCurvePrivateKey) -> None:
    chain = authority.leaf(key), authority.intermediate
    assert verify(key, trust_in(authority, crl=authority.crl([42])), *chain).code is Code.KEY_REVOKED
    unrevoked = verify(key, trust_in(authority, crl=authority.crl([43])), *chain)
    assert (unrevoked.status, unrevoked.warnings) == (
        Status.VERIFIED,
        ("no trusted timestamp",),
    )


def test_a_revocation_list_that_says_nothing_is_mentioned(
    authority: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    chain = authority.leaf(key), authority.intermediate
    foreign = verify(key, trust_in(authority, crl=Authority().crl([42])), *chain)
    assert "the revocation list is not by an authority of this chain" in foreign.warnings
    old = verify(key, trust_in(authority, crl=authority.crl([], until=NOW - DAY)), *chain)
    assert "the revocation list is out of date" in old.warnings


def test_the_authority_that_knows_the_certificate_explains(
    authority: Authority, key: ec.EllipticCurvePrivateKey
) -> None:
    good, foreign = (trust_in(one).authorities[0] for one in (authority, Authority()))
    expired = authority.leaf(key, eku=[TLS])
    result = verify(key, Trust("", authorities=(foreign, good)), expired, authority.intermediate)
    assert result.code is Code.WRONG_EKU


@pytest.mark.parametrize("which", [0, 1])
def test_a_signature_of_a_certificate_has_one_encoding(which: int) -> None:
    for _ in range(4):  # a fresh signature ends with a zero bit every second time
        authority, signer = Authority(), ec.generate_private_key(ec.SECP256R1())
        chain = [authority.leaf(signer), authority.intermediate]
        document = material(*chain)
        entry = document["x509CertificateChain"]["certificates"][which]
        der = bytearray(base64.b64decode(entry["rawBytes"]))
        der[-len(chain[which].signature) - 1] = 1
        entry["rawBytes"] = base64.b64encode(der).decode()
        raw = envelope_bundle(signer, PAYLOAD, **document)
        result = verify_model_signature(raw, signed_files(MODEL), trust_in(authority), now=NOW)
        assert result.status in (Status.INVALID, Status.UNTRUSTED_SIGNER)


PARTS = Authority()
SIGNER = ec.generate_private_key(ec.SECP256R1())
CHAIN = [PARTS.leaf(SIGNER), PARTS.intermediate]


@given(st.integers(0, 1), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_in_a_certificate_never_verifies_and_never_raises(which: int, place: int, flip: int) -> None:
    document = material(*CHAIN)
    entry = document["x509CertificateChain"]["certificates"][which]
    der = bytearray(base64.b64decode(entry["rawBytes"]))
    der[place % len(der)] ^= flip
    entry["rawBytes"] = base64.b64encode(der).decode()
    raw = envelope_bundle(SIGNER, PAYLOAD, **document)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = verify_model_signature(raw, signed_files(MODEL), trust_in(PARTS), now=NOW)
    assert result.status in (Status.INVALID, Status.UNTRUSTED_SIGNER)
