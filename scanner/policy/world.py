"""A graph as the policy engine sees it: artifacts numbered in order of identity, with typed adjacency."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from sys import intern
from typing import Final

from scanner.graph import ArtifactView, Graph
from scanner.model import ArtifactRef, Json, Proof
from scanner.policy.fingerprint import identity_of

_Adjacency = defaultdict[int, list[int]]
"""By artifact: each neighbour and the proof class in one number, since there are hundreds of thousands."""
_PROOFS: Final = tuple(Proof)
_BITS: Final = 2
_MASK: Final = (1 << _BITS) - 1
_NONE: Sequence[int] = ()
_NOWHERE: Mapping[int, list[int]] = {}


class World:
    """Numbers stand for artifacts; a smaller number is a smaller identity."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.refs = graph.refs()
        numbers = {ref: number for number, ref in enumerate(self.refs)}
        self._kinds: dict[str, list[int]] = {}
        for number, ref in enumerate(self.refs):
            self._kinds.setdefault(ref.kind, []).append(number)
        self._onward: dict[str, _Adjacency] = {}
        self._back: dict[str, _Adjacency] = {}
        for source_ref, relationships in graph.links():
            source = numbers[source_ref]
            for type, target_ref, proof in relationships:
                if type not in self._onward:
                    self._onward[type], self._back[type] = defaultdict(list), defaultdict(list)
                target = numbers[target_ref]
                self._onward[type][source].append(target << _BITS | proof)
                self._back[type][target].append(source << _BITS | proof)
        self.types = tuple(sorted(self._onward))
        self._views: list[ArtifactView | None] = [None] * len(self.refs)
        self._identities: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.refs)

    def number(self, id: str) -> int | None:
        """The number of the artifact with this id (``kind:key``)."""
        kind, _, key = id.partition(":")
        ref = ArtifactRef(kind, key)
        at = bisect_left(self.refs, ref)
        return at if at < len(self.refs) and self.refs[at] == ref else None

    def id(self, number: int) -> str:
        """The id of an artifact, as results write it."""
        return intern(str(self.refs[number]))

    def of_kinds(self, kinds: Iterable[str]) -> list[int]:
        """Artifacts of these kinds, in order of identity."""
        return sorted(number for kind in set(kinds) for number in self._kinds.get(kind, ()))

    def view(self, number: int) -> ArtifactView:
        """Everything known about one artifact."""
        view = self._views[number]
        if view is None:
            view = self._views[number] = self._graph.artifact(self.refs[number])
        return view

    def identity(self, number: int) -> str:
        """The identity that waivers and fingerprints use."""
        known = self._identities.get(number)
        if known is None:
            known = self._identities[number] = identity_of(self.view(number))
        return known

    def fields(self, number: int, names: Collection[str]) -> dict[str, Json]:
        """The named fields and evidence groups, as conditions read them; what nobody stated is absent."""
        view = self.view(number)
        groups = view.groups
        found: dict[str, Json] = {}
        for name in names:
            if name in groups:
                found[name] = plain(groups[name])
            elif name in _COMMON:
                found[name] = _COMMON[name](view)
        return found

    def onward(
        self, number: int, types: Collection[str], proof: Proof = Proof.INFERRED
    ) -> list[tuple[int, Proof, str]]:
        """What the artifact is made of or uses: target, strongest proof, its type; sorted by target."""
        return self._best(self._onward, number, types, proof)

    def targets(self, numbers: Iterable[int], types: Collection[str], least: Proof) -> set[int]:
        """Everything one relationship of these types, and of at least this proof, away from any of ``numbers``."""
        tables = [self._onward[type] for type in types if type in self._onward]
        return {
            packed >> _BITS
            for number in numbers
            for table in tables
            for packed in table.get(number, _NONE)
            if packed & _MASK >= least
        }

    def back(self, number: int, types: Collection[str], proof: Proof = Proof.INFERRED) -> list[tuple[int, Proof, str]]:
        """What uses the artifact: source, strongest proof, its type; sorted by source."""
        return self._best(self._back, number, types, proof)

    def _best(
        self, table: Mapping[str, Mapping[int, list[int]]], number: int, types: Collection[str], least: Proof
    ) -> list[tuple[int, Proof, str]]:
        best: dict[int, tuple[int, str]] = {}
        for type in types if len(types) < 2 else sorted(types):
            for packed in table.get(type, _NOWHERE).get(number, _NONE):
                other, proof = packed >> _BITS, packed & _MASK
                if proof >= least and (other not in best or proof > best[other][0]):
                    best[other] = (proof, type)
        return [(other, _PROOFS[best[other][0]], best[other][1]) for other in sorted(best)]


def plain(value: Json) -> Json:
    """The value with plain dicts and lists, as CEL wants them."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in value.items()}
    return [plain(member) for member in value]


def _digest(view: ArtifactView) -> str | None:
    digest = view.digests.get("sha256")
    return None if digest is None else f"sha256:{digest}"


_COMMON: Final[Mapping[str, Callable[[ArtifactView], Json]]] = {
    "id": lambda view: str(view.ref),
    "kind": lambda view: view.ref.kind,
    "name": lambda view: view.name,
    "version": lambda view: view.version,
    "digest": _digest,
    "resolved": lambda view: view.resolved,
}
"""The fields of :data:`scanner.vocabulary.COMMON_FIELDS`, read from a view."""
