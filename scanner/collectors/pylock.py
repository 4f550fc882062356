"""``pylock.toml`` and ``pylock.<name>.toml``: the lock file format of Python packaging (PEP 751, lock-version 1.0).

``dependencies`` of a package is optional in this format: where it is absent nothing is known of its relationships.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.records import toml_bounded
from scanner.records.plain import Plain, at, mapping, mappings, text
from scanner.records.python_locks import Entry, Lock, Wish, all_hashed, note_of, relate, relate_commit
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
    lock = Lock.read(blob, content, "packages", data["packages"], partial(_entry, builder))
    for entry, table in zip(lock.entries, lock.tables, strict=True):
        for wanted in mappings(table.get("dependencies")):
            for target in lock.named(wanted.get("name")):
                if _names(wanted, lock.tables[target]):
                    note = note_of(marker=text(lock.tables[target].get("marker")))
                    entry.wishes.append(Wish((target,), note=note))
    relate(builder, lock.entries)
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
