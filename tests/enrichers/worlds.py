"""Small worlds for enrichers that compare artifacts: what records say, written down directly."""

from __future__ import annotations

from collections.abc import Callable

from scanner import identity
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from tests.enrichers.conftest import NOW

CONTEXT = Context(identity.release("demo"), "demo", NOW, {}, with_pip_audit=False)


class World:
    """Artifacts by short names, and what is said of them."""

    def __init__(self) -> None:
        self.builder = EvidenceBuilder("records")

    def seen(self, kind: str, letter: str, place: str, *, version: str | None = None, size: int = 4096) -> ArtifactRef:
        """An artifact whose bytes are here; its digest is the letter, repeated."""
        digest = letter * 64
        ref = identity.content(kind, digest)
        return self.builder.artifact(
            ref, Location(place), name=place, version=version, digests={"sha256": digest}, size=size
        )

    def named(self, kind: str, name: str) -> ArtifactRef:
        """An artifact that a record names and nobody found."""
        return self.builder.artifact(identity.named(kind, name), name=name, resolved=False)

    def run(self, id: str, started: str | None = None, ended: str | None = None) -> ArtifactRef:
        ref = self.builder.artifact(
            identity.record("run", "mlflow", "mlflow.db", id), Location("mlflow.db", id), name=id
        )
        for group, time in (("started", started), ("ended", ended)):
            if time is not None:
                self.say(ref, group, time)
        return ref

    def commit(self, letter: str, *parents: str, complete: bool = True, repository: str = "source.git") -> ArtifactRef:
        """A commit of a scanned repository; ``letter`` and ``parents`` are repeated to full ids."""
        ref = self.builder.artifact(identity.commit(letter * 40), Location("source.git/HEAD"), name=letter)
        self.say(ref, "history", {"parents": [parent * 40 for parent in parents], "complete": complete})
        self.say(ref, "repository", repository)
        return ref

    def package(self, name: str, version: str, place: str) -> ArtifactRef:
        ref = identity.pypi(name, version)
        return self.builder.artifact(ref, Location(place), name=name, version=version)

    def say(self, ref: ArtifactRef, group: str, value: Json) -> None:
        self.builder.state(ref, group, value, Location("record"))

    def link(self, source: ArtifactRef, type: str, target: ArtifactRef, proof: Proof = Proof.DECLARED) -> None:
        self.builder.relate(source, type, target, proof, Location("record"))

    def graph(self, *enrich: Callable[[Graph, Context], Evidence]) -> Graph:
        """The graph of all this, after these enrichers."""
        graph = Graph.fold([self.builder.build()])
        for one in enrich:
            graph.add(one(graph, CONTEXT))
        return graph
