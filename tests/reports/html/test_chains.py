"""One model's chain: who belongs to it, in which lane, and how well each step is proved."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from scanner.reports.html.boxes import Box
from scanner.reports.html.chains import DATASET, DEPLOYMENT, IMAGE, MODEL, RUN, SOURCE, chain_of, subjects
from scanner.reports.html.lineage import MOST_BOXES, MOST_CHAINS, lineage
from scanner.reports.html.lookup import Lookup
from scanner.result import ArtifactResult, RelationshipResult, ScanResult
from tests.reports import sample_result as sample
from tests.reports.html.document import Document

KINDS = ("model", "dataset", "run", "image", "deployment", "commit", "file", "layer", "package", "pipeline")
TYPES = ("contains", "trained_on", "derived_from", "generated_by", "used", "runs", "serves", "based_on", "version_of")


def artifact(kind: str, name: str, **evidence: object) -> ArtifactResult:
    like = next(item for item in sample.sample_result().artifacts if item.id == sample.HOLDOUT)
    return dataclasses.replace(like, id=f"{kind}:{name}", kind=kind, name=name, version=None, evidence=evidence)


def related(text: str, proof: str = "matched") -> RelationshipResult:
    """``model:m trained_on dataset:d`` as a relationship."""
    source, type, target = text.split()
    return RelationshipResult(source, type, target, proof, "test", "somewhere", "")


def release(*relationships: RelationshipResult, artifacts: tuple[ArtifactResult, ...] = ()) -> ScanResult:
    """A result with the artifacts that the relationships name, and no findings."""
    made = {item.id: item for item in artifacts}
    for id in (end for item in relationships for end in (item.source, item.target)):
        made.setdefault(id, artifact(*id.split(":")))
    return dataclasses.replace(
        sample.sample_result(), artifacts=tuple(made.values()), relationships=relationships, findings=(), waivers=()
    )


def test_lanes_follow_the_flow_of_the_sample() -> None:
    chain = chain_of(Lookup(sample.sample_result()), sample.FRAUD)
    assert chain.lanes == {
        sample.FRAUD: MODEL,
        sample.RUN: RUN,
        sample.CLAIMS: DATASET,
        sample.HOLDOUT: DATASET,
        sample.CLAIMS_RAW: SOURCE,
        sample.COMMIT: SOURCE,
        sample.PIPELINE: SOURCE,
        sample.FRAUD_BASE: SOURCE,
        sample.SCORER: IMAGE,
        sample.DEPLOYED_SCORER: DEPLOYMENT,
    }
    assert chain.links[sample.RUN, sample.FRAUD] == "declared"
    assert chain.links[sample.FRAUD, sample.SCORER] == "matched"
    assert chain.tested == {sample.HOLDOUT}


def test_direct_link_stays_only_where_it_proves_more() -> None:
    steps = (related("model:m generated_by run:r"), related("run:r used dataset:d"))
    weak = chain_of(Lookup(release(*steps, related("model:m trained_on dataset:d", "declared"))), "model:m")
    assert ("dataset:d", "model:m") not in weak.links
    strong = chain_of(Lookup(release(*steps, related("model:m trained_on dataset:d", "signed"))), "model:m")
    assert strong.links["dataset:d", "model:m"] == "signed"


def test_image_is_reached_through_layers_and_files_with_the_weakest_proof() -> None:
    result = release(
        related("model:m contains file:f"),
        related("layer:l contains file:f", "declared"),
        related("image:i contains layer:l"),
        related("deployment:p runs image:i", "inferred"),
    )
    chain = chain_of(Lookup(result), "model:m")
    assert chain.links == {("model:m", "image:i"): "declared", ("image:i", "deployment:p"): "inferred"}


def test_what_made_the_training_data_lies_left_of_it() -> None:
    result = release(
        related("model:m generated_by run:train"),
        related("run:train used dataset:clean"),
        related("dataset:clean generated_by run:prepare"),
        related("run:prepare used dataset:raw"),
    )
    lanes = chain_of(Lookup(result), "model:m").lanes
    assert (lanes["dataset:clean"], lanes["run:prepare"], lanes["dataset:raw"]) == (DATASET, SOURCE, SOURCE)


def test_base_models_get_no_chain_unless_they_ship() -> None:
    look = Lookup(release(related("model:m derived_from model:base")))
    assert subjects(look) == ["model:m"]
    look = Lookup(release(related("model:m derived_from model:base"), related("image:i contains model:base")))
    assert subjects(look) == ["model:base", "model:m"]


@given(
    st.lists(
        st.builds(
            lambda source, type, target: related(f"{source} {type} {target}"),
            st.builds("{}:{}".format, st.sampled_from(KINDS), st.integers(0, 2)),
            st.sampled_from(TYPES),
            st.builds("{}:{}".format, st.sampled_from(KINDS), st.integers(0, 2)),
        ),
        max_size=25,
    )
)
def test_any_graph_even_with_cycles_gives_a_drawing(relationships: list[RelationshipResult]) -> None:
    result = release(*relationships, artifacts=(artifact("model", "m"),))
    look = Lookup(result)
    for model in subjects(look):
        chain = chain_of(look, model)
        assert all(end in chain.lanes for link in chain.links for end in link)
    for view in lineage(look).chains:
        Document(str(view.svg))


def test_missing_records_are_drawn_and_told() -> None:
    look = Lookup(sample.sample_result())
    view = next(view for view in lineage(look).chains if view.title.startswith("ocr-layout"))
    told = {lane: [(step.name, step.status) for step in steps] for lane, steps in view.lanes}
    assert told["Training run"] == told["Dataset"] == [("not recorded", "gap")]
    assert lineage(look).traced == 1
    assert str(view.svg).count('class="e e-missing"') == 2


def test_deployment_that_nobody_recorded_is_missing_only_where_deployments_exist() -> None:
    (alone,) = lineage(Lookup(release(related("model:m generated_by run:r")))).chains
    assert "Deployment" not in dict(alone.lanes)
    others = release(related("model:m generated_by run:r"), related("deployment:p runs image:i"))
    (beside,) = lineage(Lookup(others)).chains
    assert [step.status for lane, steps in beside.lanes if lane in ("Image", "Deployment") for step in steps] == [
        "gap"
    ] * 2


def test_text_says_everything_the_drawing_says() -> None:
    view = next(view for view in lineage(Lookup(sample.sample_result())).chains if view.title.startswith("fraud"))
    document = Document(str(view.svg))
    drawn = [e.attributes["aria-label"] for e in document.all("g")]
    steps = [(lane, step) for lane, steps in view.lanes for step in steps]
    assert len(drawn) == len(steps)
    for lane, step in steps:
        assert any(label.startswith(f"{lane}: {step.name}. {step.detail}.") for label in drawn)
    lines = [e for e in document.all("path") if "data-a" in e.attributes]
    assert len(lines) == sum(len(step.links) for _, step in steps)


def test_a_pipeline_alone_is_no_record_of_a_run() -> None:
    data = related("model:m trained_on dataset:d")
    assert lineage(Lookup(release(data, related("model:m generated_by pipeline:p")))).traced == 0
    assert lineage(Lookup(release(data, related("model:m generated_by run:r")))).traced == 1


def test_what_was_not_examined_gets_no_tick() -> None:
    unread = artifact("image", "i", examined={"state": "partly", "reason": "unsupported"})
    (view,) = lineage(Lookup(release(related("image:i contains model:m"), artifacts=(unread,)))).chains
    assert [step.word for step in dict(view.lanes)["Image"]] == ["not examined to its end"]


def test_a_crowded_lane_is_folded_and_counts_what_it_hides() -> None:
    result = release(*(related(f"model:m trained_on dataset:d{number:02}") for number in range(30)))
    (view,) = lineage(Lookup(result)).chains
    data = dict(view.lanes)["Dataset"]
    assert len(data) == MOST_BOXES
    assert [step.name for step in data if "more" in step.name] == [f"{30 - MOST_BOXES + 1} more"]


def test_many_models_are_cut_with_the_urgent_ones_kept() -> None:
    models = tuple(artifact("model", f"m{number:03}") for number in range(60))
    finding = dataclasses.replace(sample.sample_result().findings[0], subject="model:m059", path=())
    result = dataclasses.replace(release(artifacts=models), findings=(finding,))
    found = lineage(Lookup(result))
    assert (len(found.chains), found.total) == (MOST_CHAINS, 60)
    assert "model:m059" in found.anchors


def test_image_s_box_shows_the_flaw_of_a_package_inside() -> None:
    view = next(view for view in lineage(Lookup(sample.sample_result())).chains if view.title.startswith("fraud"))
    (image,) = dict(view.lanes)["Image"]
    assert image.status == "fail" and image.detail.startswith("requests 2.31.0 has GHSA-9wx4-h78v-vm56")


def test_drawn_title_of_an_image_leaves_its_registry_out() -> None:
    assert Box("b", IMAGE, "registry.example/team/scorer 1.9", "", "ok").title == "scorer 1.9"
    assert Box("b", MODEL, "team/scorer", "", "ok").title == "team/scorer"
