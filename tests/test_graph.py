"""The fold: order, repetition and aliases change nothing about the outcome."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import identity
from scanner.graph import Graph
from scanner.model import (
    Alias,
    Artifact,
    ArtifactRef,
    Evidence,
    EvidenceBuilder,
    Gap,
    Location,
    Proof,
    Relationship,
    Statement,
)

HERE = Location("here")
BYTES = identity.content("file", "ab" * 32)
MD5 = identity.content("file", "cd" * 16, "md5")
RUN = identity.record("run", "mlflow", "mlflow.db", "1")
MODEL = identity.content("model", "ab" * 32)


def graph_of(*builders: EvidenceBuilder) -> Graph:
    return Graph.fold([builder.build() for builder in builders])


def seen(ref: ArtifactRef) -> Artifact:
    return Artifact(ref, HERE, digests=(("sha256", "ab" * 32),))


class TestProof:
    def test_a_digest_that_no_scanned_bytes_have_is_only_declared(self) -> None:
        builder = EvidenceBuilder("dvc")
        builder.relate(MD5, "generated_by", RUN, Proof.MATCHED, HERE)
        (only,) = graph_of(builder).outgoing(MD5)
        assert only.proof is Proof.DECLARED

    def test_it_is_matched_once_the_bytes_are_found(self) -> None:
        record, join = EvidenceBuilder("dvc"), EvidenceBuilder("joins")
        record.relate(MD5, "generated_by", RUN, Proof.MATCHED, HERE)
        join.artifacts.append(seen(BYTES))
        join.aliases.append(Alias(MD5, BYTES, Proof.MATCHED, "md5 of the bytes", HERE))
        graph = graph_of(record, join)
        (only,) = graph.outgoing(BYTES)
        assert (only.source, only.proof) == (BYTES, Proof.MATCHED)
        assert graph.canonical(MD5) == BYTES

    def test_an_end_joined_by_name_is_inferred_whatever_the_record_claims(self) -> None:
        named = identity.named("image", "app:1.0")
        image = identity.content("image", "ef" * 32)
        builder = EvidenceBuilder("kubernetes")
        deployment = identity.placed("deployment", "k8s.yaml", "app")
        builder.relate(deployment, "runs", named, Proof.MATCHED, HERE)
        builder.artifact(image, HERE, digests={"sha256": "ef" * 32})
        builder.aliases.append(Alias(named, image, Proof.INFERRED, "image name", HERE))
        (only,) = graph_of(builder).outgoing(deployment)
        assert (only.target, only.proof) == (image, Proof.INFERRED)

    def test_the_strongest_of_several_records_counts(self) -> None:
        weak, strong = EvidenceBuilder("a"), EvidenceBuilder("b")
        for builder, proof in ((weak, Proof.INFERRED), (strong, Proof.DECLARED)):
            builder.relate(MODEL, "generated_by", RUN, proof, HERE)
        (only,) = graph_of(weak, strong).outgoing(MODEL)
        assert (only.proof, only.by) == (Proof.DECLARED, "b")

    def test_a_chain_of_aliases_is_as_good_as_its_weakest_link(self) -> None:
        first, second = identity.named("model", "a"), identity.record("model", "mlflow", "db", "b")
        builder = EvidenceBuilder("joins")
        builder.artifacts.append(seen(MODEL))
        builder.relate(first, "generated_by", RUN, Proof.MATCHED, HERE)
        builder.aliases.append(Alias(first, second, Proof.INFERRED, "name", HERE))
        builder.aliases.append(Alias(second, MODEL, Proof.DECLARED, "record", HERE))
        (only,) = graph_of(builder).outgoing(MODEL)
        assert only.proof is Proof.INFERRED


class TestArtifacts:
    def test_equal_content_in_two_places_is_one_artifact_with_two_locations(self) -> None:
        builder = EvidenceBuilder("examine")
        for path in ("serving/model.pkl", "models/model.pkl"):
            builder.artifact(BYTES, Location(path), digests={"sha256": "ab" * 32}, size=100)
        (ref,) = graph_of(builder).refs("file")
        assert [place.path for place in graph_of(builder).artifact(ref).locations] == [
            "models/model.pkl",
            "serving/model.pkl",
        ]

    def test_empty_files_stay_apart(self) -> None:
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert identity.file(empty, 0, "a/__init__.py") != identity.file(empty, 0, "b/__init__.py")

    def test_a_placeholder_is_resolved_as_soon_as_anybody_saw_it(self) -> None:
        builder = EvidenceBuilder("x")
        builder.artifact(MODEL, resolved=False)
        assert not graph_of(builder).artifact(MODEL).resolved
        builder.artifacts.append(seen(MODEL))
        assert graph_of(builder).artifact(MODEL).resolved

    def test_a_gap_is_missing_only_until_the_group_is_stated(self) -> None:
        builder = EvidenceBuilder("x")
        builder.gap(MODEL, "code_scan", "unsupported", "no inspector", HERE)
        assert graph_of(builder).artifact(MODEL).missing == {"code_scan": "unsupported"}
        builder.state(MODEL, "code_scan", {"verdict": "unknown", "reason": None}, HERE)
        assert graph_of(builder).artifact(MODEL).missing == {}

    def test_statements_keep_who_said_them(self) -> None:
        one, other = EvidenceBuilder("lading"), EvidenceBuilder("modelscan")
        one.state(BYTES, "code_scan", {"verdict": "known-safe", "reason": None}, HERE)
        other.state(BYTES, "code_scan", {"verdict": "malicious", "reason": "os.system"}, HERE)
        view = graph_of(one, other).artifact(BYTES)
        assert view.groups["code_scan"] == {"verdict": "malicious", "reason": "os.system"}
        assert [stated.by for stated in view.stated_by["code_scan"]] == ["lading", "modelscan"]

    def test_an_unknown_evidence_group_is_refused(self) -> None:
        builder = EvidenceBuilder("x")
        builder.state(MODEL, "colour", "red", HERE)
        with pytest.raises(KeyError):
            graph_of(builder).artifact(MODEL)

    def test_artifacts_of_different_kinds_are_never_one(self) -> None:
        builder = EvidenceBuilder("x")
        builder.aliases.append(Alias(BYTES, MODEL, Proof.MATCHED, "r", HERE))
        with pytest.raises(ValueError, match="cannot be one"):
            graph_of(builder)


class TestQueries:
    def test_reach_walks_the_named_types_only_and_both_ways(self) -> None:
        image, layer = identity.content("image", "11" * 32), identity.content("layer", "22" * 32)
        builder = EvidenceBuilder("x")
        builder.relate(image, "contains", layer, Proof.DECLARED, HERE)
        builder.relate(layer, "contains", BYTES, Proof.DECLARED, HERE)
        builder.relate(BYTES, "generated_by", RUN, Proof.DECLARED, HERE)
        graph = graph_of(builder)
        assert graph.reach([image], ("contains",)) == {layer, BYTES}
        assert graph.reach([RUN], against=True) == {BYTES, layer, image}
        assert graph.path(image, RUN) == [image, layer, BYTES, RUN]
        assert graph.path(RUN, image) is None

    def test_a_cycle_ends(self) -> None:
        one, other = identity.pypi("one", "1"), identity.pypi("other", "1")
        builder = EvidenceBuilder("x")
        builder.relate(one, "depends_on", other, Proof.DECLARED, HERE)
        builder.relate(other, "depends_on", one, Proof.DECLARED, HERE)
        assert graph_of(builder).reach([one]) == {other}


REFS = st.sampled_from(
    [
        MODEL,
        identity.content("model", "cd" * 16, "md5"),
        identity.named("model", "x"),
        identity.record("model", "mlflow", "db", "7"),
    ]
    + [identity.content("model", f"{digit}{digit}" * 32) for digit in range(3)]
)
EVIDENCE = st.builds(
    Evidence,
    by=st.sampled_from(["a", "b"]),
    artifacts=st.lists(
        st.builds(Artifact, ref=REFS, name=st.sampled_from([None, "n", "m"]), location=st.just(HERE)), max_size=2
    ).map(tuple),
    relationships=st.lists(
        st.builds(
            Relationship,
            source=REFS,
            type=st.sampled_from(["derived_from", "version_of"]),
            target=REFS,
            proof=st.sampled_from(Proof),
            location=st.just(HERE),
        ),
        max_size=3,
    ).map(tuple),
    statements=st.lists(
        st.builds(
            Statement,
            subject=st.just(MODEL),
            predicate=st.just("licences"),
            value=st.lists(st.sampled_from(["MIT", "ISC"]), max_size=2),
            location=st.just(HERE),
        ),
        max_size=2,
    ).map(tuple),
    aliases=st.lists(
        st.builds(
            Alias, ref=REFS, same_as=REFS, proof=st.sampled_from(Proof), rule=st.just("r"), location=st.just(HERE)
        ),
        max_size=2,
    ).map(tuple),
    gaps=st.lists(
        st.builds(
            Gap,
            subject=st.just(MODEL),
            group=st.just("card"),
            reason=st.just("unreadable"),
            detail=st.just(""),
            location=st.just(HERE),
        ),
        max_size=1,
    ).map(tuple),
)


def summary(graph: Graph) -> object:
    return [graph.artifact(ref) for ref in graph.refs()], list(graph.relationships())


@settings(max_examples=150, deadline=None)
@given(st.lists(EVIDENCE, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(evidence: list[Evidence], chance: random.Random) -> None:
    shuffled = [*evidence, *evidence[:2]]
    chance.shuffle(shuffled)
    assert summary(Graph.fold(evidence)) == summary(Graph.fold(shuffled))


@settings(max_examples=150, deadline=None)
@given(st.lists(EVIDENCE, max_size=6))
def test_the_quick_walk_over_relationships_tells_the_same(evidence: list[Evidence]) -> None:
    graph = Graph.fold(evidence)
    quick = {(source, *one) for source, found in graph.links() for one in found}
    assert quick == {(one.source, one.type, one.target, one.proof) for one in graph.relationships()}


def test_equal_values_are_one_object_in_every_view() -> None:
    builder = EvidenceBuilder("test")
    refs = [builder.artifact(identity.pypi(name, "1"), HERE) for name in ("one", "other")]
    for ref in refs:
        builder.state(ref, "licences", ["MIT"], HERE)
    graph = graph_of(builder)
    one, other = (graph.artifact(ref).groups["licences"] for ref in refs)
    assert one is other and one == ["MIT"]
