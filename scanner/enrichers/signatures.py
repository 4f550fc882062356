"""Signatures found beside models and files: verified, and tied to what they sign by content.

A model is signed when every file of its weights is covered, unchanged, by a signature that verified; the same bytes at
another place are the same model and need no second signature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.filesystems import outermost
from scanner.errors import SOURCE_UNREACHABLE, UNREADABLE, NotExaminable
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.signing.bundle import Envelope, parse_bundle
from scanner.signing.directory import MODEL_BUNDLE, SUFFIXES
from scanner.signing.files import SignedFile, digest_of
from scanner.signing.oms import PREDICATE_TYPE, PREDICATE_TYPE_BETA
from scanner.signing.result import Rejected, SignatureResult, Status
from scanner.signing.statement import parse_statement
from scanner.signing.trust import Trust
from scanner.signing.verify import verify_artifact_signature, verify_model_signature
from scanner.sources.directory import Handle, open_blob

NAME: Final = "signatures"
VERSION: Final = "1"
MODEL_PREDICATES: Final = (PREDICATE_TYPE, PREDICATE_TYPE_BETA)
STATES: Final = {
    Status.VERIFIED: "verified",
    Status.PARTIAL: "verified",
    Status.TAMPERED: "changed",
    Status.INVALID: "invalid",
    Status.ERROR: "invalid",
    Status.UNTRUSTED_SIGNER: "untrusted",
    Status.UNSUPPORTED: "untrusted",
}


@dataclass(frozen=True, slots=True)
class _Signed:
    """One verified bundle: what it says, where it lies, and the files below its folder by relative path."""

    signature: ArtifactRef
    place: Location
    result: SignatureResult
    files: dict[str, ArtifactRef]


def enrich(graph: Graph, context: Context) -> Evidence:
    """Signature and signer artifacts, ``signed_by`` relationships, and the signing state of every model."""
    builder = EvidenceBuilder(NAME)
    trust = context.trust or Trust.of_keys({})
    found = [
        _verify(graph, context, trust, ref, bundle, place)
        for ref in graph.refs("signature")
        if isinstance(bundle := graph.artifact(ref).groups.get("bundle"), str)
        for place in graph.artifact(ref).locations
    ]
    for signed in found:
        _state_signature(builder, signed)
    for kind in ("model", "dataset"):
        for whole in graph.refs(kind):
            _state_signing(builder, graph, whole, found)
    return builder.build()


def _verify(graph: Graph, context: Context, trust: Trust, ref: ArtifactRef, bundle: str, place: Location) -> _Signed:
    """Compare one bundle with the file it is named after, or with every file of its folder."""
    folder = identity.folder(place.path)
    files: dict[str, ArtifactRef] = {}
    signed: dict[str, SignedFile] = {}
    for path in graph.places_below(folder):
        inner = path[len(folder) :]
        for file in graph.at(path):
            if file.kind == "file" and graph.seen(file) and outermost(graph, path, len(folder)) == path:
                view = graph.artifact(file)
                files[inner] = file
                signed[inner] = SignedFile(
                    view.size or 0, view.digests["sha256"], _on_demand(context.handles.get(path))
                )
    raw = bundle.encode()
    name = place.path[len(folder) :]
    single = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), "")
    of_model = _is_of_model(raw)
    if single in files and not of_model:
        digest = graph.artifact(files[single]).digests["sha256"]
        result = verify_artifact_signature(raw, digest, trust, now=context.as_of, artifact=folder + single)
        return _Signed(ref, place, result, {single: files[single]})
    result = verify_model_signature(raw, signed, trust, now=context.as_of, artifact=folder.rstrip("/"))
    # A bundle about something that lies elsewhere says nothing of the files around it.
    return _Signed(ref, place, result, files if of_model or name == MODEL_BUNDLE else {})


def _is_of_model(raw: bytes) -> bool:
    """Whether a bundle claims to sign a model; not verified, it only chooses what to compare the bundle with."""
    try:
        content = parse_bundle(raw).content
        return isinstance(content, Envelope) and parse_statement(content).predicate_type in MODEL_PREDICATES
    except Rejected:
        return False


def _on_demand(handle: Handle | None) -> Callable[[str], str]:
    def digest(query: str) -> str:
        if handle is None:
            raise NotExaminable(SOURCE_UNREACHABLE, "not a file on disk")
        try:
            with open_blob(handle).open() as stream:
                return digest_of(stream, query)
        except OSError:
            raise NotExaminable(UNREADABLE, "cannot be read") from None

    return digest


def _state_signature(builder: EvidenceBuilder, signed: _Signed) -> None:
    result, ref, place = signed.result, signed.signature, signed.place
    signer = result.signer
    builder.state(ref, "status", str(result.status), place)
    builder.state(ref, "code", str(result.code) if result.code else "verified", place)
    if result.detail:
        builder.state(ref, "detail", result.detail, place)
    if result.method:
        builder.state(ref, "scheme", result.method, place)
    if result.algorithm:
        builder.state(ref, "algorithm", result.algorithm, place)
    builder.state(ref, "identity", signer.identity or signer.name, place)
    builder.state(ref, "issuer", signer.issuer, place)
    coverage: dict[str, Json] = {
        "covered": sorted(result.covers),
        "modified": list(result.modified),
        "missing": list(result.missing),
        "unsigned": list(result.unsigned_files),
    }
    builder.state(ref, "coverage", coverage, place)
    name = signer.key_id or signer.identity
    if name:
        who = builder.artifact(
            identity.record("signer", "signature", signer.issuer or "key", name),
            name=signer.name or signer.identity or name,
        )
        trusted = result.status not in (Status.UNTRUSTED_SIGNER, Status.INVALID, Status.ERROR, Status.UNSUPPORTED)
        builder.state(who, "trusted", trusted, place)
        builder.relate(ref, "signed_by", who, Proof.SIGNED if trusted else Proof.DECLARED, place)


def _state_signing(builder: EvidenceBuilder, graph: Graph, whole: ArtifactRef, found: list[_Signed]) -> None:
    view = graph.artifact(whole)
    if not view.resolved or not view.locations:
        return
    members = {one.target for one in graph.outgoing(whole, ("contains",)) if one.target.kind == "file"}
    states: list[tuple[str, int, Location]] = []
    for signed in found:
        paths = {path for path, file in signed.files.items() if file in members}
        if not paths:
            continue
        result = signed.result
        if paths <= {*result.unsigned_files, *result.ignored_present, *result.uncovered_empty}:
            continue
        covered = {signed.files[path] for path in result.covers if path in signed.files}
        if members <= covered or paths & set(result.modified) or result.status not in (Status.VERIFIED, Status.PARTIAL):
            state = _state_of(result, members <= covered, bool(paths & set(result.modified)))
            states.append((state, len(result.unsigned_files) + len(result.ignored_present), signed.place))
            proof = Proof.SIGNED if state == "verified" else Proof.DECLARED
            builder.relate(whole, "signed_by", signed.signature, proof, signed.place)
    for state, extras, place in states:
        builder.state(whole, "signing", {"state": state, "unsigned_extras": extras}, place)
    if not states:
        builder.state(whole, "signing", {"state": "unsigned", "unsigned_extras": 0}, view.locations[0])


def _state_of(result: SignatureResult, covered: bool, modified: bool) -> str:
    """The signing state of one model: another file's change does not spoil what is itself covered and unchanged."""
    if modified:
        return "changed"
    if result.status is Status.TAMPERED:
        return "verified" if covered else "changed"
    return STATES[result.status]
