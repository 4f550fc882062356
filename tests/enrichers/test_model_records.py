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
from tests.enrichers.worlds import World

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


@pytest.mark.parametrize(
    ("data", "named", "proof", "joined"),
    [
        ({1: [10]}, [10], Proof.MATCHED, Proof.MATCHED),
        ({1: [10]}, [10], Proof.DECLARED, Proof.DECLARED),
        ({1: [10]}, [10], Proof.INFERRED, None),
        ({1: [10]}, [10, 11], Proof.MATCHED, None),
        ({1: [10, 11]}, [10, 11], Proof.MATCHED, Proof.MATCHED),
        ({1: [10, 11]}, [10], Proof.MATCHED, None),
        ({1: [10], 2: [10, 11]}, [10, 11], Proof.MATCHED, None),
    ],
    ids=["its file", "by place", "by name", "other files too", "all files", "one of two", "two sets"],
)
def test_a_record_of_data_has_exactly_their_files(
    data: dict[int, list[int]], named: list[int], proof: Proof, joined: Proof | None
) -> None:
    world = World()
    record, run = identity.record("dataset", "wandb", "run.wandb", "claims:v0"), world.run("1")
    files = {
        number: world.builder.artifact(file(number), PLACE, digests={"sha256": f"{number:064x}"}) for number in (10, 11)
    }
    for dataset, members in data.items():
        digest = f"{dataset:064x}"
        ref = world.builder.artifact(identity.content("dataset", digest), PLACE, digests={"sha256": digest})
        for number in members:
            world.link(ref, "contains", files[number], Proof.MATCHED)
    for number in named:
        world.link(record, "contains", files[number], proof)
    world.link(run, "used", record, Proof.MATCHED)
    graph = world.graph(model_records.enrich)
    (used,) = graph.outgoing(run, ("used",))
    assert (used.proof if graph.seen(used.target) else None) is joined


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
