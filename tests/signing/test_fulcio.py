"""Names and claims in sigstore certificates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from scanner.signing.fulcio import (
    ARC,
    FulcioIdentity,
    der_utf8,
    read_identity,
)
from scanner.signing.result import Code, Rejected
from tests.signing import rig as rigging
from tests.signing.helpers import NOW
from tests.signing.rig import ISSUER, Rig

WORKFLOW = "https://github.com/org/repo/.github/workflows/release.yml@refs/heads/main"


def leaf(names: list[x509.GeneralName], extensions: dict[str, bytes], eku: bool = True) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(minutes=10))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    purpose = ExtendedKeyUsageOID.CODE_SIGNING if eku else ExtendedKeyUsageOID.SERVER_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    for number, value in extensions.items():
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{ARC}.{number}"), value)
        builder = builder.add_extension(unknown, critical=False)
    return builder.sign(key, hashes.SHA256())


URI = x509.UniformResourceIdentifier(WORKFLOW)
BOTH = {"1": ISSUER.encode(), "8": rigging.der_utf8(ISSUER)}


def test_the_claims_of_a_workflow_are_read(rig: Rig, key: ec.EllipticCurvePrivateKey) -> None:
    claims = {
        "iss": ISSUER,
        "sub": WORKFLOW,
        "repository_uri": "https://github.com/org/repo",
        "ref": "refs/heads/main",
    }
    found = read_identity(rig.issue(key.public_key(), claims)[0])
    assert found == FulcioIdentity(
        WORKFLOW,
        ISSUER,
        {
            "source_repository": "https://github.com/org/repo",
            "source_ref": "refs/heads/main",
        },
    )


def test_a_user_name_of_fulcios_own_type_is_read() -> None:
    other = x509.OtherName(x509.ObjectIdentifier(f"{ARC}.7"), rigging.der_utf8("someone!org"))
    assert read_identity(leaf([other], {"8": rigging.der_utf8(ISSUER)})).san == "someone!org"


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        (leaf([URI], BOTH, eku=False), Code.WRONG_EKU),
        (leaf([], BOTH), Code.WRONG_EKU),
        (leaf([URI, x509.RFC822Name("a@b.c")], BOTH), Code.MALFORMED),
        (leaf([x509.DNSName("a.b")], BOTH), Code.MALFORMED),
        (
            leaf(
                [x509.OtherName(x509.ObjectIdentifier("1.2.3"), rigging.der_utf8("a"))],
                BOTH,
            ),
            Code.MALFORMED,
        ),
        (leaf([URI], {}), Code.MALFORMED),
        (leaf([URI], {**BOTH, "1": b"https://evil.example"}), Code.MALFORMED),
        (leaf([URI], {"1": b"\xff"}), Code.MALFORMED),
        (leaf([URI], {**BOTH, "12": b"not DER"}), Code.MALFORMED),
    ],
)
def test_an_unclear_identity_is_refused(certificate: x509.Certificate, code: Code) -> None:
    with pytest.raises(Rejected) as refusal:
        read_identity(certificate)
    assert refusal.value.code is code


@given(st.text(max_size=400))
def test_utf8_strings_are_read_back(value: str) -> None:
    assert der_utf8(rigging.der_utf8(value)) == value


@given(st.binary(max_size=6).map(lambda tail: b"\x0c" + tail) | st.binary(max_size=4))
def test_bytes_are_a_utf8_string_or_rejected(value: bytes) -> None:
    try:
        assert rigging.der_utf8(der_utf8(value)) == value
    except Rejected as refusal:
        assert refusal.code is Code.MALFORMED
