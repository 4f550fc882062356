"""The fold of all evidence into one graph, and the queries over it; the only importer of networkx.

The fold is order-independent and idempotent: evidence may arrive in any order and more than once. Two references that an
:class:`~scanner.model.Alias` joins become one artifact, under the stronger of their identities.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from sys import intern
from typing import Any, Final

import networkx

from scanner import identity
from scanner.entry import ArtifactView, Entry, Stated
from scanner.fold import fold_group
from scanner.model import Alias, ArtifactRef, Claim, Evidence, Json, Location, NotExamined, Proof, Relationship

__all__ = ["ArtifactView", "Graph", "RelationshipView", "Stated"]


@dataclass(frozen=True, slots=True)
class RelationshipView:
    """One relationship with its effective proof class and the record that gives it."""

    source: ArtifactRef
    type: str
    target: ArtifactRef
    proof: Proof
    by: str
    location: Location
    note: str


_Record = tuple[Relationship, str]
_Incident = dict[tuple[str, ArtifactRef], list[_Record]]
"""The same list stands at both ends. A record that comes twice stays twice in it: only the best one is ever read."""
_END: Final = itemgetter(0)
_SHORT: Final = 64
"""Longest canonical text whose folded value is kept for other artifacts."""


class Graph:
    """Artifacts and relationships, folded from evidence."""

    def __init__(self) -> None:
        self._entries: dict[ArtifactRef, Entry] = {}
        self._out: dict[ArtifactRef, _Incident] = {}
        self._in: dict[ArtifactRef, _Incident] = {}
        self._root: dict[ArtifactRef, ArtifactRef] = {}
        self._replaced: set[ArtifactRef] = set()
        self._aliases: dict[ArtifactRef, dict[ArtifactRef, Proof]] = {}
        self._views: dict[ArtifactRef, ArtifactView] = {}
        self._networks: dict[frozenset[str] | None, Any] = {}
        self._values: dict[str, Json] = {}
        self._folded: dict[tuple[str, str, str], Json] = {}
        self._places: dict[str, set[ArtifactRef]] = {}
        self._sorted_places: list[str] | None = None
        self._folders: dict[str, set[str]] = {}
        self.claims: set[Claim] = set()
        self.not_examined: set[tuple[str, NotExamined]] = set()
        self.blobs = 0
        self.bytes_total = 0
        self.bytes_examined = 0

    @classmethod
    def fold(cls, evidence: Iterable[Evidence]) -> Graph:
        """The graph of all this evidence, in any order."""
        graph = cls()
        for item in evidence:
            graph.add(item)
        return graph

    def add(self, evidence: Evidence) -> None:
        """Fold more evidence in. Raises ValueError for an alias between different kinds."""
        self._networks.clear()
        for artifact in evidence.artifacts:
            self._entry(artifact.ref).add(artifact)
            if artifact.location is not None:
                self._place(artifact.location.path, artifact.ref)
        for statement in evidence.statements:
            said = statement.predicate, self._text(statement.value), Stated(evidence.by, statement.location)
            self._entry(statement.subject).statements.add(said)
        for gap in evidence.gaps:
            self._entry(gap.subject).gaps.setdefault(gap.group, set()).add(gap.reason)
        for relationship in evidence.relationships:
            self._add_relationship((relationship, evidence.by))
        for alias in evidence.aliases:
            self._add_alias(alias)
        for ref in evidence.replaced:
            self._replace(ref)
        self.claims.update(evidence.claims)
        self.not_examined.update((evidence.by, item) for item in evidence.not_examined)
        self.blobs += evidence.blobs
        self.bytes_total += evidence.bytes_total
        self.bytes_examined += evidence.bytes_examined

    def _text(self, value: Json) -> str:
        """The canonical text of a value, under which one value is kept for all equal ones: most files are stated alike."""
        text = intern(json.dumps(value, sort_keys=True))
        self._values.setdefault(text, value)
        return text

    def _fold(self, kind: str, group: str, texts: list[str]) -> Json:
        """One value out of canonical texts; artifacts of which the same short text is stated share one object."""
        text = texts[0]
        if len(texts) > 1 or len(text) > _SHORT:
            return fold_group(kind, group, [self._values[one] for one in texts])
        known = kind, group, text
        if known not in self._folded:
            self._folded[known] = fold_group(kind, group, [self._values[text]])
        return self._folded[known]

    def _place(self, path: str, ref: ArtifactRef) -> None:
        if path not in self._places:
            self._folders.setdefault(identity.folder(path), set()).add(path)
        self._places.setdefault(path, set()).add(ref)

    def canonical(self, ref: ArtifactRef) -> ArtifactRef:
        """The identity under which ``ref`` is kept."""
        while (root := self._root.get(ref)) is not None:
            ref = root
        return ref

    def _entry(self, ref: ArtifactRef) -> Entry:
        root = self.canonical(ref)
        self._views.pop(root, None)
        entry = self._entries.get(root)
        if entry is None:
            entry = self._entries[root] = Entry()
        return entry

    def _replace(self, ref: ArtifactRef) -> None:
        """Take a placeholder out of the graph for good."""
        root = self.canonical(ref)
        self._replaced.add(root)
        self._entries.pop(root, None)
        self._views.pop(root, None)
        for type, target in self._out.pop(root, {}):
            self._in[target].pop((type, root), None)
        for type, source in self._in.pop(root, {}):
            self._out[source].pop((type, root), None)

    def _add_relationship(self, record: _Record) -> None:
        relationship = record[0]
        source, target = relationship.source, relationship.target
        if self._root:
            source, target = self.canonical(source), self.canonical(target)
        if source == target or source in self._replaced or target in self._replaced:
            return
        # What is known of the ends does not change: their views stay.
        for end in (source, target):
            if end not in self._entries:
                self._entries[end] = Entry()
        records = self._out.setdefault(source, {}).setdefault((relationship.type, target), [])
        records.append(record)
        self._in.setdefault(target, {})[relationship.type, source] = records

    def _add_alias(self, alias: Alias) -> None:
        if alias.ref == alias.same_as:
            return
        if alias.ref.kind != alias.same_as.kind:
            raise ValueError(f"{alias.ref.kind} and {alias.same_as.kind} cannot be one artifact")
        for one, other in ((alias.ref, alias.same_as), (alias.same_as, alias.ref)):
            known = self._aliases.setdefault(one, {})
            known[other] = max(alias.proof, known.get(other, alias.proof))
        roots = {self.canonical(alias.ref), self.canonical(alias.same_as)}
        if len(roots) == 1:
            return
        winner, loser = sorted(roots, key=identity.strength)
        self._root[loser] = winner
        self._views.pop(loser, None)
        absorbed = self._entries.pop(loser, None)
        entry = self._entry(winner)
        if absorbed is not None:
            entry.absorb(absorbed)
        for (type, target), records in self._out.pop(loser, {}).items():
            self._in[target].pop((type, loser), None)
            for record in records:
                self._add_relationship(record)
        for (type, source), records in self._in.pop(loser, {}).items():
            self._out[source].pop((type, loser), None)
            for record in records:
                self._add_relationship(record)

    def __contains__(self, ref: ArtifactRef) -> bool:
        return self.canonical(ref) in self._entries

    def refs(self, kind: str | None = None) -> list[ArtifactRef]:
        """Every artifact (of ``kind``), sorted."""
        return sorted(ref for ref in self._entries if kind is None or ref.kind == kind)

    def known_refs(self) -> list[ArtifactRef]:
        """Every artifact under every identity it was ever called by, sorted."""
        return sorted((self._entries.keys() | self._aliases.keys()) - self._replaced)

    def at(self, path: str) -> list[ArtifactRef]:
        """Artifacts found at a place of the scan, sorted."""
        return sorted({self.canonical(ref) for ref in self._places.get(path, ())} - self._replaced)

    def places_in(self, folder: str) -> list[str]:
        """Places directly in ``folder`` (empty, or ending in ``/`` or ``!``), sorted."""
        return sorted(self._folders.get(folder, ()))

    def places_below(self, prefix: str) -> list[str]:
        """Places that begin with ``prefix`` and where an artifact was found, sorted."""
        if self._sorted_places is None or len(self._sorted_places) != len(self._places):
            self._sorted_places = sorted(self._places)
        first = bisect_left(self._sorted_places, prefix)
        last = bisect_left(self._sorted_places, prefix + "\U0010ffff")
        return self._sorted_places[first:last]

    def seen(self, ref: ArtifactRef) -> bool:
        """Whether bytes of the artifact were hashed in this scan."""
        entry = self._entries.get(self.canonical(ref))
        return entry is not None and bool(entry.digests)

    def artifact(self, ref: ArtifactRef) -> ArtifactView:
        """The artifact kept under ``ref`` or an alias of it. Raises KeyError for an unknown one."""
        root = self.canonical(ref)
        view = self._views.get(root)
        if view is None:
            view = self._views[root] = self._entries[root].view(root, self._fold)
        return view

    def views(self) -> Iterator[ArtifactView]:
        """Every artifact, sorted; none of them is kept for the next question, so that a last walk frees what it passes."""
        for ref in self.refs():
            yield self.artifact(ref)
            self._views.pop(ref, None)

    def outgoing(self, ref: ArtifactRef, types: Collection[str] | None = None) -> list[RelationshipView]:
        """Relationships from ``ref``, sorted by type and target."""
        root = self.canonical(ref)
        return [
            self._relationship(root, type, target, records)
            for (type, target), records in sorted(self._out.get(root, {}).items(), key=_END)
            if records and (types is None or type in types)
        ]

    def incoming(self, ref: ArtifactRef, types: Collection[str] | None = None) -> list[RelationshipView]:
        """Relationships that arrive at ``ref``, sorted by type and source."""
        root = self.canonical(ref)
        return [
            self._relationship(source, type, root, records)
            for (type, source), records in sorted(self._in.get(root, {}).items(), key=_END)
            if records and (types is None or type in types)
        ]

    def relationships(self) -> Iterator[RelationshipView]:
        """Every relationship, sorted by source, type and target."""
        for ref in sorted(self._out):
            yield from self.outgoing(ref)

    def links(self) -> Iterator[tuple[ArtifactRef, list[tuple[str, ArtifactRef, Proof]]]]:
        """Each artifact with the type, target and effective proof class of its relationships, in no order."""
        ends: dict[ArtifactRef, Proof] = {}

        def end(ref: ArtifactRef) -> Proof:
            known = ends.get(ref)
            if known is None:
                known = ends[ref] = self._end(ref)
            return known

        for source, incident in self._out.items():
            found = []
            for (type, target), records in incident.items():
                if len(records) == 1:  # nearly always
                    one = records[0][0]
                    found.append((type, target, min(one.proof, end(one.source), end(one.target))))
                elif records:
                    proofs = (min(one.proof, end(one.source), end(one.target)) for one, _ in records)
                    found.append((type, target, max(proofs)))
            yield source, found

    def _relationship(
        self, source: ArtifactRef, type: str, target: ArtifactRef, records: list[_Record]
    ) -> RelationshipView:
        best = min(
            (
                (-min(item.proof, self._end(item.source), self._end(item.target)), by, item.location, item.note)
                for item, by in records
            )
        )
        return RelationshipView(source, type, target, Proof(-best[0]), best[1], best[2], best[3])

    def _end(self, ref: ArtifactRef) -> Proof:
        """The strongest class a relationship can have that names one of its ends by ``ref``."""
        seen = Proof.SIGNED if not identity.is_content(ref) or self.seen(ref) else Proof.DECLARED
        root = self.canonical(ref)
        return seen if root == ref else min(seen, self._alias_proof(ref, root))

    def _alias_proof(self, ref: ArtifactRef, root: ArtifactRef) -> Proof:
        """The best weakest alias on any way from ``ref`` to the identity it is kept under."""
        best = {ref: Proof.SIGNED}
        todo = [ref]
        while todo:
            one = todo.pop()
            for other, proof in self._aliases[one].items():
                reached = min(best[one], proof)
                if reached > best.get(other, -1):
                    best[other] = reached
                    todo.append(other)
        return best[root]

    def reach(
        self, start: Iterable[ArtifactRef], types: Collection[str] | None = None, *, against: bool = False
    ) -> set[ArtifactRef]:
        """Artifacts reached from ``start`` over one or more relationships; ``against`` walks from target to source."""
        network = self._directed(types)
        if against:
            network = network.reverse(copy=False)
        found: set[ArtifactRef] = set()
        for ref in {self.canonical(one) for one in start}:
            if ref in network:
                found |= networkx.descendants(network, ref)
        return found

    def path(
        self, source: ArtifactRef, target: ArtifactRef, types: Collection[str] | None = None
    ) -> list[ArtifactRef] | None:
        """A shortest path, the first in order of identity; None when there is none."""
        network = self._directed(types)
        source, target = self.canonical(source), self.canonical(target)
        if source not in network or target not in network:
            return None
        try:
            paths = networkx.all_shortest_paths(network, source, target)
            return min(_first(paths, 200))
        except networkx.NetworkXNoPath:
            return None

    def _directed(self, types: Collection[str] | None) -> Any:
        """The relationships of these types as a directed network; one is kept for each choice until evidence comes."""
        wanted = None if types is None else frozenset(types)
        network = self._networks.get(wanted)
        if network is None:
            network = self._networks[wanted] = networkx.DiGraph()
            for source in sorted(self._out):
                for (type, target), _ in sorted(self._out[source].items(), key=_END):
                    if wanted is None or type in wanted:
                        network.add_edge(source, target)
        return network


def _first(items: Iterable[list[ArtifactRef]], limit: int) -> list[list[ArtifactRef]]:
    return [item for item, _ in zip(items, range(limit), strict=False)]
