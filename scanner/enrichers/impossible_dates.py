"""Dates that cannot all be true: data newer than the training on them, an image older than its model, a future.

Such an order means that a record speaks of another artifact, or that somebody wrote it by hand. Times that lie less than
a day apart are not compared, because clocks and zones differ that much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.enrichers import moments
from scanner.enrichers.context import Context
from scanner.enrichers.moments import SLACK, Moment
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof

NAME: Final = "impossible_dates"
VERSION: Final = "1"
OWN: Final = {
    "model": (("updated", "at", "model made"),),
    "dataset": (("as_of", "time", "newest event of the data"), ("drift", "measured", "measurement of drift")),
    "run": (("started", None, "start"), ("ended", None, "end")),
    "image": (("created", None, "creation"),),
    "document": (("updated", None, "last change"),),
}
"""Times that the groups of a kind hold: group, field, and what it is the time of."""

_Said = Iterator[tuple[str, str]]
"""Id of an impossible order, and the two times in words."""


def enrich(graph: Graph, context: Context) -> Evidence:
    """Impossible orders of every dated artifact; an empty list where its dates were compared and none was found."""
    builder = EvidenceBuilder(NAME)
    now = Moment(context.as_of, "record", Location(""), "scan")
    for kind in OWN:
        for ref in graph.refs(kind):
            own = _own(graph, ref)
            if not own:
                continue
            said = dict([*_alone(kind, own, now), *_compared(graph, ref)])
            value: list[Json] = [{"id": id, "detail": detail} for id, detail in sorted(said.items())]
            builder.state(ref, "impossible_dates", value, own[0].place)
    return builder.build()


def _own(graph: Graph, ref: ArtifactRef) -> list[Moment]:
    found = [one for said in OWN[ref.kind] for one in moments.stated(graph, ref, *said)]
    return found + moments.dated(graph, ref)


def _alone(kind: str, own: list[Moment], now: Moment) -> _Said:
    for one in own:
        yield from _order(one, now, "after-scan")
        # A reproducible image build writes 1970 on purpose.
        if one.time.year <= 1970 and kind != "image":
            yield "epoch", f"{one.what} {one.text}"


def _order(first: Moment, second: Moment, id: str) -> _Said:
    """Say it when ``first``, which should not be later than ``second``, is."""
    if first.time - second.time > SLACK:
        yield id, f"{first.what} {first.text}, {second.what} {second.text}"


def _compared(graph: Graph, ref: ArtifactRef) -> _Said:
    if ref.kind == "model":
        made = moments.best(moments.trained(graph, ref))
        for dataset in moments.training_data(graph, ref) if made else ():
            for ends in moments.stated(graph, dataset, "as_of", "time", "newest event of the data"):
                yield from _order(ends, made, "data-after-training") if made else ()
    elif ref.kind == "image":
        for created in moments.stated(graph, ref, "created", None, "image created"):
            if created.time.year > 1970:
                for model in graph.outgoing(ref, ("contains",)):
                    made = moments.best(moments.trained(graph, model.target)) if model.target.kind == "model" else None
                    yield from _order(made, created, "training-after-image") if made else ()
    elif ref.kind == "run":
        for started in moments.stated(graph, ref, "started", None, "run started"):
            for one in graph.outgoing(ref, ("used",)):
                if one.target.kind == "commit" and one.proof > Proof.INFERRED:
                    for authored in moments.stated(graph, one.target, "authored", None, "commit written"):
                        yield from _order(authored, started, "commit-after-run")
