from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import model_card
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]


def collected(text: str, path: str = "models/x/README.md") -> Evidence:
    blob = blob_of_bytes(path, text.encode())
    assert model_card.wants(blob)
    return model_card.collect(blob)


def said(evidence: Evidence, kind: str) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject.kind == kind}


def links(evidence: Evidence) -> list[tuple[str, str, str]]:
    return [(one.type, one.target.key, one.note) for one in evidence.relationships if one.type != "described_by"]


def test_the_card_of_the_fixture(fraud: Path, blob_at: Opener) -> None:
    evidence = model_card.collect(blob_at(fraud, "models/fraud/README.md"))
    model = said(evidence, "model")
    assert model["licences"] == ["Apache-2.0"]
    assert model["task"] == "tabular-classification"
    assert {item["name"] for item in model["metrics"]} == {"accuracy", "roc_auc"}  # type: ignore[attr-defined]
    assert str(model["card"]["intended_use"]).startswith("Ranks claims for review by a person.")  # type: ignore[index]
    assert said(evidence, "document") == {"role": "model_card"}
    assert links(evidence) == [("trained_on", "name:claims", ""), ("tested_on", "name:claims", "")]
    assert {one.source.key for one in evidence.relationships} == {"path:models/fraud"}


def test_the_data_sheet_of_the_fixture(fraud: Path, blob_at: Opener) -> None:
    evidence = model_card.collect(blob_at(fraud, "data/DATASHEET.md"))
    assert said(evidence, "dataset") == {"licences": ["CC0-1.0"]}
    assert said(evidence, "document") == {"role": "data_sheet"}


def test_a_card_without_a_licence_was_looked_at(fraud: Path, blob_at: Opener) -> None:
    model = said(model_card.collect(blob_at(fraud, "models/sentiment/README.md")), "model")
    assert model["licences"] == []
    assert model["card"] == {"licence": None, "intended_use": None, "updated": None}


def test_base_models_carry_their_relation() -> None:
    evidence = collected(
        "---\nbase_model: [org/a, org/b]\nbase_model_relation: merge\nlast_updated: 2025-10-14\n---\n# x\n"
    )
    assert links(evidence) == [("derived_from", "name:org/a", "merge"), ("derived_from", "name:org/b", "merge")]
    assert said(evidence, "document")["updated"] == "2025-10-14T00:00:00Z"
    assert {one.proof for one in evidence.relationships if one.type == "derived_from"} == {Proof.DECLARED}


@pytest.mark.parametrize(
    ("fields", "licences", "licence"),
    [
        ("license: mit", ["MIT"], "mit"),
        ("license: [mit, apache-2.0]", ["Apache-2.0", "MIT"], "mit"),
        ("license: other\nlicense_name: bsd-3-clause", ["BSD-3-Clause"], "bsd-3-clause"),
        ("license: our own words", ["NOASSERTION"], "our own words"),
        ("license: unknown", [], "unknown"),
        ("license: {a: b}", [], None),
    ],
)
def test_licences_become_spdx_ids(fields: str, licences: list[str], licence: str | None) -> None:
    model = said(collected(f"---\npipeline_tag: x\n{fields}\n---\n"), "model")
    assert model["licences"] == licences
    assert model["card"]["licence"] == licence  # type: ignore[index]


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Demo\nsdk: gradio\nlicense: mit\n---\n",
        "---\ntitle: A blog\nlayout: post\n---\n",
        "---\nlicense: mit\ntags: [a]\n---\n",
        "--- \nno front matter\n",
        "---\n- a\n---\n",
        "---\n\n---\n",
    ],
)
def test_other_documents_are_no_cards(text: str) -> None:
    assert collected(text, "docs/README.md").statements == ()


def test_a_licence_alone_is_a_card_beside_weights(tmp_path: Path, blob_at: Opener) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    assert model_card.collect(blob_at(tmp_path, "README.md")).statements == ()
    (tmp_path / "model.safetensors").write_bytes(b"x")
    evidence = model_card.collect(blob_at(tmp_path, "README.md"))
    assert {one.source.key for one in evidence.relationships} == {"path:."}


def test_a_card_in_an_archive_describes_its_folder_there() -> None:
    evidence = collected("---\npipeline_tag: x\n---\n", "models.zip!bert/README.md")
    assert {one.source.key for one in evidence.relationships} == {"path:models.zip!bert"}


def test_a_readme_without_front_matter_is_not_wanted() -> None:
    assert not model_card.wants(blob_of_bytes("README.md", b"# Title\n---\na: b\n---\n"))


@pytest.mark.parametrize("inside", ["[" * 30_000, "a: &x [*x]", "a: b: c", "\x00"])
def test_broken_front_matter_is_not_examinable(inside: str) -> None:
    with pytest.raises(NotExaminable):
        collected(f"---\n{inside}\n---\n")


def test_values_of_wrong_shapes_do_no_harm() -> None:
    text = "---\ndatasets: {a: b}\nmodel-index: [[1], {results: 3}, {results: [{metrics: {a: 1}, dataset: x}]}]\n---\n"
    assert links(collected(text)) == []
