from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.advisories.severity import UNRATED, Rating, rate, v2_base_score, v3_base_score, worst

CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        (CRITICAL, 9.8),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 8.8),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 1.6),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        (CRITICAL + "/E:P/RL:O", 9.8),
    ],
)
def test_v3_base_scores_of_the_public_calculator(vector: str, score: float) -> None:
    assert v3_base_score(vector) == score


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
        ("(AV:N/AC:M/Au:N/C:P/I:P/A:P)", 6.8),
        ("AV:L/AC:H/Au:M/C:N/I:N/A:P", 0.8),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:N", 0.0),
    ],
)
def test_v2_base_scores_of_the_public_calculator(vector: str, score: float) -> None:
    assert v2_base_score(vector) == score


@pytest.mark.parametrize(
    "vector",
    ["", "9.8", "HIGH", CRITICAL + "/", CRITICAL + "/AV:N", CRITICAL.replace("AV:N", "AV:X"), CRITICAL[:30], V4],
)
def test_malformed_vectors_have_no_score(vector: str) -> None:
    assert v3_base_score(vector) is None
    assert v2_base_score(vector) is None


@given(st.text(max_size=80))
def test_any_text_is_scored_or_not(text: str) -> None:
    assert v3_base_score(text) is None or text.startswith("CVSS:3")
    v2_base_score(text)


@pytest.mark.parametrize(
    ("scores", "label", "expected"),
    [
        ([("CVSS_V3", CRITICAL)], "", Rating("critical", "CVSS_V3 9.8 (X-1)")),
        ([("CVSS_V3", CRITICAL)], "LOW", Rating("critical", "CVSS_V3 9.8 (X-1)")),
        ([("CVSS_V4", V4)], "HIGH", Rating("high", "label (X-1)")),
        ([("CVSS_V4", V4), ("CVSS_V3", CRITICAL)], "", Rating("critical", "CVSS_V3 9.8 (X-1)")),
        ([("CVSS_V4", V4)], "", UNRATED),
        ([("CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C")], "", Rating("high", "CVSS_V2 10.0 (X-1)")),
        ([("Ubuntu", "negligible")], "", Rating("low", "Ubuntu (X-1)")),
        ([], "MODERATE", Rating("medium", "label (X-1)")),
        ([], "untriaged", UNRATED),
        ([("CVSS_V3", "nonsense")], "", UNRATED),
    ],
)
def test_the_source_of_a_rating(scores: list[tuple[str, str]], label: str, expected: Rating) -> None:
    assert rate("X-1", scores, label) == expected


def test_unknown_loses_against_any_level_and_is_never_low() -> None:
    low = Rating("low", "label (A-1)")
    assert worst([UNRATED, low]) == low
    assert worst([low, Rating("high", "label (B-1)")]).level == "high"
    assert worst([]) == UNRATED
