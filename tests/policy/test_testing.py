from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import PolicyError
from scanner.policy.coverage import PolicyTestReport, run_tests

POLICY = """schema: policy/v1
bundle: {name: small, version: 1.0.0}
rules:
  - id: AA-001
    title: Data are named
    severity: low
    fix: name it
    needs: [lineage]
    select: {kind: model}
    lineage:
      - {some: dataset, along: [trained_on, derived_from], that: artifact.rows > 3, say: has no rows}
"""
TEST = """schema: policy-test/v1
policy: small.yaml
now: 2026-06-01T00:00:00Z
artifacts:
  - {id: a, kind: model, lineage: {state: recorded}}
  - {id: b, kind: model, lineage: {state: none}}
  - {id: c, kind: model}
  - {id: e, kind: model, lineage: {state: recorded}}
  - {id: d, kind: dataset, rows: 5}
  - {id: small, kind: dataset, rows: 1}
relationships:
  - [a, trained_on, d]
  - [a, trained_on, small]
  - [e, derived_from, small]
expect:
  - {rule: AA-001, item: a, verdict: pass}
  - {rule: AA-001, item: b, verdict: fail}
  - {rule: AA-001, item: c, verdict: unknown}
  - {rule: AA-001, item: e, verdict: fail}
  - {rule: AA-001, item: d, verdict: not_selected}
mutate:
  - {title: through another model, link: [[b, derived_from, a]], expect: [{rule: AA-001, item: b, verdict: pass}]}
  - {title: by name only, link: [[b, derived_from, a, inferred]], expect: [{rule: AA-001, item: b, verdict: fail}]}
"""


def run(tmp_path: Path, test: str = TEST, policy: str = POLICY) -> PolicyTestReport:
    (tmp_path / "small.yaml").write_text(policy)
    (tmp_path / "tests").mkdir(exist_ok=True)
    (tmp_path / "tests" / "t.yaml").write_text(test.replace("policy: small", "policy: ../small"))
    return run_tests([tmp_path / "tests"])


def test_a_complete_test_passes(tmp_path: Path) -> None:
    report = run(tmp_path)
    assert report.problems == ()
    assert (report.files, report.worlds, report.expectations) == (1, 3, 7)
    assert report.mutants >= 7


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("item: b, verdict: fail}\n", "item: b, verdict: pass}\n", "AA-001 on b: fail, expected pass"),
        ("verdict: unknown}", "verdict: fail}", "AA-001 on c: unknown, expected fail"),
        ("  - {rule: AA-001, item: c, verdict: unknown}\n", "", "no test expects unknown"),
        ("  - [a, trained_on, small]\n", "", "'lineage[0]: every for some'"),
        ("  - {rule: AA-001, item: c, verdict: unknown}\n", "", "'needs dropped'"),
        ("mutate:\n  - {title: through", "mutate: []\nx:\n  - {title: through", "unknown key"),
    ],
)
def test_a_weak_or_wrong_test_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in TEST
    try:
        found = "\n".join(run(tmp_path, TEST.replace(old, new)).problems)
    except PolicyError as error:
        found = str(error)
    assert problem in found


def test_a_path_is_compared(tmp_path: Path) -> None:
    policy = POLICY.replace("some: dataset", "every: dataset")
    expected = "expect:\n  - {rule: AA-001, item: a, verdict: fail, path: [a, d]}\n"
    test = TEST[: TEST.index("expect:")] + expected
    assert "path a -> small, expected a -> d" in run(tmp_path, test, policy).problems[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rows: 5", "rows: five", "d.rows is not of type int"),
        ("rows: 5", "rowz: 5", "no group 'rowz'"),
        ("[a, trained_on, d]", "[a, trained_on, z]", "unknown artifact z"),
        ("lineage: {state: none}", "lineage: {state: lost}", "not one of recorded, none"),
        ("lineage: {state: none}", "lineage: {}", "exactly the keys state"),
        ("id: small, kind", "id: d, kind", "two artifacts have one id"),
        ("item: d, verdict", "item: z, verdict", "no artifact z"),
        ("link: [[b, derived_from, a]]", "cut: [[b, derived_from, a]]", "cut: there is no"),
        ("link: [[b, derived_from, a]]", "remove: [b.card]", "remove: there is no b.card"),
        ("link: [[b, derived_from, a]]", "set: {z.rows: 1}", "no artifact z"),
        ("policy: small.yaml", "policy: gone.yaml", "no such file|cannot be read"),
    ],
)
def test_a_world_that_production_cannot_make_is_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        run(tmp_path, TEST.replace(old, new))
    assert any(one in str(caught.value) for one in problem.split("|")), caught.value


def test_no_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no test file"):
        run_tests([tmp_path])
