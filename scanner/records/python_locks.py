"""What the lock files of Python have in common: entries, who wants whom, and which extras are active.

An extra's dependencies count only where somebody asks for the extra, and asking for it may activate further extras: the
relationships are a least fixed point.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from packaging.utils import canonicalize_name

from scanner import identity
from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof
from scanner.records.plain import Plain, mappings, text
from scanner.records.python_packages import name_of
from scanner.records.references import is_commit, without_credentials
from scanner.records.toml_bounded import array_lines
from scanner.sources.blob import Blob

NOTE: Final = 200
"""Characters of a note."""
VERSIONS: Final = 100
"""Entries of one name: a lock file forks a name into a few versions."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One dependency of an entry: on which entries (by position), with which extras of theirs."""

    targets: tuple[int, ...]
    extras: frozenset[str] = frozenset()
    when: str = ""
    """The extra of the dependant that must be active; empty for always."""
    note: str = ""


@dataclass(slots=True)
class Entry:
    """One package of a lock file."""

    ref: ArtifactRef
    place: Location
    wishes: list[Wish] = field(default_factory=list)
    active: set[str] = field(default_factory=set)
    """Normalised extras that are known to be active."""


@dataclass(slots=True)
class Lock:
    """The packages of one lock file: each table as it was read, and the entry made of it."""

    tables: list[Mapping[str, Plain]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    _by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(
        cls,
        blob: Blob,
        content: str,
        array: str,
        tables: Plain,
        entry_of: Callable[[Mapping[str, Plain], Location], Entry | None],
    ) -> Lock:
        """The lock of all ``[[array]]`` tables of which ``entry_of`` makes an entry. Raises NotExaminable(over_limit)."""
        lock = cls()
        found = mappings(tables)
        for table, line in zip(found, array_lines(content, array, len(found)), strict=True):
            entry = entry_of(table, blob.at(line))
            if entry is not None:
                namesakes = lock._by_name[name_of(text(table.get("name"))) or ""]
                if len(namesakes) >= VERSIONS:
                    raise NotExaminable(OVER_LIMIT, f"more than {VERSIONS} versions of one package")
                namesakes.append(len(lock.entries))
                lock.tables.append(table)
                lock.entries.append(entry)
        return lock

    def named(self, name: Plain) -> list[int]:
        """Positions of the entries with this project name, however it is spelled."""
        return self._by_name.get(name_of(text(name)) or "", [])


def relate(builder: EvidenceBuilder, entries: Sequence[Entry]) -> None:
    """``depends_on`` between the entries for every wish that counts. ``active`` of the entries grows."""
    notes: dict[tuple[int, int], set[str]] = defaultdict(set)
    todo = list(range(len(entries)))
    while todo:
        source = todo.pop()
        entry = entries[source]
        for wish in entry.wishes:
            if wish.when and wish.when not in entry.active:
                continue
            for target in wish.targets:
                if wish.extras - entries[target].active:
                    entries[target].active |= wish.extras
                    todo.append(target)
                if target != source:
                    notes[source, target].add(wish.note)
    for (source, target), found in sorted(notes.items()):
        note = "" if "" in found else "; ".join(sorted(found))
        entry = entries[source]
        builder.relate(entry.ref, "depends_on", entries[target].ref, Proof.DECLARED, entry.place, note[:NOTE])


def note_of(*, extra: str = "", group: str = "", marker: str | None = None) -> str:
    """The qualifiers of a relationship in words."""
    parts = [f"extra {extra}"] if extra else []
    parts += [f"group {group}"] if group else []
    parts += [f"marker {marker}"] if marker else []
    return ", ".join(parts)[:NOTE]


def extras_of(value: Plain) -> frozenset[str]:
    """Normalised extra names out of a text or a list."""
    names = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else ()
    return frozenset(canonicalize_name(name) for name in names if isinstance(name, str))


def relate_commit(
    builder: EvidenceBuilder, package: ArtifactRef, revision: str | None, address: str | None, place: Location
) -> None:
    """``built_from`` the commit that a lock file fixes, if it is a full one."""
    if revision is not None and is_commit(revision):
        commit = builder.artifact(identity.commit(revision), resolved=False)
        builder.relate(package, "built_from", commit, Proof.DECLARED, place, without_credentials(address or ""))


def all_hashed(files: Sequence[Mapping[str, Plain]]) -> bool:
    """Whether there are files and every one of them carries a digest."""
    return bool(files) and all(text(file.get("hash")) or file.get("hashes") for file in files)
