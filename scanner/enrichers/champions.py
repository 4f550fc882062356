"""What a model registry marks as live, compared with the models found here; and who approved what gets traffic.

A registry gives one version of a name an alias such as ``champion``. Another version of that name, or other bytes under it,
is not what was released. A name alone proves nothing, so that it only ever contradicts where the bytes of the champion are
known, and of the same format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.enrichers.context import Context
from scanner.enrichers.walks import are_linked
from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json
from scanner.records.plain import mappings, texts

NAME: Final = "champions"
VERSION: Final = "1"
LIVE: Final = frozenset({"champion", "production", "prod", "live"})
"""Aliases and stages, in lower case, that mean the version in use."""


@dataclass(slots=True)
class _Live:
    """What is marked as live of one registered name; several stores may have the name."""

    refs: set[ArtifactRef] = field(default_factory=set)
    version: str = ""
    """The smallest of the versions, as text."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """Whether models are the champion of their name, and traffic with its approvals."""
    builder = EvidenceBuilder(NAME)
    champions, members = _families(graph)
    for model in graph.refs("model") if champions else ():
        view = graph.artifact(model)
        if view.resolved and view.locations:
            _state_champion(builder, graph, view, champions, members)
    for deployment in graph.refs("deployment"):
        _state_traffic(builder, graph, deployment)
    return builder.build()


def _families(graph: Graph) -> tuple[dict[str, _Live], dict[ArtifactRef, set[str]]]:
    """Registered name → what is live of it; model → the names it is registered under."""
    champions: dict[str, _Live] = {}
    members: dict[ArtifactRef, set[str]] = {}
    for model in graph.refs("model"):
        for entry in mappings(graph.artifact(model).groups.get("registered_as")):
            name = str(entry["name"])
            members.setdefault(model, set()).add(name)
            if any(alias.lower() in LIVE for alias in texts(entry["aliases"])):
                live = champions.setdefault(name, _Live())
                live.refs.add(model)
                live.version = min(live.version or str(entry["version"]), str(entry["version"]))
    return champions, members


def _state_champion(
    builder: EvidenceBuilder,
    graph: Graph,
    view: ArtifactView,
    champions: dict[str, _Live],
    members: dict[ArtifactRef, set[str]],
) -> None:
    registered = members.get(view.ref, set())
    for name in sorted(registered or {view.name}):
        live = champions.get(name)
        if live is None:
            continue
        matches: bool | None = view.ref in live.refs
        if not matches and not registered and not _is_other_bytes(graph, view, live):
            matches = None
        builder.state(view.ref, "champion", {"version": live.version, "matches": matches}, view.locations[0])


def _is_other_bytes(graph: Graph, view: ArtifactView, live: _Live) -> bool:
    """Whether the champion is here, in the same format, and neither was made of the other."""
    for ref in live.refs:
        champion = graph.artifact(ref)
        same_format = "format" in view.groups and view.groups["format"] == champion.groups.get("format")
        if not graph.seen(ref) or not same_format or are_linked(graph, ref, view.ref, ("derived_from",)):
            return False
    return True


def _state_traffic(builder: EvidenceBuilder, graph: Graph, deployment: ArtifactRef) -> None:
    view = graph.artifact(deployment)
    shares = mappings(view.groups.get("shares"))
    if not shares:
        return
    approved = bool(view.groups.get("approvals"))
    traffic: list[Json] = []
    for share in shares:
        model = identity.named("model", str(share["model"]))
        version = model in graph and bool(graph.artifact(model).groups.get("approvals"))
        traffic.append({**share, "approved": approved or version})
    builder.state(deployment, "traffic", traffic, view.stated_by["shares"][0].location)
