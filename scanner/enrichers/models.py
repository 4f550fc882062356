"""Files of weights become models: one model for one set of bytes, whatever the number of places it lies at.

A model is what a loader opens: a weight file, a compressed or zipped container of one, or a set of shards that an index
names. Two models are one when the digests of their weight files are. What lies beside the weights (configuration, card,
code) belongs to the model at that place. A pickle that an installed package brought with it is data of that package, not a
model of the release; as a file it keeps its verdict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.errors import SOURCE_UNREACHABLE, UNSUPPORTED
from scanner.formats import COMPRESSED, HOLDERS, MODEL_FORMATS
from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.plain import mappings
from scanner.vocabulary import CODE_VERDICTS

NAME: Final = "models"
VERSION: Final = "1"
CONTAINERS: Final = COMPRESSED | HOLDERS | {"keras", "skops"}
"""Formats that hold the weights of one model as a whole; members of a plain zip or tar are models of their own."""
JUDGED_BY_MEMBERS: Final = COMPRESSED | HOLDERS
"""Containers whose loading runs what their members hold and nothing else."""
NAMES_NOTHING: Final = COMPRESSED | {"torch", "torchscript", "safetensors", "gguf", "onnx", "savedmodel", "tflite"}
"""Weight formats that have no place for the name of a Python object; a file of any other must have told its imports."""
PACKAGE_DATA: Final = frozenset({"pickle", "joblib"})
"""Weight formats that packages also use for tables of their own."""
GENERIC: Final = re.compile(
    r"(?:model|models|weights|checkpoint|pytorch_model|saved_model|artifacts|data|app|opt|srv|serving|served|files|"
    r"snapshots|blobs|sha256|layer|bin|lib|src|content|model_store|m-[0-9a-f]{32}|[0-9a-f]{32,}|v?[0-9.]+)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Group:
    """The weight files of one model at one place: members by name within ``folder``, written as places in it begin."""

    folder: str
    members: tuple[tuple[str, ArtifactRef], ...]
    complete: bool = True
    """False when an index names weight files that are not here."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """Model artifacts with their files, format, verdict and what lies beside them."""
    builder = EvidenceBuilder(NAME)
    found: dict[ArtifactRef, list[_Group]] = {}
    for group in _groups(graph):
        digest = identity.group_digest((name, _sha256(graph, ref)) for name, ref in group.members)
        found.setdefault(identity.content("model", digest), []).append(group)
    for model in sorted(found):
        _state_model(builder, graph, model, found[model])
    return builder.build()


def _sha256(graph: Graph, ref: ArtifactRef) -> str:
    return graph.artifact(ref).digests["sha256"]


def _format(view: ArtifactView) -> str:
    return str(view.groups.get("format", ""))


def _groups(graph: Graph) -> list[_Group]:
    """Every set of weight files at every place where it lies."""
    units = {unit for ref in graph.refs("file") if _is_weights(graph, ref) for unit in _units(graph, ref)}
    installed = _installed(graph)
    at: dict[str, ArtifactRef] = {
        place.path: unit
        for unit in units
        for place in graph.artifact(unit).locations
        if graph.seen(unit) and not _is_package_data(graph, unit, place.path, installed)
    }
    sharded: dict[str, tuple[list[str], bool]] = {}
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        index = view.groups.get("weight_index")
        if isinstance(index, list) and index:
            for place in view.locations:
                own = [place.path] if place.path in at else []
                paths = [identity.beside(place.path, str(name)) for name in index]
                members = own + [path for path in paths if path is not None and _weight_at(graph, path)]
                if members:
                    sharded[place.path] = members, len(members) == len(own) + len(index)
    taken = {path for members, _ in sharded.values() for path in members}
    groups = [
        _Group(
            identity.folder(paths[0]),
            tuple((_base(path), _file_at(graph, path)) for path in sorted(set(paths))),
            complete,
        )
        for _, (paths, complete) in sorted(sharded.items())
    ]
    groups += [_Group(identity.folder(path), ((_base(path), at[path]),)) for path in sorted(at) if path not in taken]
    return groups


def _weight_at(graph: Graph, path: str) -> bool:
    return any(ref.kind == "file" and graph.seen(ref) for ref in graph.at(path))


def _file_at(graph: Graph, path: str) -> ArtifactRef:
    return next(ref for ref in graph.at(path) if ref.kind == "file" and graph.seen(ref))


def _is_weights(graph: Graph, ref: ArtifactRef) -> bool:
    return graph.seen(ref) and _format(graph.artifact(ref)) in MODEL_FORMATS


def _installed(graph: Graph) -> set[tuple[str, str]]:
    """Place and digest of every file that an installed package lists as its own."""
    return {
        (str(entry["path"]), str(entry["digest"]).removeprefix("sha256:"))
        for package in graph.refs("package")
        for entry in mappings(graph.artifact(package).groups.get("installed_files"))
    }


def _is_package_data(graph: Graph, ref: ArtifactRef, path: str, installed: set[tuple[str, str]]) -> bool:
    """Whether this is a harmless pickle that a package brought to this place: data of its own, no model of the release.

    Anybody can write a list of installed files, so that it excuses nothing that is not known to be safe.
    """
    view = graph.artifact(ref)
    scan = view.groups.get("code_scan")
    safe = isinstance(scan, Mapping) and scan["verdict"] == "known-safe"
    return safe and _format(view) in PACKAGE_DATA and (path, _sha256(graph, ref)) in installed


def _units(graph: Graph, ref: ArtifactRef, above: frozenset[ArtifactRef] = frozenset()) -> set[ArtifactRef]:
    """The outermost containers that hold these weights whole, and the file itself where it also lies free.

    ``above`` are files already walked through: archives can be made that contain each other.
    """
    units: set[ArtifactRef] = set()
    above |= {ref}
    holders = {
        one.source
        for one in graph.incoming(ref, ("contains",))
        if one.source.kind == "file" and one.source not in above and _format(graph.artifact(one.source)) in CONTAINERS
    }
    for holder in holders:
        units |= _units(graph, holder, above)
    held = tuple(place.path + "!" for holder in holders for place in graph.artifact(holder).locations)
    if not held or any(not place.path.startswith(held) for place in graph.artifact(ref).locations):
        units.add(ref)
    return units


def _state_model(builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, groups: list[_Group]) -> None:
    members = {ref for group in groups for _, ref in group.members}
    places = sorted({Location(group.folder + _label(group)) for group in groups})
    sizes = [graph.artifact(ref).size or 0 for ref in members]
    name = _name(groups)
    for place in places:
        builder.artifact(
            model, place, name=name, digests={"sha256": model.key.removeprefix("sha256:")}, size=sum(sizes)
        )
    inside = _inside(graph, members)
    for ref in sorted(members):
        builder.relate(model, "contains", ref, Proof.MATCHED, places[0])
    formats = [_format(graph.artifact(ref)) for files in (sorted(members), inside) for ref in files]
    builder.state(model, "format", next(one for one in formats if one in MODEL_FORMATS), places[0])
    if not all(group.complete for group in groups):
        state = {"state": "partly", "reason": f"{SOURCE_UNREACHABLE}: a weight file that the index names is not here"}
        builder.state(model, "examined", state, places[0])
    _state_scan(builder, graph, model, inside, places[0])
    _state_imports(builder, graph, model, inside, places[0], complete=all(group.complete for group in groups))
    for group in groups:
        _state_surroundings(builder, graph, model, group)
    builder.state(model, "remote_code", {"present": False}, places[0])


def _label(group: _Group) -> str:
    return group.members[0][0]


def _inside(graph: Graph, members: set[ArtifactRef]) -> list[ArtifactRef]:
    """The weight files and every file nested in them."""
    nested = {ref for ref in graph.reach(members, ("contains",)) if ref.kind == "file"}
    return sorted(members | nested)


def _state_scan(
    builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, inside: list[ArtifactRef], place: Location
) -> None:
    """The worst verdict of all files inside; none of them judged means that nobody knows."""
    verdicts: list[tuple[int, str, str]] = []
    for ref in inside:
        view = graph.artifact(ref)
        scan = view.groups.get("code_scan")
        if isinstance(scan, dict):
            verdict = str(scan["verdict"])
            verdicts.append((CODE_VERDICTS.index(verdict), str(scan["reason"] or ""), verdict))
        state = view.groups.get("examined")
        if isinstance(state, dict):
            builder.state(model, "examined", dict(state), place)
        if "code_scan" in view.missing:
            builder.gap(model, "code_scan", view.missing["code_scan"], "a file of it was not examined", place)
    if verdicts:
        _, reason, verdict = min(verdicts)
        if verdict == "malicious" or not _unjudged(graph, inside):
            builder.state(model, "code_scan", {"verdict": verdict, "reason": reason or None}, place)
            return
    builder.gap(model, "code_scan", UNSUPPORTED, "some of its weights have no verdict", place)


def _state_imports(
    builder: EvidenceBuilder,
    graph: Graph,
    model: ArtifactRef,
    inside: list[ArtifactRef],
    place: Location,
    *,
    complete: bool,
) -> None:
    """What loading any file inside would import, and where the engines differ.

    A list that may be incomplete is no list: a name that is missing from it would pass every rule.
    """
    found: list[Json] = []
    complete = complete and not _unjudged(graph, inside)
    for ref in inside:
        groups = graph.artifact(ref).groups
        imports, remote = groups.get("imports"), groups.get("remote_code")
        if isinstance(imports, list):
            found += imports
        else:
            complete &= groups.get("format") not in MODEL_FORMATS - NAMES_NOTHING
        complete &= "imports" not in graph.artifact(ref).missing
        complete &= not (isinstance(remote, Mapping) and remote["present"])
        if isinstance(differing := groups.get("engine_disagreement"), list):
            builder.state(model, "engine_disagreement", differing, place)
    if complete:
        builder.state(model, "imports", found, place)
    else:
        builder.gap(model, "imports", UNSUPPORTED, "not all that it imports is known", place)


def _unjudged(graph: Graph, inside: list[ArtifactRef]) -> bool:
    """Whether some weight file inside has no verdict of its own, or something inside was not read to its end."""
    for ref in inside:
        view = graph.artifact(ref)
        judged = "code_scan" in view.groups or _format(view) not in MODEL_FORMATS - JUDGED_BY_MEMBERS
        examined = view.groups.get("examined")
        partly = isinstance(examined, dict) and examined["state"] != "examined"
        if not judged or partly or "code_scan" in view.missing:
            return True
    return False


def _state_surroundings(builder: EvidenceBuilder, graph: Graph, model: ArtifactRef, group: _Group) -> None:
    """Documents and code beside the weights."""
    for path in graph.places_in(group.folder):
        for ref in graph.at(path):
            view = graph.artifact(ref)
            if ref.kind == "document":
                builder.relate(model, "described_by", ref, Proof.DECLARED, Location(path), "in the folder of the model")
            elif ref.kind == "file":
                remote = view.groups.get("remote_code")
                if isinstance(remote, dict) and remote["present"]:
                    builder.state(model, "remote_code", {"present": True}, Location(path))
                    builder.relate(model, "contains", ref, Proof.DECLARED, Location(path), "in the folder of the model")


def _base(path: str) -> str:
    return path[len(identity.folder(path)) :]


def _name(groups: list[_Group]) -> str:
    """The commonest telling part of its places: the file's stem, else the nearest folder with a name of its own."""
    candidates = Counter(name for group in groups if (name := _telling(group)) is not None)
    if not candidates:
        return _label(groups[0])
    most = max(candidates.values())
    return min(name for name, count in candidates.items() if count == most)


def _telling(group: _Group) -> str | None:
    parts = [part for part in group.folder.rpartition("!")[2].split("/") if part]
    stem = _label(group).partition(".")[0]
    shard = re.sub(r"-\d{5}-of-\d{5}\Z", "", stem)
    for part in (shard, *reversed(parts)):
        if part and not GENERIC.match(part):
            return part
    return None
