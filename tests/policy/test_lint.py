from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.errors import PolicyError
from scanner.policy.lint import ERROR, WARNING, controls, lint
from scanner.policy.load import read_policies
from tests.policy.builders import policy

HEAD = "id: AA-001, title: A rule, severity: low, fix: repair"


def rule(select: str, rest: str) -> str:
    return f"rules: [{{{HEAD}, select: {{{select}}}, {rest}}}]"


def condition(kind: str, that: str) -> str:
    return rule(f"kind: {kind}", f'require: [{{that: "{that}", say: is wrong}}]')


ERRORS = [
    (condition("model", "artifact.nmae == 'a'"), "did you mean 'name'"),
    (condition("model", "artifact.card.license != null"), "did you mean 'licence'"),
    (condition("[model, package]", "artifact.format == 'x'"), "(package)"),
    (condition("model", "artifact.format.x == 1"), "has no fields"),
    (condition("model", "artifact.code_scan.verdict != 'evil'"), "is one of malicious, unknown, known-safe"),
    (condition("model", "'evil' == artifact.code_scan.verdict"), "is never 'evil'"),
    (condition("model", "artifact.code_scan.verdict in ['unknown', 'evil']"), "is never 'evil'"),
    (condition("package", "artifact.audit.state == 'vulnerabel'"), "is one of"),
    (condition("model", "timestamp(artifact.card.updated) < now"), "may be null"),
    (condition("model", "artifact.approvals.exists(a, a.rolle == 'x')"), "did you mean 'role'"),
    (
        condition("model", "artifact.approvals.exists(a, artifact.approvals.exists(b, a.by == b.by))"),
        "inside another list",
    ),
    (condition("model", "artifact.approvals.exists(artifact, artifact.trusted)"), "hides a variable"),
    (condition("model", "artifact.format.exists(a, a == 'x')"), "need a list"),
    (condition("model", "artifact == artifact"), "stands alone"),
    (condition("model", "{'a': artifact.name}.a == 'x'"), "cannot be built"),
    (condition("file", "artifact.requests.exists(a, a == 'x')"), "not in the vocabulary"),
    (rule("kind: model", "needs: [lineag], require: [{that: artifact.resolved, say: is wrong}]"), "no group 'lineag'"),
    (rule("kind: run", "needs: [lineage], require: [{that: artifact.resolved, say: is wrong}]"), "run has no group"),
    (
        rule("kind: model", "require: [{that: artifact.resolved, say: is wrong}], controls: ['cwe:CWE-0']"),
        "controls data",
    ),
    (
        rule("kind: model, where: artifact.x == 1", "require: [{that: artifact.resolved, say: is wrong}]"),
        "where: artifact.x",
    ),
    (
        rule(
            "kind: model, reached_from: {kind: deployment, along: [trained_on]}",
            "require: [{that: artifact.resolved, say: is wrong}]",
        ),
        "cannot leave deployment",
    ),
    (
        rule(
            "kind: model, reached_from: {kind: deployment, where: artifact.format == 'x', along: [serves]}",
            "require: [{that: artifact.resolved, say: is wrong}]",
        ),
        "reached_from.where: artifact.format",
    ),
    (rule("kind: model", "lineage: [{some: dataset, along: [trained_on], say: has none}]"), "add 'needs: .lineage.'"),
    (
        rule("kind: model", "lineage: [{every: commit, along: [trained_on], that: artifact.resolved, say: is wrong}]"),
        "cannot lead to commit",
    ),
    (rule("kind: run", "lineage: [{none: dataset, along: [trained_on], say: has some}]"), "cannot leave run"),
    (
        rule(
            "kind: model",
            "lineage: [{every: dataset, along: [trained_on], that: artifact.format2 == 'x', say: is wrong}]",
        ),
        "(dataset)",
    ),
    (rule("kind: model", "require: [{each: artifact.format, that: item == 'x', say: is wrong}]"), "is not a list"),
    (
        rule("kind: model", "require: [{each: artifact.approvals, that: item.rolle == 'x', say: is wrong}]"),
        "did you mean 'role'",
    ),
    (
        rule("kind: model", "require: [{that: artifact.resolved, say: is wrong, show: [artifact.x.y]}]"),
        "show: artifact.x.y",
    ),
    (rule("kind: model", "require: [{that: artifact.resolved, say: is wrong, show: [item.x]}]"), "no 'each'"),
    (rule("kind: model", "require: [{that: artifact.resolved, say: is wrong, show: [params.x]}]"), "is no parameter"),
    (rule("kind: model", "linked: {from: [run], by: [trained_on], say: is alone}"), "cannot arrive at model"),
    (
        rule(
            "kind: model",
            "require: [{id: one, that: artifact.resolved, say: is wrong}, {id: one, that: artifact.resolved, say: is wrong}]",
        ),
        "two conditions have one id",
    ),
    ("params: {spare: {type: int, default: 1}}\n" + condition("model", "artifact.resolved"), "used by no condition"),
    (
        f"rules: [{{{HEAD}, aliases: [AA-001], select: {{kind: model}}, require: [{{that: artifact.resolved, say: is wrong}}]}}]",
        "used twice",
    ),
]


@pytest.mark.parametrize(("text", "problem"), ERRORS, ids=[problem for _, problem in ERRORS])
def test_mistakes_that_the_engine_would_not_see(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(tmp_path, text)
    assert any(one in str(caught.value) for one in problem.replace(".lineage.", "[lineage]").split("|")), caught.value
    assert "test-policy.yaml" in str(caught.value)


def warnings(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "w.yaml"
    path.write_text(f"schema: policy/v1\nbundle: {{name: w, version: 1.0.0}}\n{text}")
    loaded = read_policies([str(path)])
    found = lint(loaded.rules, loaded.bundles, as_of=date(2026, 6, 1))
    assert not [one for one in found if one.level == ERROR], found
    return [one.text for one in found if one.level == WARNING]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (condition("model", "has(artifact.card)"), "plain false"),
        (condition("model", "artifact.approvals.exists(a, a.trusted)"), "use each"),
        (condition("model", "true"), "without any evidence"),
        (condition("model", "artifact.resolved").replace(", fix: repair", ""), "has no fix"),
        (
            condition("model", "artifact.resolved").replace("fix: repair", "fix: repair, effective_on: 2025-01-01"),
            "in the past",
        ),
        (
            rule("kind: model, reached_from: {kind: release}", "require: [{that: artifact.resolved, say: is wrong}]"),
            "without along",
        ),
    ],
)
def test_doubtful_habits_are_warned_about(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in one for one in warnings(tmp_path, text))


def test_good_rules_give_no_word(tmp_path: Path) -> None:
    text = condition("model", "artifact.card.updated != null && timestamp(artifact.card.updated) < now")
    assert warnings(tmp_path, text) == []


def test_the_controls_are_known() -> None:
    assert "cwe:CWE-502" in controls() and len(controls()) > 300


def test_the_controls_are_those_of_the_compliance_matrix() -> None:
    import yaml

    (matrix,) = (Path(__file__).parents[2] / "scanner" / "reports").rglob("controls.yaml")
    rows = yaml.safe_load(matrix.read_text("utf-8"))["controls"]
    assert {f"{row['framework']}:{row['id']}" for row in rows} == controls()
