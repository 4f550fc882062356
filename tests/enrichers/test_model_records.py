"""Models of a tracker joined to the weights beside its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import identity
from scanner.enrichers import model_records
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof
from tests.enrichers.conftest import NOW, Scanned

PLACE = Location("mlruns/1/MLmodel")
RECORD = identity.record("model", "mlflow", "store", "m-1")
CONTEXT = Context(identity.release("r"), "r", NOW, {})


def file(number: int) -> ArtifactRef:
    return identity.content("file", f"{number:064x}")


def graph_of(models: dict[int, list[int]], named: list[int]) -> Graph:
    """Models by content with their files, and one record that names files."""
    builder = EvidenceBuilder("test")
    for model, files in models.items():
        ref = builder.artifact(identity.content("model", f"{model:064x}"), PLACE)
        for number in files:
            builder.relate(ref, "contains", file(number), Proof.MATCHED, PLACE)
    for number in named:
        builder.relate(RECORD, "contains", file(number), Proof.DECLARED, PLACE)
    graph = Graph.fold([builder.build()])
    graph.add(model_records.enrich(graph, CONTEXT))
    return graph


@pytest.mark.parametrize(
    ("models", "named", "joined"),
    [
        ({1: [10]}, [10], True),
        ({1: [10]}, [10, 11], True),
        ({1: [10, 11]}, [10, 11], True),
        ({1: [10, 11]}, [10], False),
        ({1: [10], 2: [11]}, [10, 11], False),
        ({1: [10], 2: [11]}, [11], True),
        ({1: [10]}, [12], False),
        ({1: [10]}, [], False),
    ],
    ids=[
        "its file",
        "files beside it too",
        "all shards",
        "one shard of two",
        "two models",
        "one of two",
        "others",
        "none",
    ],
)
def test_a_record_is_the_one_model_whose_files_it_names(
    models: dict[int, list[int]], named: list[int], joined: bool
) -> None:
    graph = graph_of(models, named)
    assert identity.is_content(graph.canonical(RECORD)) is joined


def test_the_registered_model_of_the_release_candidate(scanned: Scanned) -> None:
    folder = Path(__file__).parents[2] / "fixtures" / "fraud-detection"
    if not (folder / "mlflow.db").exists():
        pytest.skip("the built release candidate is not here")
    graph = scanned(folder)
    joined = [
        ref
        for ref in graph.known_refs()
        if ref.kind == "model" and identity.scheme_of(ref) == "record" and graph.seen(ref)
    ]
    assert joined
    assert all(identity.is_content(graph.canonical(ref)) for ref in joined)
