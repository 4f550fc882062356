"""The words of the design as frozen data; imports nothing else of ours.

What collectors, inspectors and enrichers say is an :class:`Evidence`: artifacts, relationships between them, statements
about them, and the claims, aliases and gaps that the graph needs to join them. Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple, TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


class Proof(IntEnum):
    """How well a relationship is proved; a greater value is stronger."""

    INFERRED = 0
    """A path or a name only; never enough for a pass."""
    DECLARED = 1
    """A record or document says so."""
    MATCHED = 2
    """Content digests agree at both ends."""
    SIGNED = 3
    """A verified signature covers both ends."""

    @property
    def word(self) -> str:
        """The lower-case word used in every output and in policies."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Proof:
        """The class called ``word``; raises KeyError for any other word."""
        return cls[word.upper()]


class ArtifactRef(NamedTuple):
    """Identity of one artifact: its kind and a canonical key. Only :mod:`scanner.identity` makes one.

    A named tuple, as :class:`Location` is: both are hashed and compared millions of times.
    """

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class Location(NamedTuple):
    """Where something was read.

    ``path`` is relative to the scanned root with ``/``; nested content is written ``outer!inner``.
    ``at`` points inside it: ``line 7``, ``table runs, row 3f2a``, ``opcode 0x2f1c``; empty for the whole.
    """

    path: str
    at: str = ""

    def __str__(self) -> str:
        return f"{self.path} ({self.at})" if self.at else self.path


@dataclass(frozen=True, slots=True)
class Artifact:
    """A thing in the supply chain, as one component saw it at one place."""

    ref: ArtifactRef
    location: Location | None = None
    name: str | None = None
    version: str | None = None
    purl: str | None = None
    digests: tuple[tuple[str, str], ...] = ()
    """Pairs (algorithm, lower-case hex), computed from bytes of this scan, never copied from a record."""
    size: int | None = None
    resolved: bool = True
    """False when a record names the artifact but its content was not seen here (a drawn gap)."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """``source`` is made of, was made by, or uses ``target``.

    ``proof`` is the class it has if every end named by a content digest is found among the scanned bytes; the graph
    lowers it to declared where an end is not, and to inferred where an end was joined by name or path.
    """

    source: ArtifactRef
    type: str
    target: ArtifactRef
    proof: Proof
    location: Location
    note: str = ""
    """Short qualifier of the relationship: ``extra dev``, ``marker sys_platform == 'win32'``, ``stage train``."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One evidence group of one artifact, as one component read it. ``value`` is plain JSON data."""

    subject: ArtifactRef
    predicate: str
    value: Json
    location: Location


@dataclass(frozen=True, slots=True)
class Claim:
    """A record says that ``ref``, whose key is a digest, is a file of this size or at this path.

    Tells the join which scanned files to hash again with which algorithm, and what should lie at a place; says nothing
    about the artifact itself.
    """

    ref: ArtifactRef
    size: int | None = None
    path: str | None = None
    published: bool = False
    """True where the record says under which digest the file was published."""


@dataclass(frozen=True, slots=True)
class Alias:
    """``ref`` and ``same_as`` are one artifact; ``same_as`` is the stronger identity and keeps its key."""

    ref: ArtifactRef
    same_as: ArtifactRef
    proof: Proof
    rule: str
    """The join rule in words: ``md5 of the bytes``, ``path named by the record``."""
    location: Location


@dataclass(frozen=True, slots=True)
class Gap:
    """``group`` of ``subject`` could not be stated; ``reason`` is one of :data:`scanner.errors.REASONS`."""

    subject: ArtifactRef
    group: str
    reason: str
    detail: str
    location: Location


@dataclass(frozen=True, slots=True)
class NotExamined:
    """A place, or a part of it, that ``Evidence.by`` could not examine, and why."""

    location: Location
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything one component says about one place."""

    by: str
    artifacts: tuple[Artifact, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    statements: tuple[Statement, ...] = ()
    claims: tuple[Claim, ...] = ()
    aliases: tuple[Alias, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    replaced: tuple[ArtifactRef, ...] = ()
    """Placeholders whose evidence this evidence repeats for the artifacts they stood for; they are shown no more."""
    blobs: int = 0
    bytes_total: int = 0
    bytes_examined: int = 0


@dataclass(slots=True)
class EvidenceBuilder:
    """Collects what one component says while it reads; ``build`` freezes it."""

    by: str
    artifacts: list[Artifact] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    not_examined: list[NotExamined] = field(default_factory=list)
    replaced: list[ArtifactRef] = field(default_factory=list)

    def artifact(
        self,
        ref: ArtifactRef,
        location: Location | None = None,
        *,
        name: str | None = None,
        version: str | None = None,
        purl: str | None = None,
        digests: Mapping[str, str] | None = None,
        size: int | None = None,
        resolved: bool = True,
    ) -> ArtifactRef:
        """Add one artifact and return its reference."""
        pairs = tuple(sorted((digests or {}).items()))
        self.artifacts.append(Artifact(ref, location, name, version, purl, pairs, size, resolved))
        return ref

    def relate(
        self,
        source: ArtifactRef,
        type: str,
        target: ArtifactRef,
        proof: Proof,
        location: Location,
        note: str = "",
    ) -> None:
        """Add one relationship, from the artifact to what it is made of or uses."""
        self.relationships.append(Relationship(source, type, target, proof, location, note))

    def state(self, subject: ArtifactRef, predicate: str, value: Json, location: Location) -> None:
        """Add one statement."""
        self.statements.append(Statement(subject, predicate, value, location))

    def gap(self, subject: ArtifactRef, group: str, reason: str, detail: str, location: Location) -> None:
        """Say that a group of a subject could not be stated, and why."""
        self.gaps.append(Gap(subject, group, reason, detail, location))

    def missed(self, location: Location, reason: str, detail: str) -> None:
        """Say that a place could not be examined, and why."""
        self.not_examined.append(NotExamined(location, reason, detail))

    def build(self) -> Evidence:
        """The frozen evidence."""
        return Evidence(
            self.by,
            tuple(self.artifacts),
            tuple(self.relationships),
            tuple(self.statements),
            tuple(self.claims),
            tuple(self.aliases),
            tuple(self.gaps),
            tuple(self.not_examined),
            tuple(self.replaced),
        )


BASES: Final = ("content", "signed", "bound", "record", "mtime")
"""What a date rests on, most trusted first."""
