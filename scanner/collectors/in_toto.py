"""in-toto statements, plain, in DSSE envelopes, in lines of envelopes and in Sigstore bundles: SLSA provenance above all.

Sources: in-toto attestation framework (Statement v1, ResourceDescriptor), SLSA provenance v0.2 and v1, DSSE 1.0.
What a statement says is declared here; whether anybody signed it, and who, is another component's question.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import json_bounded
from scanner.records.plain import Plain, at, mapping, mappings, text
from scanner.records.references import without_credentials
from scanner.records.resources import Resource, resource
from scanner.records.times import from_text
from scanner.sources.blob import Blob
from scanner.vocabulary import RELATIONSHIPS

NAME: Final = "in_toto"
VERSION: Final = "1"
LIMIT: Final = 16 << 20
LINES: Final = 1_000
SUBJECTS: Final = 2_000
RELATIONS: Final = 20_000
_SUFFIXES: Final = (
    ".json",
    ".jsonl",
    ".intoto",
    ".att",
    ".dsse",
    ".link",
    ".sigstore",
    ".sig",
    ".build",
    ".provenance",
)
_STANDARD: Final = str.maketrans("-_", "+/")
_PAYLOAD: Final = "application/vnd.in-toto+json"
_STATEMENT: Final = "https://in-toto.io/Statement/"
_MARKS: Final = (b"application/vnd.in-toto+json", b"https://in-toto.io/Statement/")
_MODEL_SIGNATURE: Final = "https://model_signing/"
"""Predicates of OpenSSF model signatures: what they list is compared with the files where the signature is verified."""
_PROVENANCE: Final = "https://slsa.dev/provenance/"
_ROLES: Final = (
    ("https://spdx.dev/Document", "sbom"),
    ("https://cyclonedx.org/bom", "sbom"),
    ("https://openvex.dev/ns", "vex"),
    ("https://cyclonedx.org/vex", "vex"),
)


def wants(blob: Blob) -> bool:
    """JSON that names the payload type of an envelope or the type of a statement."""
    if not blob.name.endswith(_SUFFIXES) or blob.head.lstrip()[:1] != b"{":
        return False
    # An envelope names its payload type after the payload, which may be long.
    found = blob.content or blob.head
    return any(mark in found for mark in _MARKS)


def collect(blob: Blob) -> Evidence:
    """What each statement says of its subjects; nothing for a document that only quotes one.

    Raises NotExaminable for an envelope or a statement that cannot be read.
    """
    builder = EvidenceBuilder(NAME)
    for document, place in _documents(blob):
        if (statement := _statement(document)) is not None:
            _Statement(builder, blob, statement, place).read()
    return builder.build()


def _documents(blob: Blob) -> list[tuple[Mapping[str, Plain], Location]]:
    """Each line of a file of lines, each bundle of a registry's answer, or the one document."""
    lines = [line for line in blob.text(LIMIT).splitlines() if line.strip()]
    if blob.name.endswith(".jsonl") or (len(lines) > 1 and all(line.startswith("{") for line in lines)):
        found = [(mapping(json_bounded.loads(line)), f"line {n}") for n, line in enumerate(lines[: LINES + 1], 1)]
    else:
        document = mapping(json_bounded.loads("\n".join(lines)))
        bundles = [mapping(one.get("bundle")) for one in mappings(document.get("attestations"))]
        found = [(bundle, f"attestation {n}") for n, bundle in enumerate(bundles, 1)] or [(document, "")]
    if len(found) > LINES:
        raise NotExaminable(OVER_LIMIT, f"more than {LINES} statements")
    return [(document, blob.at(place)) for document, place in found]


def _statement(document: Mapping[str, Plain]) -> Mapping[str, Plain] | None:
    """The statement itself, taken out of its bundle and envelope; None for a document without one."""
    envelope = mapping(document.get("dsseEnvelope")) or document
    if envelope.get("payloadType") == _PAYLOAD:
        encoded = envelope.get("payload")
        if not isinstance(encoded, str):
            raise NotExaminable(UNREADABLE, "envelope with a payload that is no text")
        try:
            # DSSE allows the standard and the URL-safe alphabet.
            decoded = base64.b64decode(encoded.translate(_STANDARD), validate=True).decode()
        except (binascii.Error, ValueError):
            raise NotExaminable(UNREADABLE, "envelope with a payload that is not base64 of UTF-8") from None
        document = mapping(json_bounded.loads(decoded))
        if not _is_statement(document):
            raise NotExaminable(UNREADABLE, "envelope without an in-toto statement")
    return document if _is_statement(document) else None


def _is_statement(document: Mapping[str, Plain]) -> bool:
    return (text(document.get("_type")) or "").startswith(_STATEMENT)


@dataclass(slots=True)
class _Statement:
    builder: EvidenceBuilder
    blob: Blob
    fields: Mapping[str, Plain]
    place: Location

    def read(self) -> None:
        type = text(self.fields.get("predicateType")) or ""
        if type.startswith(_MODEL_SIGNATURE):
            return
        predicate = mapping(self.fields.get("predicate"))
        found = mappings(self.fields.get("subject"))
        if len(found) > SUBJECTS:
            raise NotExaminable(OVER_LIMIT, f"more than {SUBJECTS} subjects")
        subjects = [one for item in found if (one := resource(item, image=self._container(predicate))) is not None]
        if len(subjects) < len(found):
            self.builder.missed(self.place, UNSUPPORTED, "subject without a digest that joins")
        document = identity.placed("document", self.blob.path, self.place.at)
        self.builder.artifact(document, self.place, name=self.blob.path)
        role = next((role for prefix, role in _ROLES if type.startswith(prefix)), "other")
        self.builder.state(document, "role", role, self.place)
        for subject in subjects:
            self._add(subject)
            if subject.ref.kind in RELATIONSHIPS["described_by"].sources:
                self.builder.relate(subject.ref, "described_by", document, Proof.DECLARED, self.place)
        if type.startswith(_PROVENANCE):
            self._read_provenance(predicate, subjects)

    def _container(self, predicate: Mapping[str, Plain]) -> bool:
        """Whether the build type says that container images are built."""
        type = text(at(predicate, "buildDefinition", "buildType")) or text(predicate.get("buildType")) or ""
        return any(word in type.lower() for word in ("container", "buildkit", "docker", "oci"))

    def _read_provenance(self, predicate: Mapping[str, Plain], subjects: list[Resource]) -> None:
        """State the build as a run that used the dependencies, and what the dependencies are to each subject."""
        details, definition = mapping(predicate.get("runDetails")), mapping(predicate.get("buildDefinition"))
        metadata = mapping(details.get("metadata") or predicate.get("metadata"))
        builder_id = text(at(details or predicate, "builder", "id"))
        invocation = text(metadata.get("invocationId")) or text(metadata.get("buildInvocationId"))
        name = without_credentials(invocation or builder_id or "build")
        run = identity.record("run", "slsa", self.blob.path, f"{self.place.at} {name}".strip())
        self.builder.artifact(run, self.place, name=name)
        for key, group in (("startedOn", "started"), ("finishedOn", "ended")):
            moment = from_text(text(metadata.get(key)) or text(metadata.get(f"build{key[0].upper()}{key[1:]}")))
            if moment is not None:
                self.builder.state(run, group, moment, self.place)
        dependencies = [
            one
            for item in list(_dependencies(definition, predicate))[:RELATIONS]
            if (one := resource(item, image=False)) is not None
        ]
        if len(dependencies) * max(len(subjects), 1) > RELATIONS:
            raise NotExaminable(OVER_LIMIT, f"more than {RELATIONS} relationships in one statement")
        for dependency in dependencies:
            self._add(dependency)
            self.builder.relate(run, "used", dependency.ref, Proof.DECLARED, self.place)
        commits = sorted({one.ref.key.partition(":")[2] for one in dependencies if one.ref.kind == "commit"})
        if len(commits) == 1:
            self.builder.state(run, "code", {"commit": commits[0], "dirty": None}, self.place)
        for subject in subjects:
            self._relate_subject(subject.ref, run, dependencies)
            if subject.ref.kind == "image":
                # Provenance that exists is level 1; more needs a verified signature of the builder.
                value: Json = {"slsa_level": 1, "builder": without_credentials(builder_id) if builder_id else None}
                self.builder.state(subject.ref, "provenance", value, self.place)

    def _relate_subject(self, subject: ArtifactRef, run: ArtifactRef, dependencies: list[Resource]) -> None:
        if subject.kind in RELATIONSHIPS["generated_by"].sources:
            self.builder.relate(subject, "generated_by", run, Proof.DECLARED, self.place)
        for dependency in dependencies:
            type = relation_of(subject.kind, dependency.ref.kind)
            if type is not None and dependency.ref != subject:
                self.builder.relate(subject, type, dependency.ref, Proof.DECLARED, self.place)

    def _add(self, one: Resource) -> None:
        self.builder.artifact(one.ref, name=one.name, purl=one.purl, resolved=False)


def relation_of(subject: str, dependency: str) -> str | None:
    """What a dependency of its build is to a subject, by their kinds; None where the run alone can say it."""
    if subject == "model" and dependency == "dataset":
        return "trained_on"
    derives = RELATIONSHIPS["derived_from"]
    if dependency in ("model", "dataset") or subject in ("dataset", "file"):
        return "derived_from" if subject in derives.sources and dependency in derives.targets else None
    built = RELATIONSHIPS["built_from"]
    return "built_from" if subject in built.sources and dependency in built.targets else None


def _dependencies(definition: Mapping[str, Plain], predicate: Mapping[str, Plain]) -> Iterator[Mapping[str, Plain]]:
    yield from mappings(definition.get("resolvedDependencies"))
    yield from mappings(predicate.get("materials"))
    if source := mapping(at(predicate, "invocation", "configSource")):
        yield source
