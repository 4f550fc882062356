"""The bill of materials: valid by both schemas, without dangling references, and our graph can be read back from it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.reports import cyclonedx
from scanner.result import ArtifactResult, Coverage, ScanResult
from tests.reports.cyclonedx.validity import errors, json_error, objects, xml_error
from tests.reports.sample_graph import (
    CLAIMS,
    COMMIT,
    DEPLOYED_SCORER,
    FRAUD,
    HOLDOUT,
    HOSTILE,
    OCR,
    RELEASE,
    RUN,
    SCORER,
)
from tests.reports.sample_result import sample_result

EMPTY = replace(
    sample_result(), artifacts=(), relationships=(), findings=(), rules=(), waivers=(), policy=(), notices=(),
    coverage=Coverage(0, 0, (), 0, 0),
)  # fmt: skip


def _bom(result: ScanResult) -> dict[str, Any]:
    return dict(json.loads(cyclonedx.render(result)))


def _component(bom: dict[str, Any], ref: str) -> dict[str, Any]:
    return next(item for item in objects(bom) if item.get("bom-ref") == ref)


def _everywhere(name: str) -> ScanResult:
    """The sample with ``name`` wherever a text can stand that is not an identity."""
    sample = sample_result()

    def renamed(artifact: ArtifactResult) -> ArtifactResult:
        evidence = {**artifact.evidence}
        if artifact.kind in ("package", "model", "dataset"):
            evidence["licences"] = [name]
        if artifact.kind == "commit":
            evidence |= {"repository": f"https://git.example/{name}", "authored": name}
        if artifact.kind == "run":
            evidence |= {"started": name, "parameters": [{"name": name, "value": name}]}
        if artifact.kind == "model":
            evidence |= {"task": name, "metrics": [{"name": name, "value": name}]}
        return replace(artifact, name=name, version=name, locations=(name,) * 2, evidence=evidence)

    artifacts = tuple(renamed(item) for item in sample.artifacts)
    return replace(sample, artifacts=artifacts, notices=(name,))


@pytest.mark.parametrize("result", [sample_result(), EMPTY], ids=["sample", "empty"])
def test_both_schemas_accept_it(result: ScanResult) -> None:
    assert json_error(cyclonedx.render(result), "1.6") is None
    assert json_error(cyclonedx.render_1_7(result), "1.7") is None
    assert xml_error(cyclonedx.render_xml(result)) is None
    assert errors(_bom(result)) == []


@pytest.mark.parametrize("name", [*HOSTILE, "", " ", "\x00\ufffe\ud800", "ﷺ" * 300])
def test_hostile_names_change_nothing_but_names(name: str) -> None:
    result = _everywhere(name)
    assert json_error(cyclonedx.render(result), "1.6") is None
    assert xml_error(cyclonedx.render_xml(result)) is None
    assert errors(_bom(result)) == []
    tags = sorted({item.tag for item in ElementTree.fromstring(cyclonedx.render_xml(result)).iter()})
    usual = {item.tag for item in ElementTree.fromstring(cyclonedx.render_xml(sample_result())).iter()}
    assert set(tags) <= usual


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(categories=None), max_size=30))
def test_any_name_is_valid_xml(name: str) -> None:
    assert xml_error(cyclonedx.render_xml(_everywhere(name))) is None


def test_a_model_has_a_card_with_its_data_results_and_use() -> None:
    card = _component(_bom(sample_result()), FRAUD)["modelCard"]
    assert card["modelParameters"] == {"task": "tabular-classification", "datasets": [{"ref": CLAIMS}]}
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [{"type": "auc", "value": "0.91"}]
    assert card["considerations"]["useCases"] == ["rank claims for review"]
    assert card["properties"] == [{"name": "lading:parameter:max_depth", "value": "6"}]


def test_a_model_names_its_licences_ancestors_documents_and_places() -> None:
    model = _component(_bom(sample_result()), FRAUD)
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}, {"license": {"name": "LicenseRef-house"}}]
    assert [item["name"] for item in model["pedigree"]["ancestors"]] == ["tabular-base"]
    assert model["externalReferences"][0]["type"] == "model-card"
    assert [item["location"] for item in model["evidence"]["occurrences"]] == [
        "models/fraud/model.safetensors",
        "images/scorer.tar!layer 3!opt/model/model.safetensors",
    ]


def test_a_dataset_is_data_and_says_so_when_it_holds_personal_data() -> None:
    data = _component(_bom(sample_result()), CLAIMS)["data"]
    assert (data[0]["type"], data[0]["sensitiveData"]) == ("dataset", ["personal data"])


def test_a_run_is_a_workflow_from_its_inputs_to_the_model() -> None:
    run = _component(_bom(sample_result()), RUN)
    assert {"resource": {"ref": CLAIMS}} in run["inputs"]
    assert run["outputs"] == [{"resource": {"ref": FRAUD}, "type": "artifact"}]
    assert (run["timeStart"], run["timeEnd"]) == ("2026-11-01T06:00:00Z", "2026-11-01T08:00:00Z")


def test_an_image_names_the_commit_it_was_built_from() -> None:
    (commit,) = _component(_bom(sample_result()), SCORER)["pedigree"]["commits"]
    assert commit["uid"] == COMMIT.rpartition(":")[2]
    assert commit["url"] == "https://git.example/shop"


def test_a_deployment_is_a_service_that_depends_on_what_it_runs() -> None:
    bom = _bom(sample_result())
    assert DEPLOYED_SCORER in [item["bom-ref"] for item in bom["services"]]
    entry = next(item for item in bom["dependencies"] if item["ref"] == DEPLOYED_SCORER)
    assert entry["dependsOn"] == sorted([FRAUD, SCORER])


def test_nothing_is_called_complete_and_what_was_not_examined_is_incomplete() -> None:
    words = {item["aggregate"]: item["assemblies"] for item in _bom(sample_result())["compositions"]}
    assert set(words) == {"incomplete", "unknown"}
    assert {RELEASE, OCR} <= set(words["incomplete"])
    assert HOLDOUT in words["unknown"]


def test_every_relationship_can_be_read_back_with_its_proof() -> None:
    """``depends_on`` is declared unless a property says otherwise; everything else has a property."""
    sample, bom = sample_result(), _bom(sample_result())
    found = set()
    for item in objects(bom):
        for pair in item.get("properties", ()) if "bom-ref" in item else ():
            if pair["name"].startswith("lading:proof:"):
                proof, _, target = pair["value"].partition(" ")
                found.add((item["bom-ref"], pair["name"].removeprefix("lading:proof:"), target, proof))
    for pair in bom["properties"]:
        proof, source, target = pair["value"].split(" ")
        found.add((source, pair["name"].removeprefix("lading:relationship:"), target, proof))
    told = {(item.source, item.type, item.target, item.proof) for item in sample.relationships}
    declared = {item for item in told if (item[1], item[3]) == ("depends_on", "declared")}
    assert found == told - declared
    entries = {item["ref"]: item.get("dependsOn", []) for item in bom["dependencies"]}
    assert all(target in entries[source] for source, _, target, _ in declared)


def test_the_serial_number_belongs_to_the_release_and_the_time() -> None:
    sample = sample_result()
    serial = _bom(sample)["serialNumber"]
    assert serial == _bom(sample)["serialNumber"] != json.loads(cyclonedx.render_vex(sample))["serialNumber"]
    assert serial != _bom(replace(sample, as_of="2027-01-01T00:00:00Z"))["serialNumber"]


def test_a_digest_of_a_wrong_length_is_left_out() -> None:
    sample = sample_result()
    artifacts = tuple(replace(item, digests={"sha512": "ab" * 32, "sha256": "cd" * 32}) for item in sample.artifacts)
    assert errors(_bom(replace(sample, artifacts=artifacts))) == []


def test_the_referential_reader_finds_what_is_wrong() -> None:
    bom = _bom(sample_result())
    bom["dependencies"][0]["dependsOn"] = ["nowhere"]
    bom["components"].append({**bom["components"][0], "hashes": [{"alg": "MD5", "content": "ab"}]})
    assert len(errors(bom)) == 3
