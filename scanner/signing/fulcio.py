"""What a sigstore certificate says about the signer: its one name and the claims of the token it was issued for.

Source: sigstore/fulcio ``docs/oid-info.md``, arc 1.3.6.1.4.1.57264.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from scanner.signing.result import Code, Rejected

ARC = "1.3.6.1.4.1.57264.1"
_ISSUER_RAW = f"{ARC}.1"
_ISSUER = f"{ARC}.8"
_OTHER_NAME = f"{ARC}.7"
_CLAIMS = {
    f"{ARC}.9": "build_signer_uri",
    f"{ARC}.10": "build_signer_digest",
    f"{ARC}.11": "runner_environment",
    f"{ARC}.12": "source_repository",
    f"{ARC}.13": "source_digest",
    f"{ARC}.14": "source_ref",
    f"{ARC}.18": "build_config_uri",
    f"{ARC}.20": "build_trigger",
    f"{ARC}.21": "run_invocation",
    f"{ARC}.22": "visibility",
}


@dataclass(frozen=True, slots=True)
class FulcioIdentity:
    """The certificate's name (e-mail address, URI or other name), the token's issuer, and its claims."""

    san: str
    issuer: str
    claims: Mapping[str, str]


def read_identity(leaf: x509.Certificate) -> FulcioIdentity:
    """Read who the certificate was issued to.

    Raises :class:`Rejected`: ``wrong-eku`` for other purposes than code signing, ``malformed`` for no or several names,
    for no issuer, or for two issuers that differ.
    """
    try:
        names = list(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise Rejected(Code.WRONG_EKU, "the certificate has no name or no purpose") from error
    if ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise Rejected(Code.WRONG_EKU, "the certificate is not for code signing")
    if len(names) != 1:
        raise Rejected(Code.MALFORMED, "the certificate must have exactly one name")
    values = {
        extension.oid.dotted_string: extension.value.value
        for extension in leaf.extensions
        if isinstance(extension.value, x509.UnrecognizedExtension)
    }
    issuers = {_decoded(values[_ISSUER_RAW])} if _ISSUER_RAW in values else set()
    if _ISSUER in values:
        issuers.add(der_utf8(values[_ISSUER]))
    if len(issuers) != 1:
        raise Rejected(Code.MALFORMED, "the certificate must name exactly one issuer")
    claims = {name: der_utf8(values[oid]) for oid, name in _CLAIMS.items() if oid in values}
    return FulcioIdentity(_name(names[0]), issuers.pop(), claims)


def _name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.RFC822Name | x509.UniformResourceIdentifier):
        return name.value
    if isinstance(name, x509.OtherName) and name.type_id.dotted_string == _OTHER_NAME:
        return der_utf8(name.value)
    raise Rejected(Code.MALFORMED, "the certificate's name is neither an e-mail address nor a URI")


def der_utf8(der: bytes) -> str:
    """Decode one DER UTF8String of less than 64 KiB (X.690); raises :class:`Rejected` (``malformed``)."""
    if len(der) < 2 or der[0] != 0x0C:
        raise Rejected(Code.MALFORMED, "a claim of the certificate is not a UTF8String")
    head = {0x81: 3, 0x82: 4}.get(der[1], 2)
    length = der[1] if head == 2 else int.from_bytes(der[2:head])
    # DER has one form for every length
    shortest = 2 if length < 0x80 else 3 if length < 0x100 else 4
    if length != len(der) - head or head != shortest:
        raise Rejected(Code.MALFORMED, "a claim of the certificate has a wrong length")
    return _decoded(der[head:])


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Rejected(Code.MALFORMED, "a claim of the certificate is not UTF-8") from error
