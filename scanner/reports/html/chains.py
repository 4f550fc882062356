"""Which artifacts belong to one model's chain, in which lane, and what joins them, as flow from data to deployment.

Relationships point from an artifact to what it is made of; links here point the other way, as things flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.reports.html.lookup import STRENGTH, Lookup, proof_of
from scanner.result import RelationshipResult

SOURCE, DATASET, RUN, MODEL, IMAGE, DEPLOYMENT = range(6)

_MADE_BY: Final = frozenset(
    {"trained_on", "tested_on", "derived_from", "generated_by", "used", "built_from", "version_of"}
)
_HELD_BY: Final = frozenset({"contains", "serves", "runs", "based_on"})
_ORIGINS: Final = frozenset({"dataset", "run", "pipeline", "model", "commit", "notebook", "file", "image"})
_PLACES: Final = frozenset({"image", "deployment"})
_TRANSPARENT: Final = frozenset({"layer", "file"})
_MOST: Final = 400
"""Artifacts taken into one chain; more are counted, not drawn."""


@dataclass(slots=True)
class Chain:
    """The members of one model's chain with their lane, and the proof class of every link between two members."""

    model: str
    lanes: dict[str, int] = field(default_factory=dict)
    links: dict[tuple[str, str], str] = field(default_factory=dict)
    tested: set[str] = field(default_factory=set)
    """Datasets the model was only tested on."""
    cut: bool = False

    def join(self, source: str, target: str, proof: str) -> None:
        """Add a link in flow direction; of two between the same members the stronger stays."""
        old = self.links.get((source, target))
        if source != target and (old is None or STRENGTH[proof] > STRENGTH[old]):
            self.links[source, target] = proof


def subjects(look: Lookup) -> list[str]:
    """Models that get a chain of their own: those that ship, and those no other artifact is made from."""
    chosen = []
    for model in look.of_kind("model"):
        above = look.incoming(model.id)
        ships = any(item.type in ("contains", "serves") for item in above)
        if ships or not any(item.type in _MADE_BY for item in above):
            chosen.append(model.id)
    return chosen


def chain_of(look: Lookup, model: str) -> Chain:
    """Everything recorded up- and downstream of ``model``."""
    chain = Chain(model, {model: MODEL})
    _follow_origins(look, chain)
    _follow_holders(look, chain)
    _drop_shortcuts(chain)
    return chain


def _lane_of_origin(look: Lookup, upper: str, relationship: RelationshipResult, lane: int) -> int:
    kind = look.kind(relationship.target)
    if lane == MODEL and kind == "model" and relationship.type == "version_of":
        return MODEL
    if lane == MODEL and kind in ("run", "pipeline") and relationship.type == "generated_by":
        return RUN
    if lane in (MODEL, RUN) and kind == "dataset" and look.kind(upper) != "pipeline":
        return DATASET
    return SOURCE


def _follow_origins(look: Lookup, chain: Chain) -> None:
    waiting = [chain.model]
    trained: set[str] = set()
    while waiting:
        upper = waiting.pop(0)
        for relationship in look.outgoing(upper):
            origin = relationship.target
            if relationship.type not in _MADE_BY or look.kind(origin) not in _ORIGINS or origin == upper:
                continue
            if origin not in chain.lanes:
                if len(chain.lanes) >= _MOST:
                    chain.cut = True
                    continue
                chain.lanes[origin] = _lane_of_origin(look, upper, relationship, chain.lanes[upper])
                waiting.append(origin)
            chain.join(origin, upper, proof_of(relationship))
            (chain.tested if relationship.type == "tested_on" else trained).add(origin)
    chain.tested -= trained
    _move_back(chain)


def _move_back(chain: Chain) -> None:
    """Whatever a data set of the dataset lane is made of belongs to the source lane, so that links run rightwards."""
    makers: dict[str, list[str]] = {}
    for source, target in chain.links:
        makers.setdefault(target, []).append(source)
    stay = {source for source, target in chain.links if chain.lanes[target] == MODEL}
    waiting = [id for id, lane in chain.lanes.items() if lane == DATASET]
    while waiting:
        for source in makers.get(waiting.pop(), ()):
            if chain.lanes[source] in (RUN, DATASET) and source not in stay:
                chain.lanes[source] = SOURCE
                waiting.append(source)


def _holders(look: Lookup, start: str, proof: str) -> Iterator[tuple[str, str]]:
    """Images and deployments around ``start`` with the weakest proof on the way, seen through layers and files."""
    waiting, seen = [(start, proof)], {start}
    while waiting:
        inner, weakest = waiting.pop(0)
        for relationship in look.incoming(inner):
            outer = relationship.source
            if relationship.type not in _HELD_BY or outer in seen:
                continue
            seen.add(outer)
            so_far = min(weakest, proof_of(relationship), key=STRENGTH.__getitem__)
            if look.kind(outer) in _PLACES:
                yield outer, so_far
            elif look.kind(outer) in _TRANSPARENT:
                waiting.append((outer, so_far))


def _follow_holders(look: Lookup, chain: Chain) -> None:
    waiting = sorted(id for id, lane in chain.lanes.items() if lane == MODEL)
    while waiting:
        inner = waiting.pop(0)
        for outer, proof in _around(look, inner):
            if outer not in chain.lanes:
                if len(chain.lanes) >= _MOST:
                    chain.cut = True
                    continue
                chain.lanes[outer] = IMAGE if look.kind(outer) == "image" else DEPLOYMENT
                waiting.append(outer)
            if chain.lanes[outer] >= IMAGE:
                chain.join(inner, outer, proof)


def _around(look: Lookup, inner: str) -> list[tuple[str, str]]:
    """Images and deployments that hold or run ``inner``; for a model none holds as such, those with a file of it."""
    found = list(_holders(look, inner, "signed"))
    if look.kind(inner) == "model" and not any(look.kind(outer) == "image" for outer, _ in found):
        for part in look.outgoing(inner):
            if part.type == "contains" and look.kind(part.target) == "file":
                found += _holders(look, part.target, proof_of(part))
    return found


def _drop_shortcuts(chain: Chain) -> None:
    """A direct link adds nothing where two links over a lane between say the same at least as well."""
    strength = {link: STRENGTH[proof] for link, proof in chain.links.items()}
    onward: dict[str, list[str]] = {}
    for source, target in sorted(chain.links):
        onward.setdefault(source, []).append(target)
    for (source, target), direct in strength.items():
        for middle in onward[source]:
            between = chain.lanes[source] < chain.lanes[middle] < chain.lanes[target]
            if between and min(strength[source, middle], strength.get((middle, target), -1)) >= direct:
                chain.links.pop((source, target), None)
                break
