from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import PolicyError
from scanner.policy.baseline import Baseline, Entry, dumps, known_now, load_baseline, updated
from scanner.policy.compiled import PolicySet
from scanner.policy.yaml_loader import MAX_BYTES
from tests.policy.builders import NOW, graph, judge, policy

RULES = """
rules:
  - {id: AA-001, title: Is onnx, severity: critical, fix: convert, select: {kind: model}, require: [{that: artifact.format == 'onnx', say: is no onnx}]}
  - {id: AA-002, title: Has a version, severity: low, fix: give one, select: {kind: model}, require: [{that: artifact.version != null, say: has no version}]}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return policy(tmp_path_factory.mktemp("p"), RULES)


def models(**fields: Any) -> Any:
    return graph({name: {"kind": "model", **one} for name, one in fields.items()})


def entries(rules: PolicySet, found: Any, **options: Any) -> tuple[Entry, ...]:
    identities = {str(ref): f"model:{found.artifact(ref).name}" for ref in found.refs()}
    return known_now(judge(found, rules).findings, identities, NOW, **options)


def written(path: Path, found: tuple[Entry, ...]) -> Baseline:
    path.write_text(dumps(found, created=NOW, tool="lading 1", policy_digest="sha256:" + "0" * 64))
    return load_baseline(path)


@pytest.mark.parametrize("name", ["b.json", "b.yaml"])
def test_a_baseline_is_read_back_as_written(rules: PolicySet, tmp_path: Path, name: str) -> None:
    found = entries(rules, models(a={"format": "pickle"}, b={}))
    baseline = written(tmp_path / name, found)
    assert baseline.entries == found and len(found) == 3
    assert found == tuple(sorted(found)) and {one.first_seen for one in found} == {"2026-06-01"}


def test_known_findings_stay_visible_and_do_not_block(rules: PolicySet, tmp_path: Path) -> None:
    found = models(a={"format": "pickle"})
    baseline = written(tmp_path / "b.json", entries(rules, found))
    again = judge(found, rules, baseline=baseline, gate="new")
    assert (again.exit_code, len(again.findings), [one.new for one in again.findings]) == (0, 2, [False, False])
    assert judge(found, rules, baseline=baseline, gate="all").exit_code == 1
    more = models(a={"format": "pickle"}, b={"format": "pickle", "version": "1"})
    assert judge(more, rules, baseline=baseline, gate="new").blocking == 1


def test_unknowns_are_never_taken_over(rules: PolicySet, tmp_path: Path) -> None:
    found = models(a={"version": "1"})
    assert entries(rules, found) == ()
    baseline = written(tmp_path / "b.json", entries(rules, found))
    assert judge(found, rules, baseline=baseline, gate="new").exit_code == 3


def test_severities_can_be_kept_out(rules: PolicySet) -> None:
    assert [one.rule for one in entries(rules, models(a={"format": "x"}), never=["critical"])] == ["AA-002"]
    with pytest.raises(PolicyError, match="no such severity"):
        entries(rules, models(), never=["urgent"])


def test_an_update_only_shrinks(rules: PolicySet, tmp_path: Path) -> None:
    old = written(tmp_path / "b.json", entries(rules, models(a={"format": "x"}, b={"format": "x"})))
    old = dataclasses.replace(
        old, entries=tuple(dataclasses.replace(one, first_seen="2025-01-01") for one in old.entries)
    )
    now = entries(rules, models(b={"format": "x"}, c={"format": "x"}))
    kept = updated(old, now)
    assert {one.item for one in kept} == {"model:b"} and {one.first_seen for one in kept} == {"2025-01-01"}
    grown = updated(old, now, allow_growth=True)
    assert {one.item for one in grown} == {"model:b", "model:c"}


def test_broken_files_are_refused(tmp_path: Path) -> None:
    one = Entry("0" * 64, "AA-001", "model:a", "", "2026-01-01")
    with pytest.raises(PolicyError, match="listed twice"):
        written(tmp_path / "twice.json", (one, one))
    with pytest.raises(PolicyError, match="form"):
        written(tmp_path / "bad.json", (dataclasses.replace(one, fingerprint="x"),))
    big = tmp_path / "big.yaml"
    big.write_text(" " * (MAX_BYTES + 1))
    with pytest.raises(PolicyError, match="larger"):
        load_baseline(big)
