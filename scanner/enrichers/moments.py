"""When things happened, as far as records tell: the times that freshness and order are judged by.

Of several times of one event the one with the best basis counts, as the vocabulary ranks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from scanner.enrichers.walks import reached
from scanner.graph import Graph
from scanner.model import BASES, ArtifactRef, Json, Location
from scanner.records.plain import mappings
from scanner.records.times import moment, written

SLACK: Final = timedelta(days=1)
"""Times that lie closer together than this are not ordered: clocks differ, and a date without a zone may be off by hours."""
FAMILY: Final = ("trained_on", "version_of")


@dataclass(frozen=True, slots=True)
class Moment:
    """One time with what it rests on and where it was read."""

    time: datetime
    basis: str
    place: Location
    what: str

    @property
    def text(self) -> str:
        """The time as RFC 3339."""
        return written(self.time)


def dated(graph: Graph, ref: ArtifactRef) -> list[Moment]:
    """Every date recorded for an artifact, in the order of their ids."""
    view = graph.artifact(ref)
    place = view.stated_by["dates"][0].location if "dates" in view.groups else Location("")
    found = (
        (moment(str(one["time"])), str(one["basis"]), str(one["what"])) for one in mappings(view.groups.get("dates"))
    )
    return [Moment(time, basis, place, what) for time, basis, what in found if time is not None]


def stated(
    graph: Graph, ref: ArtifactRef, group: str, key: str | None, what: str, basis: str = "record"
) -> list[Moment]:
    """The time in a group (in its field ``key``), as a list of none or one; its basis is the group's own if it has one."""
    view = graph.artifact(ref)
    value: Json = view.groups.get(group)
    if key is not None and isinstance(value, Mapping):
        basis = str(value.get("basis", basis))
        value = value.get(key)
    time = moment(value) if isinstance(value, str) else None
    return [] if time is None else [Moment(time, basis, view.stated_by[group][0].location, what)]


def trained(graph: Graph, model: ArtifactRef) -> list[Moment]:
    """When the runs that made a model ended (else began); without any, when a record says the model was made."""
    found: list[Moment] = []
    for one in graph.outgoing(model, ("generated_by",)):
        if one.target.kind == "run":
            found += stated(graph, one.target, "ended", None, "end of the training") or stated(
                graph, one.target, "started", None, "start of the training"
            )
    return found or stated(graph, model, "updated", "at", "model made") or dated(graph, model)


def best(moments: Iterable[Moment]) -> Moment | None:
    """The latest of the moments with the best basis."""
    return max(moments, key=lambda one: (-BASES.index(one.basis), one.time, one.place), default=None)


def training_data(graph: Graph, model: ArtifactRef) -> list[ArtifactRef]:
    """Datasets that a model was trained on, also those that only its registered name or its family records."""
    direct = [one.target for one in graph.outgoing(model, ("trained_on",))]
    return direct or sorted(ref for ref in reached(graph, model, FAMILY) if ref.kind == "dataset")
