"""Installed Python distributions, folder by folder: who depends on whom there, and what is asked for and not fixed.

An installed distribution says what it requires under which conditions. Conditions are judged for the environment the
folder belongs to, not for the Python that runs the scan; an extra counts only where a request or an active dependant
names it. Requirements files ask for packages: what no lock and no installation beside them fixes becomes a package
without a version. A requirement of an installed distribution that is not installed beside it relates nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scanner.enrichers.context import Context
from scanner.enrichers.filesystems import FileSystem, file_systems
from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.plain import sequence
from scanner.records.python_markers import Evaluator, Target
from scanner.records.python_packages import add_package, exact_version, requirement_of

NAME: Final = "python_environment"
VERSION: Final = "1"
STEPS: Final = 2_000_000
"""Conditions and dependencies looked at for one folder."""
NOTE: Final = 200
"""Characters of a marker kept as a note."""
_METADATA: Final = re.compile(r"(.*?)(?:^|(?<=/))[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)\Z")
_FOLDER_VERSION: Final = re.compile(r"(?:^|/)(?:python|pypy)(3\.\d{1,2})(?:/|\Z)")
_EXTENSION: Final = re.compile(r"\.cpython-3(\d{1,2})-(\w+)-linux-gnu\.so\Z")
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architectures of images as Python names them on Linux."""


class Wanted(NamedTuple):
    """One requirement of a distribution: normalised names, and its marker as text, empty for none."""

    name: str
    extras: frozenset[str]
    marker: str


class Installed(NamedTuple):
    """One distribution in one folder."""

    ref: ArtifactRef
    place: str
    requires: tuple[Wanted, ...]


class Asked(NamedTuple):
    """One requirement of a requirements file."""

    requirement: Requirement
    folder: str
    place: str


@dataclass(slots=True)
class Environment:
    """The distributions of one folder by name; several of one name are kept."""

    folder: str
    """Its place in the scan."""
    target: Target
    installed: dict[str, list[Installed]] = field(default_factory=lambda: defaultdict(list))


def enrich(graph: Graph, context: Context) -> Evidence:
    """``depends_on`` between installed distributions; packages that are only asked for."""
    builder = EvidenceBuilder(NAME)
    views = {
        ref: view
        for ref in graph.refs("package")
        if ref.key.startswith("pkg:pypi/") and (view := graph.artifact(ref)).resolved
    }
    packages: dict[str, list[ArtifactRef]] = defaultdict(list)
    for ref, view in views.items():
        for place in {location.path for location in view.locations}:
            packages[place].append(ref)
    requests = _requests(graph)
    for system in file_systems(graph, [*packages, *requests]):
        asked = [
            Asked(requirement, _folder(path), place)
            for path, place in sorted(system.places.items())
            for requirement in requests.get(place, ())
        ]
        environments = _environments(graph, system, packages, views)
        for environment in environments:
            _relate(builder, environment, asked)
        _state_unresolved(builder, system, packages, views, environments, asked)
    return builder.build()


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _requests(graph: Graph) -> dict[str, list[Requirement]]:
    """Place of a requirements file → what it asks for."""
    found: dict[str, list[Requirement]] = {}
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        if "requests" in view.groups:
            requirements = _requirements(view.groups["requests"])
            found |= {location.path: requirements for location in view.locations}
    return found


def _requirements(lines: Json) -> list[Requirement]:
    return [one for line in sequence(lines) if (one := requirement_of(str(line))) is not None]


def _wanted(requirement: Requirement) -> Wanted:
    return Wanted(canonicalize_name(requirement.name), _extras(requirement), str(requirement.marker or ""))


def _extras(requirement: Requirement) -> frozenset[str]:
    return frozenset(map(canonicalize_name, requirement.extras))


def _environments(
    graph: Graph,
    system: FileSystem,
    packages: Mapping[str, list[ArtifactRef]],
    views: Mapping[ArtifactRef, ArtifactView],
) -> list[Environment]:
    found: dict[str, Environment] = {}
    for path, place in sorted(system.places.items()):
        if (match := _METADATA.match(path)) is None:
            continue
        folder = match[1]
        if folder not in found:
            below = f"{place.removesuffix(path)}{folder}"
            found[folder] = Environment(below, _target(graph, system, folder, below))
        for ref in packages.get(place, ()):
            requires = tuple(map(_wanted, _requirements(views[ref].groups.get("requires"))))
            found[folder].installed[_name(views[ref])].append(Installed(ref, place, requires))
    return list(found.values())


def _name(view: ArtifactView) -> str:
    return canonicalize_name(view.name)


def _target(graph: Graph, system: FileSystem, folder: str, below: str) -> Target:
    """What the folder's name, its extension modules and the image's platform say about the Python it belongs to."""
    version = _FOLDER_VERSION.search(folder)
    python, platform, machine, implementation = version and version[1], None, None, None
    for path in graph.places_below(below):
        if extension := _EXTENSION.search(path):
            python = python or f"3.{extension[1]}"
            platform, machine, implementation = "linux", extension[2], "cpython"
            break
    described = graph.artifact(system.image).groups.get("platform") if system.image is not None else None
    if isinstance(described, str):
        parts = described.split("/")
        platform = {"linux": "linux", "windows": "win32"}.get(parts[0], platform)
        machine = machine or _MACHINES.get(parts[1] if platform == "linux" and len(parts) > 1 else "")
    return Target(python, platform, machine, implementation)


def _relate(builder: EvidenceBuilder, environment: Environment, asked: list[Asked]) -> None:
    active: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        active[canonicalize_name(one.requirement.name)] |= _extras(one.requirement)
    notes: dict[tuple[Installed, Installed], set[str]] = defaultdict(set)
    try:
        for source, target, note in _dependencies(environment, active):
            notes[source, target].add(note)
    except NotExaminable as error:
        builder.missed(Location(environment.folder), error.reason, error.detail)
    for (source, target), found in sorted(notes.items(), key=lambda item: (item[0][0][:2], item[0][1][:2])):
        note = "" if "" in found else ", ".join(sorted(found))
        builder.relate(source.ref, "depends_on", target.ref, Proof.DECLARED, Location(source.place), note)


def _dependencies(environment: Environment, active: dict[str, set[str]]) -> Iterator[tuple[Installed, Installed, str]]:
    """Every dependency that counts, with the condition under which it does; ``active`` grows by what dependants ask for.

    Raises NotExaminable(over_limit) after :data:`STEPS` steps.
    """
    evaluator = Evaluator(environment.target)
    todo = sorted(environment.installed)
    left = STEPS
    while todo:
        name = todo.pop()
        for source in environment.installed[name]:
            for wanted in source.requires:
                targets = environment.installed.get(wanted.name, [])
                left -= 1 + len(active[name]) + len(targets)
                if left < 0:
                    raise NotExaminable(OVER_LIMIT, "too many dependencies in one folder")
                conditions = _conditions(evaluator, wanted.marker, active[name]) if targets else []
                if conditions and wanted.extras - active[wanted.name]:
                    active[wanted.name] |= wanted.extras
                    todo.append(wanted.name)
                if wanted.name != name:
                    yield from ((source, target, condition) for target in targets for condition in conditions)


def _conditions(evaluator: Evaluator, marker: str, extras: set[str]) -> list[str]:
    """Under which conditions a requirement counts: empty text for always, nothing for never."""
    answers = {extra: evaluator.holds(marker, extra) for extra in ("", *sorted(extras))} if marker else {"": True}
    if answers[""]:
        return [""]
    found = [f"extra {extra}" for extra, answer in answers.items() if answer]
    if not found and None in answers.values():
        found = [f"marker {marker}"[:NOTE]]
    return found


def _state_unresolved(
    builder: EvidenceBuilder,
    system: FileSystem,
    packages: Mapping[str, list[ArtifactRef]],
    views: Mapping[ArtifactRef, ArtifactView],
    environments: list[Environment],
    asked: list[Asked],
) -> None:
    installed = {name for environment in environments for name in environment.installed}
    fixed: dict[str, set[str]] = defaultdict(set)
    for path, place in system.places.items():
        fixed[_folder(path)] |= {_name(views[ref]) for ref in packages.get(place, ())}
    for requirement, folder, place in asked:
        name = canonicalize_name(requirement.name)
        if name in installed or name in fixed[folder]:
            continue
        version = exact_version(requirement)
        package = add_package(builder, name, version, Location(place), resolved=version is not None)
        builder.state(package, "pinning", {"exact": version is not None, "hashed": False}, Location(place))
