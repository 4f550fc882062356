"""``pylock.toml`` and ``pylock.<name>.toml``: the lock file format of Python packaging (PEP 751, lock-version 1.0).

``dependencies`` of a package is optional in this format: where it is absent nothing is known of its relationships.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from packaging.utils import canonicalize_name

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.records import toml_bounded
from scanner.records.plain import Plain, at, mapping, mappings, text
from scanner.records.python_locks import Entry, Wish, all_hashed, note_of, relate, relate_commit
from scanner.records.python_packages import add_package, name_of, state_pinning, version_of
from scanner.sources.blob import Blob

NAME: Final = "pylock"
VERSION: Final = "1"
_NAME: Final = re.compile(r"pylock(?:\.[^.]+)?\.toml\Z")


def wants(blob: Blob) -> bool:
    """A file with a name that the format allows."""
    return _NAME.match(blob.name) is not None


def collect(blob: Blob) -> Evidence:
    """Every package that the file fixes, and who depends on whom where it says so. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    content = blob.text()
    data = toml_bounded.loads(content)
    if not isinstance(data.get("packages"), list):
        raise NotExaminable(UNREADABLE, "no list of packages")
    if not _is_valid(data):
        builder.missed(blob.location, UNSUPPORTED, "not a valid lock file of version 1; read as far as possible")
    tables = mappings(data["packages"])
    entries: list[Entry] = []
    read: list[Mapping[str, Plain]] = []
    for table, line in zip(tables, toml_bounded.array_lines(content, "packages", len(tables)), strict=True):
        if (entry := _entry(builder, table, blob.at(line))) is not None:
            entries.append(entry)
            read.append(table)
    by_name: dict[str, list[int]] = {}
    for number, table in enumerate(read):
        by_name.setdefault(canonicalize_name(str(table["name"])), []).append(number)
    for entry, table in zip(entries, read, strict=True):
        for wanted in mappings(table.get("dependencies")):
            candidates = by_name.get(name_of(text(wanted.get("name"))) or "", [])
            for target in (number for number in candidates if _names(wanted, read[number])):
                entry.wishes.append(Wish((target,), note=note_of(marker=text(read[target].get("marker")))))
    relate(builder, entries)
    return builder.build()


def _is_valid(data: dict[str, Plain]) -> bool:
    from packaging.pylock import Pylock, PylockValidationError

    try:
        Pylock.from_dict(data)
    except (PylockValidationError, RecursionError):
        return False
    return True


def _entry(builder: EvidenceBuilder, table: Mapping[str, Plain], place: Location) -> Entry | None:
    name = name_of(text(table.get("name")))
    if name is None:
        builder.missed(place, UNREADABLE, "package without a valid name")
        return None
    version = version_of(text(table.get("version")))
    package = add_package(builder, name, version, place)
    revision = text(at(table, "vcs", "commit-id"))
    relate_commit(builder, package, revision, text(at(table, "vcs", "url")), place)
    files = [*mappings(table.get("wheels")), *mappings([table.get("sdist"), table.get("archive")])]
    if version is not None and not mapping(table.get("directory")):
        state_pinning(builder, package, place, hashed=all_hashed(files) or revision is not None)
    return Entry(package, place)


def _names(wanted: Mapping[str, Plain], table: Mapping[str, Plain]) -> bool:
    """Whether a dependency, which repeats as many keys as it takes to be unique, means this package."""
    return all(table.get(key) == value for key, value in wanted.items() if key != "name")
