"""A scan result as the world of a policy test, so that a rule can be tried on what a real scan found.

Artifacts keep the identity, the places and the gaps of the result; a mutation changes their groups, removes them, or cuts
and adds relationships, as in a world written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from scanner.errors import PolicyError, UsageError
from scanner.graph import Graph
from scanner.policy.conform import problem
from scanner.policy.recorded import graph_of
from scanner.policy.sketch import Sketch
from scanner.result import ArtifactResult, Origin, RelationshipResult, ScanResult, loads
from scanner.vocabulary import COMMON_FIELDS, policy_groups_of

MAX_BYTES: Final = 64 << 20
_WRITTEN: Final = Origin("policy-test", "policy-test")


@dataclass(frozen=True, slots=True)
class RecordedSketch(Sketch):
    """The artifacts of ``result`` under their names in the test, else under their ids."""

    result: ScanResult
    names: Mapping[str, str]

    def graph(self) -> tuple[Graph, dict[str, str]]:
        """As :meth:`scanner.policy.sketch.Sketch.graph`. Raises PolicyError."""
        ids = {name: self.names.get(name, name) for name in self.artifacts}
        kept = {ids[name]: fields for name, fields in self.artifacts.items()}
        artifacts = tuple(self._recorded(one, kept[one.id]) for one in self.result.artifacts if one.id in kept)
        known = {(one.source, one.type, one.target): one for one in self.result.relationships}
        relationships = []
        for source, type, target, *proof in self.relationships:
            for end in (source, target):
                if end not in ids:
                    raise PolicyError(f"{self.place}: relationship names unknown artifact {end}; add or correct it")
            ends = ids[source], type, ids[target]
            one = known.get(ends) or RelationshipResult(*ends, "declared", _WRITTEN.by, _WRITTEN.location, "")
            relationships.append(replace(one, proof=proof[0] if proof else one.proof))
        graph = graph_of(replace(self.result, artifacts=artifacts, relationships=tuple(relationships)))
        return graph, ids

    def _recorded(self, one: ArtifactResult, fields: Mapping[str, Any]) -> ArtifactResult:
        groups = policy_groups_of(one.kind)
        evidence = {name: value for name, value in one.evidence.items() if name not in groups}
        stated = dict(one.stated_by)
        for name, value in fields.items():
            if name in COMMON_FIELDS:
                continue
            if name not in groups:
                raise PolicyError(f"{self.place}: {one.kind} {one.id} has no group {name!r}; correct the mutation")
            wrong = problem(groups[name].type, value, f"{one.id}.{name}")
            if wrong is not None:
                raise PolicyError(f"{self.place}: {wrong}; write it as the vocabulary says")
            evidence[name] = value
            if value != one.evidence.get(name):
                stated[name] = (_WRITTEN,)
        return replace(
            one,
            name=fields["name"],
            version=fields.get("version"),
            resolved=fields.get("resolved", True),
            evidence=evidence,
            stated_by=stated,
        )


def read_sketch(path: Path, names: Mapping[str, str], place: str) -> RecordedSketch:
    """The world of a result file; ``names`` gives short names to some of its artifacts. Raises PolicyError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PolicyError(f"{place}: {path.name}: larger than {MAX_BYTES} bytes; test with a smaller scan")
        result = loads(path.read_bytes(), path.name)
    except (OSError, UsageError) as error:
        raise PolicyError(f"{place}: {path.name}: not a result of this version; correct the path ({error})") from None
    by_id = {one.id: one for one in result.artifacts}
    chosen: dict[str, str] = {}
    for name, wanted in names.items():
        found = [one.id for one in result.artifacts if wanted in (one.id, one.identity)]
        if len(found) != 1:
            raise PolicyError(f"{place}: {name}: {len(found)} artifacts of the result are {wanted}; give one id")
        chosen[name] = found[0]
    called = {id: id for id in by_id} | {id: name for name, id in chosen.items()}
    artifacts = {called[id]: _fields(one) for id, one in by_id.items()}
    relationships = tuple((called[one.source], one.type, called[one.target], one.proof) for one in result.relationships)
    return RecordedSketch(artifacts, relationships, place, result, chosen)


def _fields(one: ArtifactResult) -> dict[str, Any]:
    groups = policy_groups_of(one.kind)
    common = {"kind": one.kind, "name": one.name, "version": one.version, "resolved": one.resolved}
    evidence = {name: value for name, value in one.evidence.items() if name in groups}
    copied: dict[str, Any] = json.loads(json.dumps(evidence))
    return {**common, **copied}
