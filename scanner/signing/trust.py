"""Whose keys, authorities and identities are welcome; :mod:`scanner.signing.trust_file` reads it from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self

from scanner.signing.glob import matches
from scanner.signing.keys import PublicKey, key_id
from scanner.signing.result import Signer

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateRevocationList


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key; ``not_after`` ends its use, ``revoked`` means no signature by it counts, whenever it was made.

    ``identity`` says who holds the key, as the person who reviewed the trust file vouches for it.
    """

    name: str
    key: PublicKey
    key_id: str
    not_after: datetime | None = None
    revoked: bool = False
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """A corporate certificate authority. ``identity`` is a glob over the leaf's subject alternative names;
    ``at`` says at which time certificates must be valid: now, or at a verified timestamp."""

    name: str
    roots: tuple[Certificate, ...]
    identity: str | None = None
    at: Literal["now", "timestamp"] = "now"
    crl: CertificateRevocationList | None = None


@dataclass(frozen=True, slots=True)
class SigstoreRoot:
    """A sigstore instance: the bytes of its trusted_root.json, their sha256, and how old the newest material may be."""

    name: str
    raw: bytes
    sha256: str
    max_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class IdentityRule:
    """Who may sign which artifacts with a sigstore certificate; ``claims`` must all be equal."""

    artifact: str
    issuer: str
    san: str
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Builder:
    """A build service: the certificate that speaks for ``id`` and the highest SLSA build level it is credited with."""

    issuer: str
    san: str
    id: str
    level: int


@dataclass(frozen=True, slots=True)
class Trust:
    """A loaded trust file."""

    sha256: str
    keys: tuple[TrustedKey, ...] = ()
    authorities: tuple[TrustedAuthority, ...] = ()
    sigstore: tuple[SigstoreRoot, ...] = ()
    identities: tuple[IdentityRule, ...] = ()
    builders: tuple[Builder, ...] = ()

    @classmethod
    def of_keys(cls, keys: Mapping[str, PublicKey]) -> Self:
        """Trust in the named keys and nothing else, without a file."""
        trusted = tuple(TrustedKey(name, key, key_id(key)) for name, key in sorted(keys.items()))
        return cls(hashlib.sha256("".join(key.key_id for key in trusted).encode()).hexdigest(), keys=trusted)

    def welcomes(self, artifact: str, signer: Signer, claims: Mapping[str, str]) -> bool:
        """Whether an identity rule lets this certificate identity sign the artifact of that name."""
        return any(
            matches(rule.artifact, artifact)
            and rule.issuer == signer.issuer
            and matches(rule.san, signer.identity or "")
            and rule.claims.items() <= claims.items()
            for rule in self.identities
        )
