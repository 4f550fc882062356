"""``lineage.yaml``: what people assert about origins where no tool records it.

Source: docs/lineage-file.md. The format is strict, because a misspelt key would silently drop a claim: one mistake and
nothing of the file is taken. Every relationship is a person's word, so that its proof class is declared and never more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Proof
from scanner.records import yaml_events
from scanner.records.plain import Plain, mapping, sequence
from scanner.records.references import image_reference, is_commit
from scanner.sources.blob import Blob
from scanner.vocabulary import KINDS, RELATIONSHIPS

NAME: Final = "lineage_file"
VERSION: Final = "1"
SCHEMA: Final = "lineage/v1"
LIMIT: Final = 1 << 20
RELATIONS: Final = 5_000
TEXT: Final = 1_000
"""Characters of one text."""
_TOP: Final = frozenset({"schema", "asserted_by", "relationships"})
_RELATION: Final = frozenset({"from", "type", "to", "why"})
_SYSTEM: Final = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}\Z")


def wants(blob: Blob) -> bool:
    """``lineage.yaml`` that names a version of this schema near its beginning."""
    return blob.name in ("lineage.yaml", "lineage.yml") and b"lineage/v" in blob.head


def collect(blob: Blob) -> Evidence:
    """Every asserted relationship. Raises NotExaminable, with the place of the mistake, when one is wrong."""
    data = yaml_events.load(blob.text(LIMIT))
    fields = mapping(data)
    if fields.get("schema") != SCHEMA:
        raise NotExaminable(UNSUPPORTED, f"schema other than {SCHEMA}")
    _expect_keys(fields, _TOP, {"schema", "asserted_by", "relationships"}, "top level")
    author = _text(fields["asserted_by"], "asserted_by")
    relations = fields["relationships"]
    if not isinstance(relations, list):
        raise _wrong("relationships", "is not a list")
    if len(relations) > RELATIONS:
        raise NotExaminable(OVER_LIMIT, f"more than {RELATIONS} relationships")
    file = _File(blob, EvidenceBuilder(NAME), author)
    for number, relation in enumerate(sequence(relations)):
        file.read_relation(relation, f"relationships[{number}]")
    return file.builder.build()


@dataclass(slots=True)
class _File:
    blob: Blob
    builder: EvidenceBuilder
    author: str

    def read_relation(self, value: Plain, place: str) -> None:
        fields = _mapping(value, place)
        _expect_keys(fields, _RELATION, {"from", "type", "to"}, place)
        name = _text(fields["type"], f"{place}.type")
        type = RELATIONSHIPS.get(name)
        if type is None:
            raise _wrong(f"{place}.type", "is no relationship type")
        source = self._end(fields["from"], f"{place}.from", type.sources)
        target = self._end(fields["to"], f"{place}.to", type.targets)
        why = _text(fields["why"], f"{place}.why") if "why" in fields else ""
        note = f"asserted by {self.author}: {why}" if why else f"asserted by {self.author}"
        self.builder.relate(source, name, target, Proof.DECLARED, self.blob.at(place), note)

    def _end(self, value: Plain, place: str, kinds: tuple[str, ...]) -> ArtifactRef:
        """One end: its kind, and exactly one way to point at it."""
        fields = dict(_mapping(value, place))
        kind = _text(fields.pop("kind", None), f"{place}.kind")
        if kind not in KINDS:
            raise _wrong(f"{place}.kind", "is no kind of artifact")
        if kind not in kinds:
            raise _wrong(f"{place}.kind", "does not fit the relationship type")
        if fields.keys() == {"system", "id"}:
            pointer, system = "id", _text(fields["system"], f"{place}.system")
            written = _text(fields["id"], f"{place}.id")
            # The record, in whichever store has it.
            ref = identity.record(kind, system, "*", written) if _SYSTEM.match(system) else None
        elif len(fields) == 1 and (pointer := next(iter(fields))) in _POINTERS:
            written = _text(fields[pointer], f"{place}.{pointer}")
            ref = _POINTERS[pointer](self.blob.path, kind, written)
        else:
            raise _wrong(place, f"needs exactly one of {', '.join(sorted(_POINTERS))}, or system and id")
        if ref is None:
            raise _wrong(f"{place}.{pointer}", "points at nothing of this kind")
        self.builder.artifact(ref, name=written, resolved=False)
        return ref


def _path(base: str, kind: str, written: str) -> ArtifactRef | None:
    path = identity.beside(base, written)
    return identity.at_path(kind, path) if path is not None else None


def _sha256(_base: str, kind: str, written: str) -> ArtifactRef | None:
    digest = identity.hex_digest("sha256", written)
    return identity.content(kind, digest) if digest is not None else None


def _commit(_base: str, kind: str, written: str) -> ArtifactRef | None:
    return identity.commit(written) if kind == "commit" and is_commit(written) else None


def _purl(_base: str, kind: str, written: str) -> ArtifactRef | None:
    canonical = identity.canonical_purl(written) if kind == "package" else None
    return identity.package(canonical) if canonical is not None else None


def _name(_base: str, kind: str, written: str) -> ArtifactRef | None:
    if kind == "image":
        reference = image_reference(written)
        return reference.ref if reference is not None else None
    return identity.named(kind, written) if kind not in ("commit", "package") else None


_POINTERS: Final[Mapping[str, Callable[[str, str, str], ArtifactRef | None]]] = {
    "path": _path,
    "sha256": _sha256,
    "commit": _commit,
    "purl": _purl,
    "name": _name,
}


def _expect_keys(fields: Mapping[str, Plain], allowed: frozenset[str], needed: set[str], place: str) -> None:
    if not fields.keys() <= allowed:
        raise _wrong(place, f"has a key other than {', '.join(sorted(allowed))}")
    if not needed <= fields.keys():
        raise _wrong(place, f"lacks one of {', '.join(sorted(needed))}")


def _mapping(value: Plain, place: str) -> Mapping[str, Plain]:
    if not isinstance(value, Mapping):
        raise _wrong(place, "is not a mapping")
    return value


def _text(value: Plain, place: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT:
        raise _wrong(place, f"is not a text of 1 to {TEXT} characters")
    return value.strip()


def _wrong(place: str, what: str) -> NotExaminable:
    return NotExaminable(UNREADABLE, f"{place} {what}")
