"""Verification from bundle bytes to one result; the only place where ``verified`` is said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from scanner.errors import NotExaminable
from scanner.signing import key_backend, oms, pep740
from scanner.signing.bundle import Bundle, Envelope, MessageSignature, PublicKeyMaterial, parse_bundle
from scanner.signing.files import SignedFile
from scanner.signing.result import Code, Proof, Rejected, SignatureResult, Status, status_of
from scanner.signing.signed import Signed, signed_by_envelope, signed_by_message
from scanner.signing.statement import matching_subject, parse_statement
from scanner.signing.trust import Trust


def verify_model_signature(
    raw: bytes, files: Mapping[str, SignedFile], trust: Trust, *, now: datetime, artifact: str = ""
) -> SignatureResult:
    """Verify an OpenSSF model signature against the files of a model or dataset directory.

    ``files`` is keyed by path relative to the signed directory, with ``/``, and may contain the signature itself.
    ``artifact`` is the name that identity rules match; an artifact without name fits the pattern ``**`` only.
    Never raises for anything in ``raw`` or ``files``: the result's status and code say what is wrong.
    """
    result = SignatureResult(Status.ERROR, format="oms")
    try:
        bundle = parse_bundle(raw)
        if not isinstance(bundle.content, Envelope):
            raise Rejected(Code.PAYLOAD_TYPE, "a model signature must hold a DSSE envelope")
        proof = _prove(bundle, raw, signed_by_envelope(bundle.content), trust, now, artifact)
        result = _with_proof(result, proof)
        statement = parse_statement(bundle.content)
        result = replace(result, predicate_type=statement.predicate_type)
        manifest = oms.parse_manifest(statement)
        result = replace(
            result, subject_name=manifest.subject_name, warnings=tuple(sorted({*result.warnings, *manifest.warnings}))
        )
        coverage = oms.compare(manifest, files, hashlib.sha256(raw).hexdigest())
    except Rejected as rejection:
        return _judged(result, rejection)
    except NotExaminable as problem:
        return _judged(result, _unread(problem))
    result = replace(
        result,
        covers=coverage.covers,
        modified=tuple(coverage.modified),
        missing=tuple(coverage.missing),
        unsigned_files=tuple(coverage.unsigned_files),
        ignored_present=tuple(coverage.ignored_present),
        uncovered_empty=tuple(coverage.uncovered_empty),
        symlinks=tuple(coverage.symlinks),
    )
    return _judged(result, proof.objection, coverage.objection())


def verify_artifact_signature(
    raw: bytes,
    sha256: str,
    trust: Trust,
    *,
    now: datetime,
    artifact: str = "",
    digests: Mapping[str, str] | None = None,
) -> SignatureResult:
    """Verify a bundle for one artifact, given its hex ``sha256`` and, for statements that use them, other ``digests``.

    A message signature must be over the artifact; an in-toto statement must name it as a subject. The predicate is
    authenticated but not judged. ``artifact`` as in :func:`verify_model_signature`.
    """
    known = {**(digests or {}), "sha256": sha256}
    result = SignatureResult(Status.ERROR, format="sigstore")
    try:
        bundle = parse_bundle(raw)
        content = bundle.content
        signed = (
            signed_by_message(content, known) if isinstance(content, MessageSignature) else signed_by_envelope(content)
        )
        proof = _prove(bundle, raw, signed, trust, now, artifact)
        result = _with_proof(result, proof)
        name = None
        if isinstance(content, Envelope):
            statement = parse_statement(content)
            is_provenance = statement.predicate_type.startswith("https://slsa.dev/provenance/")
            result = replace(
                result, predicate_type=statement.predicate_type, format="slsa" if is_provenance else "sigstore"
            )
            if statement.predicate_type == oms.PREDICATE_TYPE:
                raise Rejected(Code.PREDICATE_TYPE, "a model signature must be verified against the model's files")
            name = matching_subject(statement, known).name
    except Rejected as rejection:
        return _judged(result, rejection)
    result = replace(result, subject_name=name, covers={name or artifact: sha256})
    return _judged(result, proof.objection)


def verify_attestations(
    raw: bytes, filename: str, sha256: str, trust: Trust, *, now: datetime, artifact: str = ""
) -> list[SignatureResult]:
    """Verify a PyPI attestation or provenance object (PEP 740) for the distribution file of that name.

    One result for each attestation in it; one result with the reason when the object cannot be read. On top of
    :func:`verify_artifact_signature` the subject must carry the file's name and the predicate must be one PyPI allows.
    """
    try:
        bundles = pep740.read_bundles(raw)
    except Rejected as rejection:
        return [_judged(SignatureResult(Status.ERROR, format="pep740"), rejection)]
    return [_verify_attestation(bundle, filename, sha256, trust, now, artifact) for bundle in bundles]


def _verify_attestation(
    raw: bytes, filename: str, sha256: str, trust: Trust, now: datetime, artifact: str
) -> SignatureResult:
    result = verify_artifact_signature(raw, sha256, trust, now=now, artifact=artifact)
    result = replace(result, format="pep740")
    if not result.covers:
        return result
    if result.predicate_type not in pep740.PREDICATE_TYPES:
        return _judged(replace(result, covers={}), Rejected(Code.PREDICATE_TYPE, "PyPI does not allow this predicate"))
    if result.subject_name != filename:
        return _judged(replace(result, covers={}), Rejected(Code.SUBJECT_MISMATCH, "the subject has another file name"))
    return result


def _prove(bundle: Bundle, raw: bytes, signed: Signed, trust: Trust, now: datetime, artifact: str) -> Proof:
    """Ask the back end that fits the bundle's verification material."""
    material = bundle.material
    if isinstance(material, PublicKeyMaterial):
        return key_backend.prove(bundle, material, signed, trust, now)
    if not bundle.log_entries and not material.single:
        from scanner.signing import certificate

        return certificate.prove(bundle, material, signed, trust, now)
    if not trust.sigstore:
        raise Rejected(Code.NO_TRUST_ROOT, "the trust file has no sigstore trusted root")
    from scanner.signing import sigstore_backend

    return _with_identity(sigstore_backend.prove(bundle, material, raw, signed, trust.sigstore, now), trust, artifact)


def _with_identity(proof: Proof, trust: Trust, artifact: str) -> Proof:
    """A sigstore instance certifies anybody: without an identity rule the caller must look at the signer."""
    if not trust.identities:
        return replace(proof, warnings=(*proof.warnings, "the trust file has no identities: judge the signer"))
    if trust.welcomes(artifact, proof.signer, proof.claims):
        return proof
    return replace(proof, objection=Rejected(Code.IDENTITY_MISMATCH, "no identity of the trust file fits the signer"))


def _with_proof(result: SignatureResult, proof: Proof) -> SignatureResult:
    return replace(
        result,
        method=proof.method,
        signer=proof.signer,
        algorithm=proof.algorithm,
        signed_at=proof.signed_at,
        time_source=proof.time_source,
        claims=proof.claims,
        trust_root=proof.trust_root,
        warnings=proof.warnings,
    )


def _unread(problem: NotExaminable) -> Rejected:
    code = Code.UNSUPPORTED if problem.reason == "unsupported" else Code.SOURCE_UNREACHABLE
    return Rejected(code, problem.detail)


_WORST_FIRST = (
    Status.ERROR,
    Status.INVALID,
    Status.UNTRUSTED_SIGNER,
    Status.TAMPERED,
    Status.UNSUPPORTED,
    Status.PARTIAL,
)


def _judged(result: SignatureResult, *objections: Rejected | None) -> SignatureResult:
    """The result with its final status. An unwelcome signer outweighs changed files, which then prove nothing."""
    standing = [objection for objection in objections if objection is not None]
    if not standing:
        return replace(result, status=Status.VERIFIED)
    worst = min(standing, key=lambda objection: _WORST_FIRST.index(status_of(objection.code)))
    return replace(result, status=status_of(worst.code), code=worst.code, detail=worst.detail)
