"""Installed Debian packages, root file system by root file system: distribution, dependencies and licences.

A dependency is met by the package of that name, else by whatever provides it; of alternatives every installed one is
related. Debian Policy, chapter 7.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.filesystems import FileSystem, file_systems
from scanner.errors import OVER_LIMIT
from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.plain import Plain, mapping, text, texts

NAME: Final = "debian_packages"
VERSION: Final = "1"
PROVIDERS: Final = 100
"""Packages that one dependency leads to."""
RELATIONSHIPS: Final = 1_000_000
"""Dependencies of one root file system."""
NAMESPACES: Final = frozenset({"debian", "ubuntu"})
_STATUS: Final = re.compile(r"((?:.*/)?)var/lib/dpkg/status(?:\.d/[^/]+)?\Z")
_NAME: Final = re.compile(r"\s*([a-z0-9][a-z0-9+.\-]+)(?::([a-z0-9\-]+))?")


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package, where it is stated, and its dependency fields."""

    ref: ArtifactRef
    view: ArtifactView
    location: Location
    architecture: str
    relations: Mapping[str, Plain]


@dataclass(slots=True)
class Root:
    """The packages of one root file system, by name and by what they provide."""

    packages: list[Package] = field(default_factory=list)
    named: dict[str, list[Package]] = field(default_factory=lambda: defaultdict(list))
    provided: dict[str, list[Package]] = field(default_factory=lambda: defaultdict(list))
    left: int = RELATIONSHIPS


def enrich(graph: Graph, context: Context) -> Evidence:
    """Complete package URLs, ``depends_on`` and licences of installed packages."""
    builder = EvidenceBuilder(NAME)
    packages = _by_place(graph)
    releases = files_with(graph, "os_release")
    copyrights = files_with(graph, "debian_licences")
    for system in file_systems(graph, [*packages, *releases, *copyrights]):
        for path, root in sorted(_roots(system, packages).items()):
            release = distribution(system, path, releases)
            for package in root.packages:
                _state_url(builder, package, release)
                if not _relate(builder, root, package):
                    builder.missed(package.location, OVER_LIMIT, "too many dependencies or providers")
                place = system.places.get(f"{path}usr/share/doc/{package.view.name}/copyright", "")
                if place in copyrights:
                    builder.state(package.ref, "licences", texts(copyrights[place]), Location(place))
    return builder.build()


def _by_place(graph: Graph) -> dict[str, list[Package]]:
    found: dict[str, list[Package]] = defaultdict(list)
    for ref in graph.refs("package"):
        if ref.key.startswith("pkg:deb/"):
            view = graph.artifact(ref)
            architecture = ref.key.partition("?arch=")[2]
            relations = mapping(view.groups.get("relations"))
            for location in view.locations:
                found[location.path].append(Package(ref, view, location, architecture, relations))
    return found


def distribution(system: FileSystem, root: str, releases: Mapping[str, Json]) -> Mapping[str, Plain]:
    """What the root file system at ``root`` says of its distribution; ``releases`` are such statements by place."""
    for name in ("etc/os-release", "usr/lib/os-release"):
        if (place := system.places.get(root + name, "")) in releases:
            return mapping(releases[place])
    return {}


def files_with(graph: Graph, group: str) -> dict[str, Json]:
    """Place of every file that carries ``group`` → its value."""
    found: dict[str, Json] = {}
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        if group in view.groups:
            found |= {location.path: view.groups[group] for location in view.locations}
    return found


def _roots(system: FileSystem, packages: Mapping[str, list[Package]]) -> dict[str, Root]:
    roots: dict[str, Root] = defaultdict(Root)
    for path, place in sorted(system.places.items()):
        if match := _STATUS.match(path):
            for package in packages.get(place, ()):
                root = roots[match[1]]
                root.packages.append(package)
                root.named[package.view.name].append(package)
                for name in {
                    found[1] for one in texts(package.relations.get("provides")) if (found := _NAME.match(one))
                }:
                    root.provided[name].append(package)
    return roots


def _state_url(builder: EvidenceBuilder, package: Package, release: Mapping[str, Plain]) -> None:
    distribution, version = text(release.get("id")), text(release.get("version"))
    source = text(package.relations.get("source"))
    qualifiers = {
        "arch": package.architecture,
        "distro": f"{distribution}-{version}" if distribution and version else "",
        "upstream": source or "",
    }
    namespace = distribution if distribution in NAMESPACES else "debian"
    given = {key: value for key, value in qualifiers.items() if value}
    purl = identity.package_url("deb", package.view.name, package.view.version, namespace, given)
    builder.artifact(package.ref, purl=purl)
    builder.state(package.ref, "purl", purl, package.location)


def _relate(builder: EvidenceBuilder, root: Root, package: Package) -> bool:
    """State what the package depends on; False where a limit leaves something out."""
    complete = True
    for wanted in texts(package.relations.get("depends")):
        names = [match for choice in wanted.split("|") if (match := _NAME.match(choice))]
        for match in names:
            targets = root.named.get(match[1])
            note = "" if targets else f"provides {match[1]}"
            fitting = _fitting(targets or root.provided.get(match[1], []), match[2] or package.architecture)
            root.left -= min(len(fitting), PROVIDERS)
            if root.left < 0:
                return False
            complete &= len(fitting) <= PROVIDERS
            for target in fitting[:PROVIDERS]:
                if target.ref != package.ref:
                    builder.relate(package.ref, "depends_on", target.ref, Proof.DECLARED, package.location, note)
    return complete


def _fitting(candidates: list[Package], architecture: str) -> list[Package]:
    """Where a package is installed for several architectures, the one that fits the dependant."""
    exact = [one for one in candidates if one.architecture in (architecture, "all")]
    return exact or candidates
