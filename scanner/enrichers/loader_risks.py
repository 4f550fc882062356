"""Models that a library of the scan loads at a version whose protection is known to be broken.

A loader's promise (``weights_only``, ``safe_mode``) counts only at a version where it holds. The packages that matter are
those of the images that contain the model, or that a deployment serving it runs; where there are none, those that the
release contains or depends on. Where no such package is in the scan nothing is said: nobody knows what will load the model.
"""

from __future__ import annotations

from typing import Final

from packageurl import PackageURL

from scanner.advisories.versions import LONGEST, PYPI
from scanner.advisories.versions.pypi import is_pep440
from scanner.enrichers.context import Context
from scanner.enrichers.loader_data import FLAWS, LoaderFlaw
from scanner.errors import UNREADABLE
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location
from scanner.records.plain import mappings

NAME: Final = "loader_risks"
VERSION: Final = "1"
HOLDS: Final = ("contains", "based_on")
USES: Final = ("contains", "based_on", "serves")


def enrich(graph: Graph, context: Context) -> Evidence:
    """``loader_risks`` of every model that a known loader of its format stands beside; empty where all are sound."""
    builder = EvidenceBuilder(NAME)
    loaders = _loaders(graph)
    for model in graph.refs("model") if loaders else ():
        view = graph.artifact(model)
        if not view.resolved:
            continue
        flaws = [
            flaw for flaw in FLAWS if _applies(flaw, str(view.groups.get("format", "")), view.groups.get("imports"))
        ]
        wanted = {flaw.package for flaw in flaws}
        present = [loader for loader in _around(graph, model) if loaders.get(loader, ("", ""))[0] in wanted]
        place = view.locations[0] if view.locations else Location(".")
        if present:
            _state(builder, model, flaws, {loader: loaders[loader] for loader in present}, place)
    return builder.build()


def _loaders(graph: Graph) -> dict[ArtifactRef, tuple[str, str]]:
    """Name and version of every package of the scan that is a listed loader; the version is empty where none is known."""
    listed = {flaw.package for flaw in FLAWS}
    found: dict[ArtifactRef, tuple[str, str]] = {}
    for ref in graph.refs("package"):
        purl = PackageURL.from_string(graph.artifact(ref).purl or ref.key)
        if purl.type == "pypi" and purl.name in listed:
            found[ref] = purl.name, purl.version or ""
    return found


def _applies(flaw: LoaderFlaw, format: str, imports: Json) -> bool:
    if format not in flaw.formats:
        return False
    named = {str(one["name"]).partition(".")[0] for one in mappings(imports)}
    return not flaw.imports or flaw.imports in named


def _around(graph: Graph, model: ArtifactRef) -> list[ArtifactRef]:
    """Packages of what loads the model: of the images it is in or served from, else of the release that it is part of."""
    above = graph.reach([model], USES, against=True)
    deployments = [ref for ref in above if ref.kind == "deployment"]
    images = {ref for ref in above if ref.kind == "image"}
    images |= {one.target for ref in deployments for one in graph.outgoing(ref, ("runs",))}
    if images:
        return sorted(ref for ref in graph.reach(images, HOLDS) if ref.kind == "package")
    releases = [ref for ref in above if ref.kind == "release"]
    asked = {one.target for ref in releases for one in graph.outgoing(ref, ("contains", "depends_on"))}
    asked = {ref for ref in asked if ref.kind == "package"}
    return sorted(asked | graph.reach(asked, ("depends_on",)))


def _state(
    builder: EvidenceBuilder,
    model: ArtifactRef,
    flaws: list[LoaderFlaw],
    loaders: dict[ArtifactRef, tuple[str, str]],
    place: Location,
) -> None:
    risks: list[Json] = []
    unsure = False
    for name, version in loaders.values():
        for flaw in flaws:
            broken = is_broken(flaw, name, version)
            unsure |= broken is None
            if broken:
                risks.append(
                    {
                        "id": f"{flaw.advisory} {name} {version}",
                        "advisory": flaw.advisory,
                        "package": f"{name} {version}",
                        "severity": flaw.severity,
                        "promise": flaw.promise,
                        "fixed_in": flaw.fixed,
                    }
                )
    if risks or not unsure:
        builder.state(model, "loader_risks", risks, place)
    else:
        builder.gap(model, "loader_risks", UNREADABLE, "the version of a package that loads it is not known", place)


def is_broken(flaw: LoaderFlaw, name: str, version: str) -> bool | None:
    """Whether this version of a package has the flaw; None where the version is not known."""
    if name != flaw.package:
        return False
    if len(version) > LONGEST or not is_pep440(version):
        return None
    return bool(PYPI.key(flaw.introduced) <= PYPI.key(version) < PYPI.key(flaw.fixed))
