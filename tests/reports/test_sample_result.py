"""The sample keeps to the vocabulary, so that reports are tested on what scans can say."""

from __future__ import annotations

from scanner import vocabulary
from tests.reports.sample_result import sample_result


def test_relationships_join_artifacts_of_allowed_kinds() -> None:
    sample = sample_result()
    kinds = {item.id: item.kind for item in sample.artifacts}
    for one in sample.relationships:
        allowed = vocabulary.RELATIONSHIPS[one.type]
        assert kinds[one.source] in allowed.sources and kinds[one.target] in allowed.targets, one


def test_it_shows_everything_there_is_to_show() -> None:
    sample = sample_result()
    assert {item.kind for item in sample.artifacts} == set(vocabulary.KINDS)
    assert {item.proof for item in sample.relationships} == {"signed", "matched", "declared", "inferred"}
    verdicts = {item.verdict for item in sample.findings}
    assert verdicts == {"fail", "unknown", "error", "waived", "not_yet_effective"}
    assert sum(rule.failed + rule.unknown + rule.error for rule in sample.rules) == 9
