"""What the collectors state about both release candidates and about every sample has the types of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from scanner.collectors.registry import COLLECTORS
from scanner.examine import examine
from scanner.model import Evidence
from scanner.sources.directory import Handle, walk
from scanner.vocabulary import RELATIONSHIPS, Fields, ListOf, OneOf, Scalar, Type, groups_of

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z")


def fits(value: object, type: Type) -> bool:
    if isinstance(type, Fields):
        return (
            isinstance(value, Mapping)
            and value.keys() == type.members.keys()
            and all(fits(value[name], member) for name, member in type.members.items())
        )
    if isinstance(type, ListOf):
        return isinstance(value, list) and all(fits(item, type.item) for item in value)
    if isinstance(type, OneOf):
        return value in type.values
    return scalar_fits(value, type)


def scalar_fits(value: object, type: Scalar) -> bool:
    if value is None:
        return type.nullable
    if type.name == "time":
        return isinstance(value, str) and _TIME.match(value) is not None
    if type.name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "int": int, "bool": bool}[type.name]) and (
        type.name == "bool" or not isinstance(value, bool)
    )


CANDIDATES = ["fraud-detection", "fraud-detection-clean"]
SAMPLES = Path(__file__).parent / "data"


@pytest.fixture(params=[*CANDIDATES, "samples"])
def evidence(request: pytest.FixtureRequest, fraud: Path) -> list[Evidence]:
    root = SAMPLES if request.param == "samples" else fraud.parent / request.param
    return [item for handle in walk(root, "") if isinstance(handle, Handle) for item in examine(handle)]


def test_statements_have_the_types_of_the_vocabulary(evidence: list[Evidence]) -> None:
    for item in evidence:
        if item.by in COLLECTORS:
            for one in item.statements:
                group = groups_of(one.subject.kind)[one.predicate]
                assert fits(one.value, group.type), (item.by, one)


def test_relationships_join_the_kinds_of_the_vocabulary(evidence: list[Evidence]) -> None:
    for item in evidence:
        if item.by in COLLECTORS:
            for one in item.relationships:
                type = RELATIONSHIPS[one.type]
                assert one.source.kind in type.sources and one.target.kind in type.targets, (item.by, one)


def test_places_are_inside_the_scan(evidence: list[Evidence]) -> None:
    for item in evidence:
        places = [one.location for one in item.relationships] + [one.location for one in item.statements]
        places += [one.location for one in item.artifacts if one.location is not None]
        assert not [place for place in places if place.path.startswith("/") or ".." in place.path.split("/")]


@pytest.mark.parametrize("evidence", CANDIDATES, indirect=True)
def test_the_collectors_see_what_is_there(evidence: list[Evidence]) -> None:
    told = {item.by for item in evidence if item.artifacts or item.statements}
    assert {"git", "dvc", "mlflow_store", "mlflow_registry", "mlflow_model", "kubernetes", "dockerfile"} <= told
    assert {"github_actions", "notebook", "model_card", "tabular"} <= told
    own = {"git", "dvc", "mlflow_store", "kubernetes", "dockerfile", "github_actions", "notebook", "model_card"}
    assert [one for item in evidence if item.by in own for one in item.not_examined] == []
