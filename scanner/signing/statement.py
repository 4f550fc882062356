"""in-toto statements: who the payload of an envelope talks about.

Source: in-toto attestation framework, Statement v1; v0.1 is read for older provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.signing.bundle import IN_TOTO, Envelope
from scanner.signing.result import Code, Rejected
from scanner.signing.strict_json import load_object, obj, objects, text

STATEMENT_V1 = "https://in-toto.io/Statement/v1"
STATEMENT_V01 = "https://in-toto.io/Statement/v0.1"
STRONG_DIGESTS = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about: an informational name and digests by algorithm, hex."""

    name: str | None
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """The signed claim; members that the framework does not define are ignored, as it demands."""

    version: str
    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]


def parse_statement(envelope: Envelope) -> Statement:
    """Read the statement of an envelope; raises :class:`Rejected` (``payload-type``, ``statement-type``, ``malformed``)."""
    if envelope.payload_type != IN_TOTO:
        raise Rejected(Code.PAYLOAD_TYPE, "the envelope does not hold an in-toto statement")
    document = load_object(envelope.payload, "the statement")
    version = document.get("_type")
    if version not in (STATEMENT_V1, STATEMENT_V01):
        raise Rejected(Code.STATEMENT_TYPE, "the payload is not an in-toto statement v1 or v0.1")
    subjects = tuple(_subject(item) for item in objects(document, "subject", "the statement"))
    if not subjects:
        raise Rejected(Code.MALFORMED, "the statement has no subject")
    predicate = obj(document, "predicate", "the statement") if document.get("predicate") is not None else {}
    return Statement(version, subjects, text(document, "predicateType", "the statement"), predicate)


def _subject(value: Mapping[str, Any]) -> Subject:
    digests = obj(value, "digest", "the subject")
    return Subject(
        text(value, "name", "the subject") if value.get("name") else None,
        {algorithm: text(digests, algorithm, "the subject's digest") for algorithm in digests},
    )


def matching_subject(statement: Statement, digests: Mapping[str, str]) -> Subject:
    """The first subject with a strong digest that equals the artifact's, and none that differs.

    Raises :class:`Rejected`: ``weak-hash`` when the statement names only weak digests, else ``subject-mismatch``.
    """
    strong = False
    for subject in statement.subjects:
        shared = STRONG_DIGESTS & subject.digests.keys() & digests.keys()
        strong |= bool(STRONG_DIGESTS & subject.digests.keys())
        if shared and all(subject.digests[name] == digests[name] for name in shared):
            return subject
    if not strong:
        raise Rejected(Code.WEAK_HASH, "the statement names its subjects by weak digests only")
    raise Rejected(Code.SUBJECT_MISMATCH, "no subject of the statement is this artifact")
