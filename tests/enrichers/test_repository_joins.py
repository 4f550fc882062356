"""Base models named by repository, joined to what the real client downloaded from there."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from scanner import identity
from scanner.enrichers import repository_joins
from scanner.graph import Graph, RelationshipView
from scanner.model import ArtifactRef, Proof
from tests.enrichers.conftest import Scanned
from tests.enrichers.worlds import World

TESTS = Path(__file__).parents[1]
COMMIT = "5" * 40


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A cache with acme/tiny at one commit, and an adapter beside it."""
    with tarfile.open(TESTS / "collectors" / "data" / "huggingface" / "cache.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    shutil.copy(TESTS / "inspectors" / "samples" / "plain.safetensors", adapter / "adapter_model.safetensors")
    return tmp_path


def adapt(release: Path, base: str, revision: str | None = None) -> None:
    fields = {"base_model_name_or_path": base, "peft_type": "LORA", "revision": revision}
    (release / "adapter" / "adapter_config.json").write_text(json.dumps(fields))


def models(graph: Graph) -> tuple[ArtifactRef, ArtifactRef]:
    """The adapter and the model in the cache."""
    found = [ref for ref in graph.refs("model") if graph.seen(ref)]
    adapter = next(ref for ref in found if str(graph.artifact(ref).locations[0]).startswith("adapter/"))
    (cached,) = [ref for ref in found if ref != adapter]
    return adapter, cached


def base_of(graph: Graph) -> RelationshipView:
    (one,) = graph.outgoing(models(graph)[0], ("derived_from",))
    return one


def test_the_full_commit_joins_an_adapter_to_its_base(release: Path, scanned: Scanned) -> None:
    adapt(release, "acme/tiny", COMMIT)
    graph = scanned(release)
    assert (base_of(graph).target, base_of(graph).proof) == (models(graph)[1], Proof.DECLARED)


def test_the_name_of_the_repository_only_infers(release: Path, scanned: Scanned) -> None:
    adapt(release, "acme/tiny", "main")
    graph = scanned(release)
    assert (base_of(graph).target, base_of(graph).proof) == (models(graph)[1], Proof.INFERRED)


@pytest.mark.parametrize(("base", "revision"), [("acme/tiny", "6" * 40), ("acme/other", None), ("tiny", None)])
def test_another_revision_repository_or_half_a_name_is_not_the_base(
    release: Path, scanned: Scanned, base: str, revision: str | None
) -> None:
    adapt(release, base, revision)
    graph = scanned(release)
    assert not graph.artifact(base_of(graph).target).resolved


def test_a_relative_base_is_the_folder_beside_the_adapter(release: Path, scanned: Scanned) -> None:
    (release / "base").mkdir()
    shutil.copy(TESTS / "inspectors" / "samples" / "plain.onnx", release / "base" / "model.onnx")
    shutil.rmtree(release / "models--acme--tiny")
    adapt(release, "../base")
    graph = scanned(release)
    assert (base_of(graph).target, base_of(graph).proof) == (models(graph)[1], Proof.DECLARED)


def test_a_repository_with_two_formats_is_linked_to_both() -> None:
    world = World()
    repository, adapter = world.named("model", "acme/tiny"), world.seen("model", "c", "adapter.safetensors")
    formats = [world.seen("model", letter, f"snapshots/{letter}") for letter in "ab"]
    for one in formats:
        world.link(one, "version_of", repository)
    world.link(adapter, "derived_from", repository)
    graph = world.graph(repository_joins.enrich)
    found = {one.target: one.proof for one in graph.outgoing(adapter, ("derived_from",))}
    assert found == {repository: Proof.DECLARED} | dict.fromkeys(formats, Proof.INFERRED)


def test_a_repository_that_nobody_asks_for_keeps_its_versions() -> None:
    world = World()
    repository, model = world.named("model", "acme/tiny"), world.seen("model", "a", "model.safetensors")
    world.link(model, "version_of", repository)
    graph = world.graph(repository_joins.enrich)
    assert graph.canonical(repository) == identity.named("model", "acme/tiny")


def test_the_data_that_a_card_names_are_those_of_the_cache() -> None:
    world = World()
    repository, model = world.named("dataset", "acme/claims"), world.seen("model", "a", "model.safetensors")
    data = world.seen("dataset", "b", "datasets--acme--claims/snapshots/5/claims.csv")
    world.link(data, "version_of", repository)
    world.link(model, "trained_on", repository)
    graph = world.graph(repository_joins.enrich)
    (trained,) = graph.outgoing(model, ("trained_on",))
    assert (trained.target, trained.proof) == (data, Proof.INFERRED)


def test_a_commit_of_a_model_is_no_commit_of_data() -> None:
    world = World()
    model, named = world.seen("model", "a", "model.safetensors"), world.named("dataset", f"acme/tiny@{COMMIT}")
    world.link(model, "built_from", world.commit("5"))
    world.link(model, "trained_on", named)
    world.link(model, "version_of", world.named("dataset", "acme/tiny"))
    world.link(world.run("1"), "used", world.named("dataset", "acme/tiny"))
    assert world.graph(repository_joins.enrich).canonical(named) == named
