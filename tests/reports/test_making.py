"""What changed in how a model was made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Json
from scanner.reports.comparison import compare
from scanner.reports.diff import diff
from scanner.reports.making import making
from scanner.result import ArtifactResult, RelationshipResult, ScanResult
from tests.reports.sample_graph import HOSTILE, digest
from tests.reports.sample_result import sample_result

OLD_DATA, NEW_DATA = digest("old"), digest("new")


def artifact(kind: str, id: str, name: str, version: str | None = None, **evidence: Json) -> ArtifactResult:
    digests = {"sha256": id.removeprefix("sha256:")} if id.startswith("sha256:") else {}
    return ArtifactResult(
        f"{kind}:{id}", kind, name, version, None, digests, 1, True, f"{kind}:{name}", (), evidence, {}, {}
    )


def release(
    data: str = OLD_DATA, rate: str = "0.1", commit: str = "a", numpy: str = "2.1.0", name: str = "fraud"
) -> ScanResult:
    """One model, the run that made it, its commit, its data and a package of the run."""
    artifacts = (
        artifact("commit", commit * 40, commit * 12),
        artifact("dataset", f"sha256:{data}", "claims"),
        artifact("model", f"sha256:{digest(data + rate)}", name),
        artifact("package", f"pkg:pypi/numpy@{numpy}", "numpy", numpy),
        artifact("run", f"mlflow#{rate}", f"run {rate}", parameters=[{"name": "rate", "value": rate}]),
    )
    commit_, data_, model, package, run = (one.id for one in artifacts)
    links = [(model, "generated_by", run), (model, "trained_on", data_), (run, "used", commit_), (run, "used", package)]
    relationships = tuple(RelationshipResult(*ends, "declared", "mlflow_store", "mlflow.db", "") for ends in links)
    return replace(sample_result(), artifacts=artifacts, relationships=relationships, findings=())


def told(old: ScanResult, new: ScanResult) -> list[tuple[str, Json, Json]]:
    return [(one.name, one.old, one.new) for one in compare(old, new).making]


def test_nothing_changed() -> None:
    assert told(release(), release()) == []


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (release(data=NEW_DATA), [("training data claims", OLD_DATA[:12], NEW_DATA[:12])]),
        (release(commit="b"), [("commit", "a" * 12, "b" * 12)]),
        (release(numpy="2.2.0"), [("package numpy", "2.1.0", "2.2.0")]),
        (release(rate="0.2"), [("parameter rate", "0.1", "0.2"), ("run", "run 0.1", "run 0.2")]),
    ],
    ids=["data", "commit", "package", "run"],
)
def test_each_part_of_the_making(new: ScanResult, expected: list[tuple[str, Json, Json]]) -> None:
    assert told(release(), new) == expected


def test_a_model_that_only_one_result_holds_is_no_change_of_its_making() -> None:
    assert told(release(), release(name="credit")) == []


def test_models_of_one_identity_are_taken_together() -> None:
    result = release()
    other = artifact("model", f"sha256:{digest('onnx')}", "fraud", parameters=[{"name": "rate", "value": "0.3"}])
    facts = making(replace(result, artifacts=(*result.artifacts, other)))
    assert facts["model:fraud"]["parameter rate"] == {"0.1", "0.3"}


def test_a_model_that_was_not_seen_was_not_made_here() -> None:
    result = release()
    unseen = tuple(replace(one, resolved=False) if one.kind == "model" else one for one in result.artifacts)
    assert making(replace(result, artifacts=unseen)) == {}


def test_the_text_says_it_in_one_line_each() -> None:
    lines = diff(release(), release(data=NEW_DATA)).decode().splitlines()
    start = lines.index("how models were made: 1 change")
    assert lines[start + 1] == f"  ~ model:fraud: training data claims {OLD_DATA[:12]} → {NEW_DATA[:12]}"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_line(name: str) -> None:
    text = diff(release(name=name), release(name=name, rate="0.2")).decode()
    assert sum("parameter rate" in line for line in text.splitlines()) == 1
    assert "\x1b" not in text and "\u202e" not in text


@given(st.permutations(range(4)))
def test_the_order_of_relationships_says_nothing(order: list[int]) -> None:
    result = release()
    shuffled = replace(result, relationships=tuple(result.relationships[index] for index in order))
    assert making(shuffled) == making(result)
