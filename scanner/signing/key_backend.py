"""Signatures by a plain key of the trust file: no certificate, and a trusted time only with a log entry or a timestamp."""

from __future__ import annotations

from datetime import datetime

from scanner.signing import keys
from scanner.signing.bundle import Bundle, PublicKeyMaterial
from scanner.signing.result import Code, Proof, Rejected, Signer
from scanner.signing.signed import Signed
from scanner.signing.trust import Trust, TrustedKey
from scanner.signing.trusted_time import NO_TIME_WARNING, find_time


def prove(bundle: Bundle, material: PublicKeyMaterial, signed: Signed, trust: Trust, now: datetime) -> Proof:
    """Find the trusted key that made the signature.

    Every trusted key is tried, hinted ones first, because nobody vouches for the hint. Raises :class:`Rejected`:
    ``no-trust-root``, ``unknown-key``, ``bad-signature``, ``unsupported``, ``log-inconsistent``.
    """
    if not trust.keys:
        raise Rejected(Code.NO_TRUST_ROOT, "the trust file has no keys")
    hinted = [trusted for trusted in trust.keys if keys.is_hinted(trusted.key, material)]
    others = [trusted for trusted in trust.keys if trusted not in hinted]
    signer = next((trusted for trusted in [*hinted, *others] if signed.is_by(trusted.key)), None)
    if signer is None:
        raise _nobody(hinted, signed)
    signed_at, source = find_time(bundle, signed, signer.key, trust, now)
    return Proof(
        method="key",
        signer=Signer(identity=signer.identity, name=signer.name, key_id=signer.key_id),
        algorithm=keys.algorithm(signer.key),
        signed_at=signed_at,
        time_source=source,
        warnings=() if signed_at else (NO_TIME_WARNING,),
        objection=_objection(signer, signed_at, now),
    )


def _nobody(hinted: list[TrustedKey], signed: Signed) -> Rejected:
    if not hinted:
        return Rejected(Code.UNKNOWN_KEY, "no key of the trust file made this signature")
    if not any(signed.can_be_by(trusted.key) for trusted in hinted):
        return Rejected(Code.UNSUPPORTED, "a message signature by this kind of key needs the whole message")
    return Rejected(Code.BAD_SIGNATURE, "the signature is not by the trusted key that it names")


def _objection(signer: TrustedKey, signed_at: datetime | None, now: datetime) -> Rejected | None:
    if signer.revoked:
        return Rejected(Code.KEY_REVOKED, "the trust file revokes this key")
    if signer.not_after is None or (signed_at or now) <= signer.not_after:
        return None
    if signed_at is None:
        return Rejected(Code.NO_TRUSTED_TIME, "the key has ended and nothing proves that the signature is older")
    return Rejected(Code.KEY_RETIRED, "the signature is younger than the end of the key")
