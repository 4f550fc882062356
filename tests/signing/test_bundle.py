"""Bundles: what is read, and what is refused before any cryptography."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.signing.bundle import (
    CertificateMaterial,
    Envelope,
    MessageSignature,
    PublicKeyMaterial,
    pae,
    parse_bundle,
)
from scanner.signing.result import Code, Rejected
from tests.signing.helpers import changed

A = base64.b64encode(b"a").decode()
KEY = {"publicKey": {"hint": "h"}, "tlogEntries": []}
ENVELOPE = {"payload": A, "payloadType": "t", "signatures": [{"sig": A, "keyid": ""}]}
GOOD: dict[str, Any] = {
    "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "verificationMaterial": KEY,
    "dsseEnvelope": ENVELOPE,
}


def refusal(document: Any) -> Code:
    with pytest.raises(Rejected) as caught:
        parse_bundle(json.dumps(document).encode())
    return caught.value.code


def test_pae_is_the_one_of_the_specification() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("application/vnd.in-toto+json", b"{}") == b"DSSEv1 28 application/vnd.in-toto+json 2 {}"
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_a_key_bundle_is_read() -> None:
    bundle = parse_bundle(json.dumps(GOOD).encode())
    assert bundle.material == PublicKeyMaterial("h", None)
    assert bundle.content == Envelope("t", b"a", b"a")


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3"])
def test_older_media_types_and_message_signatures_are_read(version: str) -> None:
    document = {
        "mediaType": f"application/vnd.dev.sigstore.bundle+json;version={version}",
        "verificationMaterial": {
            "x509CertificateChain": {"certificates": [{"rawBytes": A}]},
            "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": A}]},
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": A},
            "signature": A,
        },
    }
    bundle = parse_bundle(json.dumps(document).encode())
    assert bundle.material == CertificateMaterial((b"a",), single=False)
    assert bundle.content == MessageSignature(b"a", ("SHA2_256", b"a"))
    assert bundle.timestamps == (b"a",)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (
            ["mediaType"],
            "application/vnd.dev.sigstore.bundle.v0.4+json",
            Code.UNSUPPORTED,
        ),
        (["mediaType"], "application/json", Code.MALFORMED),
        (["mediaType"], ..., Code.MALFORMED),
        (["mediaType"], [], Code.MALFORMED),
        (["extra"], 1, Code.MALFORMED),
        (["media_type"], GOOD["mediaType"], Code.MALFORMED),
        (["messageSignature"], {"signature": A}, Code.MALFORMED),
        (["dsseEnvelope"], ..., Code.MALFORMED),
        (["dsseEnvelope"], None, Code.MALFORMED),
        (["dsseEnvelope"], [], Code.MALFORMED),
        (["dsseEnvelope", "payload"], "e30", Code.MALFORMED),
        (["dsseEnvelope", "payload"], "", Code.MALFORMED),
        (["dsseEnvelope", "payloadType"], 7, Code.MALFORMED),
        (["dsseEnvelope", "signatures"], [], Code.MALFORMED),
        (["dsseEnvelope", "signatures"], [{"sig": A}, {"sig": A}], Code.MALFORMED),
        (["dsseEnvelope", "signatures"], {"sig": A}, Code.MALFORMED),
        (["dsseEnvelope", "signatures", 0, "keyid"], 7, Code.MALFORMED),
        (["dsseEnvelope", "signatures", 0, "cert"], A, Code.MALFORMED),
        (["verificationMaterial"], {}, Code.MALFORMED),
        (["verificationMaterial"], {"tlogEntries": []}, Code.MALFORMED),
        (["verificationMaterial", "certificate"], {"rawBytes": A}, Code.MALFORMED),
        (["verificationMaterial", "publicKey"], {"hint": 7}, Code.MALFORMED),
        (["verificationMaterial", "tlogEntries"], [1], Code.MALFORMED),
        (["verificationMaterial", "tlogEntries"], [{}] * 9, Code.MALFORMED),
        (
            ["verificationMaterial"],
            {"x509CertificateChain": {"certificates": []}},
            Code.MALFORMED,
        ),
        (
            ["verificationMaterial"],
            {"x509CertificateChain": {"certificates": [{"rawBytes": A}] * 9}},
            Code.MALFORMED,
        ),
        (
            ["verificationMaterial", "timestampVerificationData"],
            {"rfc3161Timestamps": [{"signedTimestamp": A}, {"signedTimestamp": A}]},
            Code.MALFORMED,
        ),
    ],
)
def test_a_bundle_that_breaks_one_rule_is_refused(path: list[str | int], value: Any, code: Code) -> None:
    assert refusal(changed(GOOD, path, value)) is code


def test_a_repeated_member_cannot_show_two_readers_two_bundles() -> None:
    raw = json.dumps(GOOD).replace('"payloadType": "t"', '"payloadType": "t", "payloadType": "u"').encode()
    with pytest.raises(Rejected):
        parse_bundle(raw)


@given(st.binary(max_size=200))
def test_bytes_are_a_bundle_or_rejected(raw: bytes) -> None:
    with pytest.raises(Rejected):
        parse_bundle(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"]), _JSON)
def test_any_json_in_any_place_is_a_bundle_or_rejected(place: str, value: Any) -> None:
    try:
        parse_bundle(json.dumps({**GOOD, place: value}).encode())
    except Rejected as rejection:
        assert rejection.code is Code.MALFORMED
