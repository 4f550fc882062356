"""``uv.lock`` (version 1): packages, workspace members, and the relationships that extras and groups bring.

A dependency ``{name = B, extra = ["x"]}`` also asks for what B lists under ``optional-dependencies.x``. Where a name is
locked in several versions, the dependency repeats version and source of the one it means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from packaging.utils import canonicalize_name

from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.records import toml_bounded
from scanner.records.plain import Plain, mapping, mappings, text
from scanner.records.python_locks import Entry, Lock, Wish, all_hashed, extras_of, note_of, relate, relate_commit
from scanner.records.python_packages import add_package, name_of, state_pinning, version_of
from scanner.sources.blob import Blob

NAME: Final = "uv_lock"
VERSION: Final = "1"
LOCAL: Final = frozenset({"editable", "virtual", "directory"})
"""Sources that are part of the workspace."""


def wants(blob: Blob) -> bool:
    """``uv.lock``."""
    return blob.name == "uv.lock"


def collect(blob: Blob) -> Evidence:
    """Every locked package and workspace member, and who depends on whom. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    content = blob.text()
    data = toml_bounded.loads(content)
    if "version" not in data:
        raise NotExaminable(UNREADABLE, "not a lock file of uv")
    lock = Lock.read(blob, content, "package", data.get("package"), partial(_entry, builder))
    for entry, table in zip(lock.entries, lock.tables, strict=True):
        for wanted, extra, group in _dependencies(table):
            targets = tuple(one for one in lock.named(wanted.get("name")) if _names(wanted, lock.tables[one]))
            note = note_of(extra=extra, group=group, marker=text(wanted.get("marker")))
            entry.wishes.append(Wish(targets, extras_of(wanted.get("extra")), canonicalize_name(extra), note))
    relate(builder, lock.entries)
    return builder.build()


def _entry(builder: EvidenceBuilder, table: Mapping[str, Plain], place: Location) -> Entry | None:
    name = name_of(text(table.get("name")))
    if name is None:
        builder.missed(place, UNREADABLE, "package without a valid name")
        return None
    version = version_of(text(table.get("version")))
    package = add_package(builder, name, version, place)
    source = mapping(table.get("source"))
    address, _, revision = (text(source.get("git")) or "").partition("#")
    relate_commit(builder, package, revision, address, place)
    files = [*mappings(table.get("wheels")), *mappings([table.get("sdist")])]
    if LOCAL & source.keys():
        # Whoever works on a member may install it with any of its extras.
        return Entry(package, place, active=set(extras_of([*mapping(table.get("optional-dependencies"))])))
    if version is not None:
        state_pinning(builder, package, place, hashed=all_hashed(files) or bool(revision))
    return Entry(package, place)


def _dependencies(table: Mapping[str, Plain]) -> Iterator[tuple[Mapping[str, Plain], str, str]]:
    """Every dependency of a package with the extra or the group that it belongs to."""
    for wanted in mappings(table.get("dependencies")):
        yield wanted, "", ""
    for extra, members in mapping(table.get("optional-dependencies")).items():
        for wanted in mappings(members):
            yield wanted, extra, ""
    for key in ("dev-dependencies", "dependency-groups"):
        for group, members in mapping(table.get(key)).items():
            for wanted in mappings(members):
                yield wanted, "", group


def _names(wanted: Mapping[str, Plain], table: Mapping[str, Plain]) -> bool:
    """Whether a dependency means this package; version and source are written where the name is not enough."""
    return all(table.get(key) == wanted[key] for key in ("version", "source") if key in wanted)
