"""The bytes a bundle's signature is about, so that every back end asks the same question: is it by this key?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.signing import keys
from scanner.signing.bundle import Envelope, MessageSignature
from scanner.signing.result import Code, Rejected


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature over ``message``, or over the message with the sha256 ``digest``; exactly one of them is set."""

    signature: bytes
    message: bytes | None
    digest: bytes | None

    def is_by(self, key: keys.PublicKey) -> bool:
        """Whether ``key`` made the signature; always False for a key that :meth:`can_be_by` excludes."""
        if self.message is not None:
            return keys.verify(key, self.signature, self.message)
        return self.digest is not None and self.can_be_by(key) and keys.verify_sha256(key, self.signature, self.digest)

    def can_be_by(self, key: keys.PublicKey) -> bool:
        """Whether the question can be answered: some keys do not sign a sha256."""
        return self.message is not None or keys.signs_sha256(key)


def signed_by_envelope(envelope: Envelope) -> Signed:
    """What the signature of an envelope is about."""
    return Signed(envelope.signature, envelope.pae(), None)


def signed_by_message(content: MessageSignature, digests: Mapping[str, str]) -> Signed:
    """What a message signature is about, for an artifact with these hex digests.

    Raises :class:`Rejected`: ``subject-mismatch`` when the bundle names another digest, ``unsupported`` for other hashes.
    """
    sha256 = bytes.fromhex(digests["sha256"])
    if content.digest is not None:
        algorithm, digest = content.digest
        if algorithm != "SHA2_256":
            raise Rejected(Code.UNSUPPORTED, "the message was signed by another hash than sha256")
        if digest != sha256:
            raise Rejected(Code.SUBJECT_MISMATCH, "the bundle names another artifact by its digest")
    return Signed(content.signature, None, sha256)
