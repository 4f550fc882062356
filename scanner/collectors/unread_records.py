"""Records of packages that are recognised and not read: told, so that a result of none is never silence.

The lock file of an ecosystem without a reader does not make the file itself unexamined: its reason is ``not_collected``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner.errors import NOT_COLLECTED
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "unread_records"
VERSION: Final = "2"
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
_BUNDLED: Final = re.compile(r"(?:^|/)(?:site-packages|dist-packages|node_modules)/")
"""What lies in here is content of an installed package, not a record of the project."""


def wants(blob: Blob) -> bool:
    """Whether the place is that of such a record."""
    return blob.name in REQUESTS and _BUNDLED.search(blob.path.rpartition("!")[2]) is None


def collect(blob: Blob) -> Evidence:
    """The record as a place that was not examined."""
    builder = EvidenceBuilder(NAME)
    builder.missed(blob.location, NOT_COLLECTED, f"packages of {REQUESTS[blob.name]} are not read from this record")
    return builder.build()
