"""RFC 3161 timestamps as the source of a signature's time."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanner.signing.emit import model_statement
from scanner.signing.result import Code, SignatureResult, Status
from scanner.signing.trust import Trust, TrustedAuthority
from scanner.signing.verify import verify_artifact_signature, verify_model_signature
from tests.signing.authority import Authority, material
from tests.signing.helpers import (
    MODEL,
    changed,
    envelope_bundle,
    model_bundle,
    signed_file,
    signed_files,
    sigstore_root,
    trust_in,
)
from tests.signing.rig import Rig, b64
from tests.signing.test_sigstore_backend import ENTRY, MATERIAL, intoto_body, signed_by_hand
from tests.signing.timestamping import TimestampAuthority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program makes the timestamps")

CONTENT = b"a released wheel"
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory, rig: Rig) -> TimestampAuthority:
    return TimestampAuthority(tmp_path_factory.mktemp("tsa"), rig.now)


def verify(document: Any, rig: Rig, *authorities: dict[str, Any]) -> SignatureResult:
    root = sigstore_root({**rig.trusted_root(), "timestampAuthorities": list(authorities)})
    raw, sha256 = json.dumps(document).encode(), signed_file(CONTENT).sha256
    return verify_artifact_signature(raw, sha256, Trust("", sigstore=(root,)), now=rig.now)


@pytest.fixture(scope="module")
def unpromised(rig: Rig) -> dict[str, Any]:
    """A bundle whose log entry carries no time: as Rekor v2 does, the timestamp has to give it."""
    document = rig.sign_artifact(CONTENT)
    return changed(changed(document, [*ENTRY, "inclusionPromise"], ...), [*ENTRY, "integratedTime"], ...)


def test_a_timestamp_alone_gives_the_time(rig: Rig, authority: TimestampAuthority, unpromised: dict[str, Any]) -> None:
    document, time = authority.stamped(unpromised, unpromised["messageSignature"]["signature"])
    result = verify(document, rig, authority.trusted(rig.now - DAY))
    assert (result.status, result.signed_at, result.time_source) == (Status.VERIFIED, time, "rfc3161")


def test_the_authoritys_window_includes_its_ends(
    rig: Rig, authority: TimestampAuthority, unpromised: dict[str, Any]
) -> None:
    document, time = authority.stamped(unpromised, unpromised["messageSignature"]["signature"])
    assert verify(document, rig, authority.trusted(rig.now - DAY, time)).status is Status.VERIFIED
    assert verify(document, rig, authority.trusted(time, time)).status is Status.VERIFIED
    assert verify(document, rig, authority.trusted(rig.now - DAY, time - SECOND)).code is Code.NO_TRUSTED_TIME
    assert verify(document, rig, authority.trusted(time + SECOND)).code is Code.NO_TRUSTED_TIME


def test_a_window_is_not_borrowed_from_another_authority(
    rig: Rig, authority: TimestampAuthority, unpromised: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = TimestampAuthority(tmp_path_factory.mktemp("other"), rig.now)
    document, _ = authority.stamped(unpromised, unpromised["messageSignature"]["signature"])
    retired = authority.trusted(rig.now - DAY, rig.now - DAY)
    assert verify(document, rig, other.trusted(rig.now - DAY), retired).code is Code.NO_TRUSTED_TIME
    assert verify(document, rig).code is Code.NO_TRUSTED_TIME


def test_a_timestamp_over_something_else_counts_for_nothing(
    rig: Rig, authority: TimestampAuthority, unpromised: dict[str, Any]
) -> None:
    document, _ = authority.stamped(unpromised, b64(b"another signature"))
    assert verify(document, rig, authority.trusted(rig.now - DAY)).code is Code.NO_TRUSTED_TIME


def test_bytes_that_are_no_timestamp_are_refused(rig: Rig, unpromised: dict[str, Any]) -> None:
    stamps = {"rfc3161Timestamps": [{"signedTimestamp": b64(b"x")}]}
    assert verify(changed(unpromised, [MATERIAL, "timestampVerificationData"], stamps), rig).status is Status.INVALID


def test_npm_entries_want_every_timestamp_to_verify(rig: Rig, authority: TimestampAuthority) -> None:
    plain = signed_by_hand(rig, body=intoto_body)
    document, _ = authority.stamped(plain, plain["dsseEnvelope"]["signatures"][0]["sig"])
    assert verify(document, rig, authority.trusted(rig.now - DAY)).status is Status.VERIFIED
    assert verify(document, rig, authority.trusted(rig.now - DAY, rig.now - DAY)).code is Code.NO_TRUSTED_TIME


def test_a_timestamp_proves_when_a_plain_key_signed(
    rig: Rig, authority: TimestampAuthority, key: ec.EllipticCurvePrivateKey
) -> None:
    plain = json.loads(model_bundle(key))
    document, time = authority.stamped(plain, plain["dsseEnvelope"]["signatures"][0]["sig"])
    good, foreign = authority.trusted(rig.now - DAY), authority.trusted(rig.now - DAY, rig.now - DAY)

    def judged(entry: dict[str, Any], not_after: datetime) -> SignatureResult:
        root = sigstore_root({**rig.trusted_root(), "timestampAuthorities": [entry]})
        trusted = replace(trust_in(key).keys[0], not_after=not_after)
        trust = Trust("", keys=(trusted,), sigstore=(root,))
        return verify_model_signature(json.dumps(document).encode(), signed_files(MODEL), trust, now=rig.now + DAY)

    stamped = judged(good, time)
    assert (stamped.status, stamped.signed_at, stamped.time_source) == (Status.VERIFIED, time, "rfc3161")
    assert judged(good, time - SECOND).code is Code.KEY_RETIRED
    assert judged(foreign, time).code is Code.NO_TRUSTED_TIME


def test_a_corporate_certificate_that_has_ended_is_judged_at_its_timestamp(
    rig: Rig, authority: TimestampAuthority, key: ec.EllipticCurvePrivateKey
) -> None:
    span = {"start": rig.now - DAY, "end": rig.now + DAY}
    corporate = Authority(root=span, intermediate=span)
    payload = json.dumps(model_statement(signed_files(MODEL), "model")).encode()
    chain = material(corporate.leaf(key, **span), corporate.intermediate)
    plain = json.loads(envelope_bundle(key, payload, **chain))
    document, time = authority.stamped(plain, plain["dsseEnvelope"]["signatures"][0]["sig"])
    root = sigstore_root({**rig.trusted_root(), "timestampAuthorities": [authority.trusted(rig.now - DAY)]})

    def judged(bundle: dict[str, Any], at: Literal["now", "timestamp"]) -> SignatureResult:
        trust = Trust("", authorities=(TrustedAuthority("corporate", (corporate.root,), at=at),), sigstore=(root,))
        return verify_model_signature(json.dumps(bundle).encode(), signed_files(MODEL), trust, now=rig.now + 9 * DAY)

    stamped = judged(document, "timestamp")
    assert (stamped.status, stamped.signed_at, stamped.warnings) == (Status.VERIFIED, time, ())
    assert judged(document, "now").code is Code.CERT_EXPIRED
    assert judged(plain, "timestamp").code is Code.NO_TRUSTED_TIME
