"""Lineage and blast radius of one artifact."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.reports.links import Links
from scanner.reports.trace import MAX_ROWS, follow, trace
from scanner.result import ArtifactResult, RelationshipResult, ScanResult
from tests.reports.sample_graph import (
    CLAIMS,
    CLAIMS_RAW,
    COMMIT,
    DEPLOYED_OCR,
    DEPLOYED_SCORER,
    FRAUD,
    HOSTILE,
    OCR,
    RELEASE,
    RUN,
    SCORER,
)
from tests.reports.sample_result import sample_result


def _graph(links: list[tuple[str, str, str]], kind: str = "package") -> ScanResult:
    """A result with one artifact a name and relationships (source, type, target)."""
    names = sorted({end for source, _, target in links for end in (source, target)})
    model = sample_result().artifacts[0]
    artifacts = tuple(
        replace(model, id=name, kind=kind, name=name, version=None, identity=f"{kind}:{name}", digests={})
        for name in names
    )
    relationships = tuple(RelationshipResult(*one, "declared", "test", "place", "") for one in links)
    return replace(sample_result(), artifacts=artifacts, relationships=relationships)


def _text(what: str, result: ScanResult | None = None) -> str:
    return trace(result or sample_result(), what).decode()


def _json(what: str, result: ScanResult | None = None) -> dict[str, Any]:
    return dict(json.loads(trace(result or sample_result(), what, "json")))


def test_the_chain_from_data_to_deployment() -> None:
    found = _json("fraud")["chain"]
    assert list(found) == ["dataset", "run", "commit", "model", "image", "deployment"]
    assert {CLAIMS, CLAIMS_RAW} <= set(found["dataset"])
    assert (found["run"], found["commit"], found["image"]) == ([RUN], [COMMIT], [SCORER])
    assert found["deployment"] == [DEPLOYED_SCORER]


def test_each_link_has_type_proof_and_where_it_was_read() -> None:
    text = _text("fraud")
    assert "trained_on dataset claims 2026-10  (matched: mlruns.db (table inputs, row 12), stage train)" in text
    assert "│  └─ derived_from dataset claims-raw [content not seen]  (declared: data/claims.parquet.dvc)" in text
    assert "  ├─ image registry.example/shop/scorer 1.9.4 contains it  (matched: images/scorer.tar!layer 3)" in text


def test_a_missing_link_is_drawn() -> None:
    text = _text("ocr-layout")
    assert "├─ trained_on: not recorded" in text
    assert "  dataset     not recorded" in text
    assert {"artifact": OCR, "type": "generated_by"} in _json("ocr-layout")["missing"]


def test_a_model_derived_from_another_leaves_its_training_to_it() -> None:
    sample = sample_result()
    derived = RelationshipResult(OCR, "derived_from", FRAUD, "declared", "test", "models/ocr/README.md", "")
    found = _json("ocr-layout", replace(sample, relationships=(*sample.relationships, derived)))
    assert OCR not in {item["artifact"] for item in found["missing"]}


def test_json_holds_both_directions_completely() -> None:
    found = _json("claims")
    assert [(item["from"], item["type"], item["to"]) for item in found["lineage"]] == [
        (CLAIMS, "derived_from", CLAIMS_RAW)
    ]
    users = {item["from"] for item in found["used_by"]}
    assert users == {FRAUD, RUN, SCORER, DEPLOYED_SCORER, RELEASE}
    assert DEPLOYED_OCR not in users


def test_dot_draws_only_what_was_traced() -> None:
    drawn = trace(sample_result(), "claims", "dot").decode()
    assert "prod-eu/scorer" in drawn and "prod-eu/ocr" not in drawn


def test_crowds_of_packages_are_counted() -> None:
    crowd = _graph([("root", "contains", f"p{number}") for number in range(40)])
    assert "└─ contains 40 packages  (40 declared)" in _text("root", crowd)
    few = _graph([("root", "contains", f"p{number}") for number in range(3)])
    assert "package p2" in _text("root", few)


def test_an_artifact_reached_twice_is_followed_once() -> None:
    text = _text("a", _graph([("a", "used", "b"), ("a", "used", "c"), ("b", "used", "c"), ("c", "used", "d")], "run"))
    assert text.count("used run d") == 1
    assert "used run c  (declared: place) (see above)" in text


def test_a_cycle_ends() -> None:
    text = _text("a", _graph([("a", "depends_on", "b"), ("b", "depends_on", "a")]))
    assert "depends_on package a  (declared: place) (see above)" in text


def test_a_very_deep_chain_is_cut_in_words_and_complete_in_json() -> None:
    deep = _graph([(f"d{n:05}", "derived_from", f"d{n + 1:05}") for n in range(3000)], "dataset")
    assert f"… cut after {MAX_ROWS} rows: --format json holds them all" in _text("d00000", deep)
    assert len(_json("d00000", deep)["lineage"]) == 3000


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="--format svg: unknown format; choose one of text, json, dot"):
        trace(sample_result(), "fraud", "svg")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_line(name: str) -> None:
    def renamed(artifact: ArtifactResult) -> ArtifactResult:
        return replace(artifact, name=name, version=name, locations=(name,))

    sample = sample_result()
    relationships = tuple(replace(item, location=name, note=name) for item in sample.relationships)
    hostile = replace(sample, artifacts=tuple(map(renamed, sample.artifacts)), relationships=relationships)
    lines, usual = _text(FRAUD, hostile).splitlines(), _text(FRAUD).splitlines()
    assert all(line.isprintable() and not line.lstrip().startswith("::") and "##[" not in line for line in lines)
    assert sum("─ " in line for line in lines) == sum("─ " in line for line in usual)


ENDS = st.sampled_from("abcdefg")


@given(st.lists(st.tuples(ENDS, st.just("depends_on"), ENDS), min_size=1, max_size=20, unique=True))
def test_both_directions_agree_with_a_plain_closure(pairs: list[tuple[str, str, str]]) -> None:
    links = Links(_graph(pairs))
    start = pairs[0][0]
    below, todo = set(), [start]
    while todo:
        one = todo.pop()
        for source, _, target in pairs:
            if source == one and target not in below:
                below.add(target)
                todo.append(target)
    assert {item.target for item in follow(links, links.artifacts[start]).lineage} == below
    for id in below:
        assert start in {item.source for item in follow(links, links.artifacts[id]).used_by}
