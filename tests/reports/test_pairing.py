"""Pairing the artifacts of two results."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scanner.reports.pairing import pairs
from scanner.result import ArtifactResult
from tests.reports.sample_result import sample_result

ONE = sample_result().artifacts[0]


def _versions(*versions: str) -> list[ArtifactResult]:
    return [replace(ONE, id=f"package:p@{version}", version=version, identity="package:p") for version in versions]


def _told(old: list[ArtifactResult], new: list[ArtifactResult]) -> list[tuple[str | None, str | None]]:
    def version(artifact: ArtifactResult | None) -> str | None:
        return artifact.version if artifact else None

    return [(version(before), version(after)) for before, after in pairs(old, new)]


def test_a_new_version_stands_beside_the_old_one() -> None:
    assert _told(_versions("1"), _versions("2")) == [("1", "2")]


def test_equal_ids_belong_together_before_versions_do() -> None:
    assert _told(_versions("1", "2"), _versions("2", "3")) == [("2", "2"), ("1", "3")]


def test_what_has_no_counterpart_stands_alone() -> None:
    assert _told(_versions("1"), _versions("1", "2")) == [("1", "1"), (None, "2")]
    assert _told(_versions("1"), []) == [("1", None)]


VERSIONS = st.lists(st.sampled_from("123456"), unique=True)


@given(VERSIONS, VERSIONS)
def test_every_artifact_of_both_sides_appears_once(old: list[str], new: list[str]) -> None:
    found = _told(_versions(*old), _versions(*new))
    assert Counter(before for before, _ in found if before) == Counter(old)
    assert Counter(after for _, after in found if after) == Counter(new)
    assert len(found) == max(len(old), len(new), len(set(old) & set(new)))
