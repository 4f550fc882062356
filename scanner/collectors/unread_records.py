"""Records of packages that are recognised and not read: told, so that a result of none is never silence.

The lock file of an ecosystem without a reader does not make the file itself unexamined: its reason is ``not_collected``. The
database of installed packages of a system does: without it nobody knows what an image holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner.errors import NOT_COLLECTED, UNSUPPORTED
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob, ends_with

NAME: Final = "unread_records"
VERSION: Final = "1"
REQUESTS: Final[Mapping[str, str]] = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "yarn.lock": "Yarn",
    "pnpm-lock.yaml": "pnpm",
    "bun.lock": "Bun",
    "Cargo.lock": "Cargo",
    "go.mod": "Go",
    "pom.xml": "Maven",
    "gradle.lockfile": "Gradle",
    "Gemfile.lock": "Bundler",
    "composer.lock": "Composer",
    "packages.lock.json": "NuGet",
    "Pipfile.lock": "Pipenv",
    "pdm.lock": "PDM",
    "pixi.lock": "pixi",
    "conda-lock.yml": "conda",
    "environment.yml": "conda",
    "mix.lock": "Mix",
    "pubspec.lock": "pub",
    "Package.resolved": "Swift",
}
DATABASES: Final[Mapping[str, str]] = {
    "var/lib/rpm/Packages.db": "rpm",
    "usr/lib/sysimage/rpm/Packages.db": "rpm",
}
_DATABASE_NAMES: Final = frozenset(path.rpartition("/")[2] for path in DATABASES)
_BUNDLED: Final = re.compile(r"(?:^|/)(?:site-packages|dist-packages|node_modules)/")
"""What lies in here is content of an installed package, not a record of the project."""


def wants(blob: Blob) -> bool:
    """Whether the place is that of such a record."""
    if blob.name in REQUESTS:
        return _BUNDLED.search(blob.path.rpartition("!")[2]) is None
    return blob.name in _DATABASE_NAMES and ends_with(blob, tuple(DATABASES))


def collect(blob: Blob) -> Evidence:
    """The record as a place that was not examined."""
    builder = EvidenceBuilder(NAME)
    system = REQUESTS.get(blob.name)
    if system is not None:
        builder.missed(blob.location, NOT_COLLECTED, f"packages of {system} are not read from this record")
    else:
        database = next(name for path, name in DATABASES.items() if ends_with(blob, (path,)))
        builder.missed(blob.location, UNSUPPORTED, f"installed packages in this database of {database} are not read")
    return builder.build()
