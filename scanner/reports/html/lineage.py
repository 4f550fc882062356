"""The section "From data to deployment": one drawn chain a model, and the same as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from scanner.reports.html.boxes import STATUS, STATUS_ORDER, Box, box, worst_findings
from scanner.reports.html.chains import DATASET, DEPLOYMENT, IMAGE, MODEL, RUN, SOURCE, Chain, chain_of, subjects
from scanner.reports.html.drawing import draw
from scanner.reports.html.lanes import LANES
from scanner.reports.html.lookup import STRENGTH, Lookup
from scanner.reports.html.times import day

MOST_CHAINS: Final = 40
MOST_BOXES: Final = 12


@dataclass(frozen=True, slots=True)
class TextStep:
    """One box in words."""

    name: str
    detail: str
    status: str
    word: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainView:
    """One model's chain as the page shows it."""

    anchor: str
    title: str
    format: str
    updated: str
    by: str
    svg: Markup
    lanes: tuple[tuple[str, tuple[TextStep, ...]], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """All chains that are shown, and how many there are."""

    chains: tuple[ChainView, ...]
    total: int
    traced: int
    """Models of which a run and a data set are recorded."""
    anchors: Mapping[str, str]
    """Model id to the anchor of its chain."""


def lineage(look: Lookup) -> Lineage:
    """Chains of the models, those with the worst findings first where not all can be shown."""
    models = subjects(look)
    worst = worst_findings(look, {id: id for id in models})
    shown = models
    if len(models) > MOST_CHAINS:
        urgent = sorted(models, key=lambda id: (id not in worst, models.index(id)))[:MOST_CHAINS]
        shown = [id for id in models if id in set(urgent)]
    anchors = {id: f"chain-{number}" for number, id in enumerate(shown, 1)}
    chains = {id: chain_of(look, id) for id in models}
    views = tuple(_view(look, chains[id], anchors[id]) for id in shown)
    return Lineage(views, len(models), sum(_traced(look, chain) for chain in chains.values()), anchors)


def _traced(look: Lookup, chain: Chain) -> bool:
    return bool(_runs(look, chain)) and DATASET in chain.lanes.values()


def _runs(look: Lookup, chain: Chain) -> list[str]:
    return sorted(id for id, lane in chain.lanes.items() if lane == RUN and look.kind(id) == "run")


def _view(look: Lookup, chain: Chain, anchor: str) -> ChainView:
    model = chain.model
    boxes, links = _boxes(look, chain)
    updated = look.text(model, "updated", "at")
    runners = (name for id in _runs(look, chain) if (name := look.text(id, "by")))
    by = look.text(model, "updated", "by") or next(runners, "")
    return ChainView(
        anchor=anchor,
        title=look.label(model),
        format=look.text(model, "format"),
        updated=day(updated) if updated else "",
        by=by,
        svg=draw(look.label(model), boxes, links),
        lanes=_as_text(boxes, links),
        cut=chain.cut,
    )


def _boxes(look: Lookup, chain: Chain) -> tuple[list[Box], dict[tuple[str, str], str]]:
    stands_for = {id: id for id in chain.lanes}
    for image in [id for id, lane in chain.lanes.items() if lane == IMAGE]:
        for package in look.packages_in(image):
            stands_for.setdefault(package, image)
    worst = worst_findings(look, stands_for)
    ordered = sorted(chain.lanes, key=lambda id: (chain.lanes[id], look.label(id), id))
    keys = {id: f"b{number}" for number, id in enumerate(ordered)}
    boxes = [
        box(look, id, chain.lanes[id], keys[id], worst.get(id), _note(look, chain, id), own=id == chain.model)
        for id in ordered
    ]
    links = {(keys[source], keys[target]): proof for (source, target), proof in sorted(chain.links.items())}
    boxes, links = _folded(boxes, links)
    return _with_gaps(look, chain, boxes, links, keys[chain.model])


def _note(look: Lookup, chain: Chain, id: str) -> str:
    if id in chain.tested:
        return "test set"
    if chain.lanes[id] == SOURCE and look.kind(id) == "model":
        return "base model"
    if chain.lanes[id] == MODEL and id != chain.model:
        return "registered model"
    return ""


def _folded(boxes: Sequence[Box], links: Mapping[tuple[str, str], str]) -> tuple[list[Box], dict[tuple[str, str], str]]:
    """At most twelve boxes a lane: the least urgent ones become one box that counts them."""
    kept: list[Box] = []
    instead: dict[str, str] = {}
    for lane in range(len(LANES)):
        here = [item for item in boxes if item.lane == lane]
        if len(here) <= MOST_BOXES:
            kept += here
            continue
        urgent = sorted(here, key=lambda item: (not item.own, STATUS_ORDER.index(item.status)))
        folded = urgent[MOST_BOXES - 1 :]
        more = Box(f"more{lane}", lane, f"{len(folded)} more", "not drawn one by one", folded[0].status)
        instead |= {item.key: more.key for item in folded}
        kept += [*(item for item in here if item.key not in instead), more]
    merged: dict[tuple[str, str], str] = {}
    for (source, target), proof in links.items():
        pair = instead.get(source, source), instead.get(target, target)
        if pair[0] != pair[1]:
            merged[pair] = min(proof, merged.get(pair, proof), key=STRENGTH.__getitem__)
    return kept, merged


def _with_gaps(
    look: Lookup, chain: Chain, boxes: list[Box], links: dict[tuple[str, str], str], model: str
) -> tuple[list[Box], dict[tuple[str, str], str]]:
    """A dashed box in every lane where a record should be and is not, joined by missing links."""
    lanes = {item.lane for item in boxes}
    word = "not looked for" if look.evidence(chain.model, "lineage") is None else "not recorded"
    images = next(look.of_kind("image"), None) is not None
    deployments = next(look.of_kind("deployment"), None) is not None
    run = next((item.key for item in boxes if item.lane == RUN), None)
    if RUN not in lanes:
        run = "gap-run"
        boxes.append(Box(run, RUN, word, "no run links data to the model", "gap"))
        links[run, model] = "missing"
    if DATASET not in lanes and run is not None:
        boxes.append(Box("gap-data", DATASET, word, "no training data on record", "gap"))
        links["gap-data", run] = "missing"
    holder = next((item.key for item in boxes if item.lane == IMAGE), model)
    if IMAGE not in lanes and DEPLOYMENT not in lanes and images:
        holder = "gap-image"
        boxes.append(Box(holder, IMAGE, "none found", "no image holds this model", "gap"))
        links[model, holder] = "missing"
    if DEPLOYMENT not in lanes and deployments:
        boxes.append(Box("gap-deploy", DEPLOYMENT, "none found", "no deployment runs this model", "gap"))
        links[holder, "gap-deploy"] = "missing"
    return boxes, links


def _as_text(
    boxes: Sequence[Box], links: Mapping[tuple[str, str], str]
) -> tuple[tuple[str, tuple[TextStep, ...]], ...]:
    names = {item.key: item.name for item in boxes}
    lanes = []
    for lane, name in enumerate(LANES):
        steps = tuple(
            TextStep(
                item.name,
                item.detail,
                item.status,
                STATUS[item.status][1] if item.status != "ok" else "",
                tuple(f"{names[source]} ({proof})" for (source, target), proof in links.items() if target == item.key),
            )
            for item in boxes
            if item.lane == lane
        )
        if steps:
            lanes.append((name, steps))
    return tuple(lanes)
