"""The small worlds of policy tests, built by the real graph from plain words (policy format, section 13)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from scanner import identity
from scanner.errors import PolicyError
from scanner.graph import Graph
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof
from scanner.policy.conform import problem
from scanner.vocabulary import COMMON_FIELDS, policy_groups_of

_BY: Final = "policy-test"
_NAMED_BY_KEY: Final = ("run", "signer", "deployment", "pipeline", "commit")


@dataclass(frozen=True, slots=True)
class Sketch:
    """Artifacts by their id in the test, and relationships ``[source, type, target, proof]``."""

    artifacts: Mapping[str, Mapping[str, Any]]
    relationships: tuple[tuple[str, ...], ...]
    place: str

    def changed(self, mutation: Mapping[str, Any]) -> Sketch:
        """The sketch after ``remove``, ``set``, ``cut`` and ``link`` of a mutation. Raises PolicyError."""
        artifacts = copy.deepcopy({id: dict(fields) for id, fields in self.artifacts.items()})
        for path in mutation.get("remove", ()):
            self._remove(artifacts, path.split("."))
        for path, value in mutation.get("set", {}).items():
            self._set(artifacts, path.split("."), value)
        cut = {tuple(one[:3]) for one in mutation.get("cut", ())}
        for one in sorted(cut - {one[:3] for one in self.relationships}):
            raise PolicyError(f"{self.place}: cut: there is no {' '.join(one)}; correct the relationship")
        gone = set(self.artifacts) - set(artifacts)
        kept = [one for one in self.relationships if one[:3] not in cut and not gone & {one[0], one[2]}]
        return replace(
            self, artifacts=artifacts, relationships=(*kept, *(tuple(one) for one in mutation.get("link", ())))
        )

    def _remove(self, artifacts: dict[str, Any], names: Sequence[str]) -> None:
        holder: Any = artifacts
        for name in names[:-1]:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or names[-1] not in holder:
            raise PolicyError(f"{self.place}: remove: there is no {'.'.join(names)}; correct the path")
        del holder[names[-1]]

    def _set(self, artifacts: dict[str, Any], names: Sequence[str], value: Any) -> None:
        if names[0] not in artifacts:
            raise PolicyError(f"{self.place}: set: there is no artifact {names[0]}; correct the path")
        holder: Any = artifacts
        for name in names[:-1]:
            holder = holder.setdefault(name, {})
            if not isinstance(holder, dict):
                raise PolicyError(f"{self.place}: set: {name} of {'.'.join(names)} is no mapping; set the whole group")
        holder[names[-1]] = value

    def graph(self) -> tuple[Graph, dict[str, str]]:
        """The graph, and the artifact id (``kind:key``) for each id of the test. Raises PolicyError."""
        builder = EvidenceBuilder(_BY)
        refs = {id: self._artifact(builder, id, fields) for id, fields in self.artifacts.items()}
        for source, type, target, *proof in self.relationships:
            for end in (source, target):
                if end not in refs:
                    raise PolicyError(f"{self.place}: relationship names unknown artifact {end}; add or correct it")
            strength = Proof.of(proof[0]) if proof else Proof.DECLARED
            builder.relate(refs[source], type, refs[target], strength, Location(_BY))
        graph = Graph.fold([builder.build()])
        return graph, {id: str(graph.canonical(ref)) for id, ref in refs.items()}

    def _artifact(self, builder: EvidenceBuilder, id: str, fields: Mapping[str, Any]) -> ArtifactRef:
        kind, name = fields["kind"], fields.get("name", id)
        purl, digest = fields.get("purl"), fields.get("digest")
        if kind == "package" and purl is not None:
            ref = identity.package(purl)
        elif kind in _NAMED_BY_KEY:
            ref = identity.placed(kind, name)
        else:
            ref = identity.record(kind, _BY, "world", id)
        builder.artifact(
            ref,
            Location(name),
            name=name,
            version=fields.get("version"),
            purl=purl,
            digests={} if digest is None else {"sha256": digest.removeprefix("sha256:")},
            resolved=fields.get("resolved", True),
        )
        groups = policy_groups_of(kind)
        for group, value in fields.items():
            if group in groups:
                wrong = problem(groups[group].type, value, f"{id}.{group}")
                if wrong is not None:
                    raise PolicyError(f"{self.place}: {wrong}; write it as the vocabulary says")
                builder.state(ref, group, value, Location(_BY))
            elif group not in COMMON_FIELDS:
                known = ", ".join(sorted(groups))
                raise PolicyError(f"{self.place}: {kind} {id} has no group {group!r}; known: {known}")
        return ref
