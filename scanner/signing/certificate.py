"""Signatures by a certificate of a corporate authority, judged strictly.

Roots come from the trust file only. Path building and validity are done by ``cryptography.x509.verification``
(RFC 5280); what it leaves open with a permissive extension policy is tested here: key usage of the leaf and of every
authority, extended key usage, key sizes, hashes, revocation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from scanner.signing import keys
from scanner.signing.bundle import Bundle, CertificateMaterial
from scanner.signing.glob import matches
from scanner.signing.result import Code, Proof, Rejected, Signer
from scanner.signing.signed import Signed
from scanner.signing.trust import Trust, TrustedAuthority
from scanner.signing.trusted_time import NO_TIME_WARNING, find_time
from scanner.signing.x509_reading import PARSE_ERRORS, load_certificate

MIN_AUTHORITY_RSA_BITS = 2048
MAX_DEPTH = 6

Certificates = Sequence[x509.Certificate]
Extension = TypeVar("Extension", bound=x509.ExtensionType)


def prove(bundle: Bundle, material: CertificateMaterial, signed: Signed, trust: Trust, now: datetime) -> Proof:
    """Find the trusted authority behind the leaf that made the signature.

    Raises :class:`Rejected`: ``malformed``, ``no-trust-root``, ``bad-signature``, ``cert-expired``, ``wrong-eku``,
    ``untrusted-chain``, ``key-revoked``, ``no-trusted-time``.
    """
    leaf, *others = map(load_certificate, material.chain)
    key = _leaf_key(leaf)
    if not signed.can_be_by(key):
        raise Rejected(Code.UNSUPPORTED, "a message signature by this kind of key needs the whole message")
    if not signed.is_by(key):
        raise Rejected(Code.BAD_SIGNATURE, "the signature is not by the certificate in the bundle")
    if not trust.authorities:
        raise Rejected(Code.NO_TRUST_ROOT, "the trust file has no certificate authorities")
    # a root that the signer sends proves nothing
    sent = [certificate for certificate in others if certificate.subject != certificate.issuer]
    signed_at, source = find_time(bundle, signed, key, trust, now)
    authority, chain = _authority_of(leaf, sent, trust.authorities, now, signed_at)
    names = _names(leaf)
    welcome = [name for name in names if authority.identity is None or matches(authority.identity, name)]
    return Proof(
        method="certificate",
        signer=Signer(
            identity=next(iter(welcome or names), leaf.subject.rfc4514_string()),
            issuer=leaf.issuer.rfc4514_string(),
            name=authority.name,
            key_id=keys.key_id(key),
        ),
        algorithm=keys.algorithm(key),
        signed_at=signed_at,
        time_source=source,
        claims={
            "serial": f"{leaf.serial_number:x}",
            "fingerprint": leaf.fingerprint(hashes.SHA256()).hex(),
            "subject": leaf.subject.rfc4514_string(),
        },
        trust_root=authority.name,
        warnings=(*(() if signed_at else (NO_TIME_WARNING,)), *_list_warnings(authority, chain, now)),
        objection=_objection(authority, welcome),
    )


def _objection(authority: TrustedAuthority, welcome: Sequence[str]) -> Rejected | None:
    if authority.identity is not None and not welcome:
        return Rejected(Code.IDENTITY_MISMATCH, "the certificate has no name that the trust file allows this authority")
    return None


def _leaf_key(leaf: x509.Certificate) -> keys.PublicKey:
    try:
        return keys.accepted(leaf.public_key())
    except ValueError as error:
        raise Rejected(Code.UNTRUSTED_CHAIN, "the certificate's key is too short or of an unknown type") from error


def _authority_of(
    leaf: x509.Certificate,
    sent: Certificates,
    authorities: Sequence[TrustedAuthority],
    now: datetime,
    signed_at: datetime | None,
) -> tuple[TrustedAuthority, Certificates]:
    rejections = []
    for authority in authorities:
        try:
            time = now if authority.at == "now" else signed_at
            if time is None:
                raise Rejected(Code.NO_TRUSTED_TIME, "the trust file wants a trusted timestamp and none verifies")
            return authority, _verify_against(authority, leaf, sent, time)
        except Rejected as rejection:
            rejections.append(rejection)
    # an authority that knows the certificate explains the refusal better than one that does not
    raise next((known for known in rejections if known.code is not Code.UNTRUSTED_CHAIN), rejections[0])


def _verify_against(
    authority: TrustedAuthority, leaf: x509.Certificate, sent: Certificates, time: datetime
) -> Certificates:
    """The path leaf..root at that time, when every test of it succeeds."""
    chain = _build_chain(authority, leaf, sent, time)
    _expect_signing_leaf(leaf)
    for issuer in chain[1:]:
        _expect_authority(issuer)
    if any(isinstance(certificate.signature_hash_algorithm, hashes.SHA1 | hashes.MD5) for certificate in chain[:-1]):
        raise Rejected(Code.UNTRUSTED_CHAIN, "a certificate is signed with a broken hash")
    if authority.crl is not None:
        issued = _issued_by_signer_of(authority.crl, chain)
        if issued is not None and authority.crl.get_revoked_certificate_by_serial_number(issued.serial_number):
            raise Rejected(Code.KEY_REVOKED, "the authority revoked a certificate of the chain")
    return chain


def _build_chain(
    authority: TrustedAuthority, leaf: x509.Certificate, sent: Certificates, time: datetime
) -> list[x509.Certificate]:
    """The path leaf..root, as the library verifies it."""
    # the library's web defaults ask for extensions that signing certificates do not have
    authorities = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_ca)
    verifier = (
        PolicyBuilder()
        .store(Store(list(authority.roots)))
        .time(time)
        .max_chain_depth(MAX_DEPTH)
        .extension_policies(ca_policy=authorities, ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        return list(verifier.verify(leaf, list(sent)).chain)
    except (VerificationError, *PARSE_ERRORS) as error:
        issuers = {certificate.issuer for certificate in (leaf, *sent)}
        involved = [leaf, *sent, *(root for root in authority.roots if root.subject in issuers)]
        if any(not _is_valid_at(certificate, time) for certificate in involved):
            raise Rejected(Code.CERT_EXPIRED, "a certificate of the chain is not valid at this time") from error
        raise Rejected(Code.UNTRUSTED_CHAIN, "the certificate does not lead to a trusted root") from error


def _is_ca(policy: object, certificate: x509.Certificate, constraints: x509.BasicConstraints | None) -> None:
    if constraints is None or not constraints.ca:
        raise ValueError("not a certificate authority")


def _is_valid_at(certificate: x509.Certificate, time: datetime) -> bool:
    return certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc


def _expect_signing_leaf(leaf: x509.Certificate) -> None:
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise Rejected(Code.UNTRUSTED_CHAIN, "the certificate's key usage lacks digital signature")
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise Rejected(Code.UNTRUSTED_CHAIN, "the signing certificate is an authority")
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise Rejected(Code.WRONG_EKU, "the certificate is not for code signing")


def _expect_authority(issuer: x509.Certificate) -> None:
    usage = _extension(issuer, x509.KeyUsage)
    if usage is None or not usage.key_cert_sign:
        raise Rejected(Code.UNTRUSTED_CHAIN, "an authority's key usage lacks certificate signing")
    purposes = _extension(issuer, x509.ExtendedKeyUsage)
    if purposes is not None and not {
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    } & set(purposes):
        raise Rejected(Code.WRONG_EKU, "an authority is restricted to purposes other than code signing")
    key = issuer.public_key()
    strong = (
        isinstance(key, ed25519.Ed25519PublicKey)
        or (isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256)
        or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_AUTHORITY_RSA_BITS)
    )
    if not strong:
        raise Rejected(Code.UNTRUSTED_CHAIN, "an authority's key is too short or of an unknown type")


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _issued_by_signer_of(crl: x509.CertificateRevocationList, chain: Certificates) -> x509.Certificate | None:
    """The certificate of the chain whose issuer signed the revocation list."""
    for certificate, issuer in pairwise(chain):
        key = issuer.public_key()
        if crl.issuer == issuer.subject and isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            return certificate if crl.is_signature_valid(key) else None
    return None


def _list_warnings(authority: TrustedAuthority, chain: Certificates, now: datetime) -> tuple[str, ...]:
    crl = authority.crl
    if crl is None:
        return ()
    if _issued_by_signer_of(crl, chain) is None:
        return ("the revocation list is not by an authority of this chain",)
    return ("the revocation list is out of date",) if crl.next_update_utc and crl.next_update_utc < now else ()


def _names(leaf: x509.Certificate) -> list[str]:
    """The e-mail addresses, URIs and host names in the subject alternative name, sorted."""
    names = _extension(leaf, x509.SubjectAlternativeName)
    if names is None:
        return []
    kinds: tuple[type[x509.GeneralName], ...] = (x509.RFC822Name, x509.UniformResourceIdentifier, x509.DNSName)
    return sorted(str(name.value) for name in names if isinstance(name, kinds))
