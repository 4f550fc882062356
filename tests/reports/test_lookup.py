"""Naming an artifact on the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.reports.lookup import find, find_alike
from tests.reports.sample_graph import CLAIMS, FRAUD, LAYER, OCR, REQUESTS, digest
from tests.reports.sample_result import sample_result


@pytest.mark.parametrize(
    ("what", "id"),
    [
        (FRAUD, FRAUD),
        ("pkg:pypi/requests@2.31.0", REQUESTS),
        (f"sha256:{digest('claims')}", CLAIMS),
        (digest("claims").upper(), CLAIMS),
        (digest("claims")[:10], CLAIMS),
        (digest("fraud"), FRAUD),  # also the digest of the weight file, which is a part of the model
        ("models/ocr/layout.pkl", OCR),
        ("models/ocr/layout.pkl (opcode 0x2f1c)", OCR),
        ("fraud", FRAUD),
        ("fraud 7", FRAUD),
        ("fraud@7", FRAUD),
        ("model:fraud", FRAUD),
        ("layer 3", LAYER),
    ],
)
def test_each_way_to_name_an_artifact(what: str, id: str) -> None:
    assert find(sample_result(), what).id == id


def test_an_ambiguous_name_lists_its_candidates() -> None:
    sample = sample_result()
    second = replace(find(sample, "fraud"), id="model:name:other", version="6")
    result = replace(sample, artifacts=(*sample.artifacts, second))
    with pytest.raises(
        UsageError, match=r"fraud: names 2 artifacts; give one id:\n  model:sha256:.*\n  model:name:other"
    ):
        find(result, "fraud")
    assert find(result, "fraud@6").id == second.id


def test_an_unknown_name_suggests_similar_ones() -> None:
    with pytest.raises(UsageError, match=r"(?s)did you mean:\n.*tabular-base"):
        find(sample_result(), "Tabular")
    with pytest.raises(UsageError, match="nothing-like-it: no such artifact in this result; give an id"):
        find(sample_result(), "nothing-like-it")


def test_long_lists_of_candidates_are_cut() -> None:
    sample = sample_result()
    many = tuple(replace(sample.artifacts[0], id=f"file:name:{number}", name="same") for number in range(30))
    with pytest.raises(UsageError, match=r"names 30 artifacts(?s:.*)and 20 more"):
        find(replace(sample, artifacts=many), "same")


@given(st.text(st.characters(categories=None), max_size=30))
def test_any_words_find_something_or_are_refused_harmlessly(what: str) -> None:
    try:
        find(sample_result(), what)
    except UsageError as error:
        assert str(error).replace("\n", "").isprintable() or not what.isprintable()
        assert "\x1b" not in str(error) and "\u202e" not in str(error)


def test_one_model_in_several_formats_is_found_as_a_whole() -> None:
    sample = sample_result()
    model = next(one for one in sample.artifacts if one.kind == "model" and one.resolved)
    twin = replace(model, id="model:sha256:" + "9" * 64)
    ghost = replace(model, id="model:name:ghost", resolved=False)
    result = replace(sample, artifacts=(*sample.artifacts, twin, ghost))
    assert {one.id for one in find_alike(result, model.name)} == {model.id, twin.id}
    other = replace(model, id="model:sha256:" + "8" * 64, identity="model:other")
    with pytest.raises(UsageError, match="names 3 artifacts"):
        find_alike(replace(result, artifacts=(*result.artifacts, other)), model.name)
