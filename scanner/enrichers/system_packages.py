"""Packages of apk and rpm, root file system by root file system: distribution and dependencies.

Both state what a package needs and provides as plain words: names of packages, libraries, commands, files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from packageurl import PackageURL

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.debian_packages import PROVIDERS, RELATIONSHIPS, distribution, files_with
from scanner.enrichers.filesystems import FileSystem, file_systems
from scanner.errors import OVER_LIMIT
from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.records.plain import Plain, mapping, text, texts

NAME: Final = "system_packages"
VERSION: Final = "1"
DATABASES: Final = re.compile(
    r"((?:.*?/)??)(?:(?:usr/)?lib/apk/db/installed|(?:var/lib|usr/lib/sysimage)/rpm/(?:rpmdb\.sqlite|Packages(?:\.db)?))\Z"
)
NAMESPACES: Final[Mapping[str, str]] = {"rhel": "redhat"}
"""Vendors whose package URLs have another name than the distribution's id."""


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package and where it is stated."""

    ref: ArtifactRef
    view: ArtifactView
    location: Location
    relations: Mapping[str, Plain]


@dataclass(slots=True)
class Root:
    """The packages of one root file system, and who provides each word."""

    packages: list[Package] = field(default_factory=list)
    providers: dict[str, list[Package]] = field(default_factory=lambda: defaultdict(list))
    left: int = RELATIONSHIPS


def enrich(graph: Graph, context: Context) -> Evidence:
    """Complete package URLs and ``depends_on`` of the packages of apk and rpm."""
    builder = EvidenceBuilder(NAME)
    packages = _by_place(graph)
    if not packages:
        return builder.build()
    releases = files_with(graph, "os_release")
    for system in file_systems(graph, [*packages, *releases]):
        for path, root in sorted(_roots(system, packages).items()):
            release = distribution(system, path, releases)
            for package in root.packages:
                _state_url(builder, package, release)
                if not _relate(builder, root, package):
                    builder.missed(package.location, OVER_LIMIT, "too many dependencies or providers")
    return builder.build()


def _by_place(graph: Graph) -> dict[str, list[Package]]:
    found: dict[str, list[Package]] = defaultdict(list)
    for ref in graph.refs("package"):
        if ref.key.startswith(("pkg:apk/", "pkg:rpm/")):
            view = graph.artifact(ref)
            for location in view.locations:
                found[location.path].append(Package(ref, view, location, mapping(view.groups.get("relations"))))
    return found


def _roots(system: FileSystem, packages: Mapping[str, list[Package]]) -> dict[str, Root]:
    roots: dict[str, Root] = defaultdict(Root)
    for path, place in sorted(system.places.items()):
        if match := DATABASES.match(path):
            for package in packages.get(place, ()):
                root = roots[match[1]]
                root.packages.append(package)
                for word in {str(package.view.name), *texts(package.relations.get("provides"))}:
                    root.providers[word].append(package)
    return roots


def _state_url(builder: EvidenceBuilder, package: Package, release: Mapping[str, Plain]) -> None:
    parsed = PackageURL.from_string(package.ref.key)
    id, version = text(release.get("id")), text(release.get("version"))
    given = dict(parsed.qualifiers) if isinstance(parsed.qualifiers, dict) else {}
    if id is not None:
        given["distro"] = f"{id}-{version}" if version else id
    if source := text(package.relations.get("source")):
        given["upstream"] = source
    namespace = NAMESPACES.get(id, id) if id is not None else parsed.namespace
    purl = identity.package_url(parsed.type, parsed.name, parsed.version, namespace, given)
    builder.artifact(package.ref, purl=purl)
    builder.state(package.ref, "purl", purl, package.location)


def _relate(builder: EvidenceBuilder, root: Root, package: Package) -> bool:
    """State what the package depends on, once for each other package; False where a limit leaves something out."""
    reasons: dict[ArtifactRef, str] = {}
    complete = True
    for word in texts(package.relations.get("depends")):
        providers = root.providers.get(word, [])
        complete &= len(providers) <= PROVIDERS
        for target in providers[:PROVIDERS]:
            note = "" if target.view.name == word else f"provides {word}"
            reasons[target.ref] = min(reasons.get(target.ref, note), note)
    reasons.pop(package.ref, None)
    root.left -= len(reasons)
    if root.left < 0:
        return False
    for target_ref, note in sorted(reasons.items()):
        builder.relate(package.ref, "depends_on", target_ref, Proof.DECLARED, package.location, note)
    return complete
