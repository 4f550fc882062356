"""``poetry.lock`` (lock-version 1.0 to 2.1).

``[package.extras]`` lists what a package could bring; it counts only where an extra is active: because another locked
package asks for it, or the ``pyproject.toml`` beside the lock file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.records import toml_bounded
from scanner.records.plain import Plain, at, mapping, mappings, sequence, text, texts
from scanner.records.python_locks import Entry, Lock, Wish, all_hashed, extras_of, note_of, relate, relate_commit
from scanner.records.python_packages import add_package, name_of, requirement_of, state_pinning, version_of
from scanner.sources.blob import Blob

NAME: Final = "poetry_lock"
VERSION: Final = "1"


def wants(blob: Blob) -> bool:
    """``poetry.lock``."""
    return blob.name == "poetry.lock"


def collect(blob: Blob) -> Evidence:
    """Every locked package, and who depends on whom. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    content = blob.text()
    data = toml_bounded.loads(content)
    if "metadata" not in data:
        raise NotExaminable(UNREADABLE, "not a lock file of Poetry")
    lock = Lock.read(blob, content, "package", data.get("package"), partial(_entry, builder, data))
    for name, extras in _root_extras(blob):
        for number in lock.named(name):
            lock.entries[number].active |= extras
    for entry, table in zip(lock.entries, lock.tables, strict=True):
        entry.wishes.extend(_wishes(table, lock))
    relate(builder, lock.entries)
    return builder.build()


def _entry(
    builder: EvidenceBuilder, data: Mapping[str, Plain], table: Mapping[str, Plain], place: Location
) -> Entry | None:
    name, version = name_of(text(table.get("name"))), version_of(text(table.get("version")))
    if name is None or version is None:
        builder.missed(place, UNREADABLE, "package without a valid name and version")
        return None
    package = add_package(builder, name, version, place)
    source = mapping(table.get("source"))
    kind, revision = text(source.get("type")), text(source.get("resolved_reference"))
    relate_commit(builder, package, revision, text(source.get("url")), place)
    if kind != "directory":
        files = mappings(table.get("files")) or mappings(at(data, "metadata", "files", str(table["name"])))
        state_pinning(builder, package, place, hashed=all_hashed(files) or (kind == "git" and revision is not None))
    return Entry(package, place)


def _wishes(table: Mapping[str, Plain], lock: Lock) -> Iterator[Wish]:
    switched = _extras_by_dependency(table)
    for written, value in mapping(table.get("dependencies")).items():
        for choice in sequence(value) if isinstance(value, list) else [value]:
            fields = mapping(choice)
            constraint = text(fields.get("version")) or text(choice) or "*"
            targets = tuple(one for one in lock.named(written) if _allows(constraint, lock.tables[one]))
            extras = extras_of(fields.get("extras"))
            marker = text(fields.get("markers"))
            if fields.get("optional") is not True:
                yield Wish(targets, extras, note=note_of(marker=marker))
            else:
                for extra in sorted(switched.get(name_of(written) or "", ())):
                    yield Wish(targets, extras, extra, note_of(extra=extra))


def _extras_by_dependency(table: Mapping[str, Plain]) -> dict[str, set[str]]:
    """Name of an optional dependency → normalised extras that switch it on."""
    found: dict[str, set[str]] = defaultdict(set)
    for extra, members in mapping(table.get("extras")).items():
        for member in texts(members):
            # Poetry writes `name[extra] (constraint) ; marker`.
            if (name := name_of(member.split(";")[0].split("(")[0].split("[")[0])) is not None:
                found[name].add(canonicalize_name(extra))
    return found


def _allows(constraint: str, table: Mapping[str, Plain]) -> bool:
    """Whether a constraint allows this package; one that is not written as PEP 440 does excludes nothing."""
    try:
        choices = [SpecifierSet("" if part.strip() == "*" else part) for part in constraint.split("||")]
        return any(choice.contains(str(table["version"]), prereleases=True) for choice in choices)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _root_extras(blob: Blob) -> Iterator[tuple[str, frozenset[str]]]:
    """Extras that the project itself asks for, by package."""
    project = blob.near("pyproject.toml") if blob.near is not None else None
    if project is None:
        return
    try:
        data = toml_bounded.loads(project.text())
    except NotExaminable:
        return  # The project file is another component's to report.
    tables = [mapping(at(data, "tool", "poetry", "dependencies"))]
    tables.append(mapping(at(data, "tool", "poetry", "dev-dependencies")))
    groups = mapping(at(data, "tool", "poetry", "group"))
    tables += [mapping(mapping(group).get("dependencies")) for group in groups.values()]
    for table in tables:
        for name, value in table.items():
            for choice in sequence(value) if isinstance(value, list) else [value]:
                yield canonicalize_name(name), extras_of(mapping(choice).get("extras"))
    lines = texts(at(data, "project", "dependencies"))
    for members in mapping(at(data, "project", "optional-dependencies")).values():
        lines += texts(members)
    for members in mapping(data.get("dependency-groups")).values():
        lines += texts(members)
    for line in lines:
        if (requirement := requirement_of(line)) is not None:
            yield canonicalize_name(requirement.name), extras_of(sorted(requirement.extras))
