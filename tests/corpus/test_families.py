"""The gate: every family of the corpus is judged rightly, item by item, and nothing honest is called malicious."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.corpus import benign_families
from tests.corpus.corpus import FAMILIES, PENDING
from tests.corpus.family import ACCEPTED, Family, Item, write_corpus
from tests.corpus.judging import inspected, worst

Judged = dict[str, list[tuple[Item, str]]]
"""Family name to its items with their verdicts."""


def _judge(families: tuple[Family, ...], root: Path) -> Judged:
    written = write_corpus(families, root)
    said = inspected(root)
    judged: Judged = {family.name: [] for family in families}
    for folder, (family, item) in written.items():
        judged[family.name].append((item, worst(said.get(folder, ()))))
    return judged


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return _judge(FAMILIES, tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def benign(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return _judge(benign_families.FAMILIES, tmp_path_factory.mktemp("benign"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_family(family: Family, judged: Judged) -> None:
    missed = {
        f"{family.name}/{item.name}": verdict
        for item, verdict in judged[family.name]
        if verdict not in ACCEPTED[family.label]
    }
    assert {name: verdict for name, verdict in missed.items() if name not in PENDING} == {}
    assert sorted(name for name in PENDING if name.startswith(f"{family.name}/") and name not in missed) == []


@pytest.mark.parametrize("family", benign_families.FAMILIES, ids=lambda family: family.name)
def test_nothing_honest_is_malicious(family: Family, benign: Judged) -> None:
    assert [item.name for item, verdict in benign[family.name] if verdict == "malicious"] == []


def test_what_is_honest_is_known_safe(benign: Judged) -> None:
    """At most one of a hundred is unknown or not examined."""
    said = [(f"{name}/{item.name}", verdict) for name, items in benign.items() for item, verdict in items]
    doubted = {name: verdict for name, verdict in said if verdict != "known-safe"}
    assert len(said) > 250
    assert len(doubted) * 100 <= len(said), doubted


def test_the_corpus_is_as_large_as_its_page_says(judged: Judged) -> None:
    labels = Counter(family.label for family in FAMILIES for _ in judged[family.name])
    assert len(FAMILIES) > 60
    assert labels["malicious"] > 1200


def test_the_corpus_is_the_same_in_every_run() -> None:
    for family in FAMILIES:
        assert [item.files for item in family.items()] == [item.files for item in family.items()], family.name


def test_no_two_items_have_the_same_content(judged: Judged) -> None:
    """Equal files would share one verdict, and one of the two could be missed without being seen."""
    seen: dict[bytes, str] = {}
    for family in FAMILIES:
        for item, _ in judged[family.name]:
            if len(item.files) == 1:
                (content,) = item.files.values()
                assert seen.setdefault(content, f"{family.name}/{item.name}") == f"{family.name}/{item.name}"
