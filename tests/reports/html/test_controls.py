"""The compliance matrix says no more than the rules that name a control."""

from __future__ import annotations

import dataclasses
from importlib.resources import files

import pytest

from scanner.reports.html.controls import STATES, Control, Matrix, control_label, matrix
from scanner.reports.html.lookup import Lookup
from scanner.result import RuleResult, ScanResult
from tests.reports.html.document import audited
from tests.reports.sample_result import sample_result


def control(found: Matrix, framework: str, number: str) -> Control:
    (rows,) = [each.controls for each in found.frameworks if each.name.startswith(framework)]
    return next(row for row in rows if row.number == number)


def ruled(controls: tuple[str, ...], **counts: int) -> ScanResult:
    """The sample with one rule that names ``controls``."""
    none = dict.fromkeys(("passed", "failed", "unknown", "error", "waived", "not_yet_effective"), 0)
    rule: RuleResult = dataclasses.replace(
        sample_result().rules[0], controls=controls, **{**none, "evaluated": sum(counts.values()), **counts}
    )
    return dataclasses.replace(sample_result(), rules=(rule,), findings=())


AUTO, PARTLY, NEVER = "nist-ssdf:PS.3.2", "eu-ai-act:AnnexIV.2(d)", "eu-ai-act:Art.14"


@pytest.mark.parametrize(
    ("counts", "auto", "partly"),
    [
        ({"passed": 3}, "shown", "partly"),
        ({"passed": 3, "waived": 1}, "shown", "partly"),
        ({"passed": 3, "failed": 1, "unknown": 1}, "gap", "gap"),
        ({"not_yet_effective": 1}, "gap", "gap"),
        ({"passed": 3, "unknown": 1}, "undecided", "undecided"),
        ({"error": 1}, "undecided", "undecided"),
        ({}, "unasked", "unasked"),
    ],
)
def test_state_of_a_control(counts: dict[str, int], auto: str, partly: str) -> None:
    found = matrix(Lookup(ruled((AUTO, PARTLY, NEVER), **counts)))
    assert control(found, "NIST SP 800-218 SSDF", "PS.3.2").state == auto
    assert control(found, "EU Art", "AnnexIV.2(d)").state == partly
    assert control(found, "EU Art", "Art.14").state == "never", "a person's duty stays one whatever a rule says"


def test_one_defect_opens_only_the_rows_its_rule_names() -> None:
    found = matrix(Lookup(ruled((AUTO,), failed=1)))
    (framework,) = found.frameworks
    assert [row.number for row in framework.controls if row.state == "gap"] == ["PS.3.2"]
    assert dict(framework.counts)["unasked"] + dict(framework.counts)["never"] == len(framework.controls) - 1


def test_every_row_is_counted_and_the_bar_fits() -> None:
    for framework in matrix(Lookup(audited())).frameworks:
        assert [state for state, _ in framework.counts] == list(STATES)
        assert sum(count for _, count in framework.counts) == len(framework.controls)
        assert all(x >= 0 and width > 0 and x + width <= 200 for _, x, width in framework.bar)


def test_frameworks_that_no_rule_names_are_listed_not_dropped() -> None:
    found = matrix(Lookup(ruled((AUTO,), passed=1)))
    assert len(found.frameworks) + len(found.untouched) == 15
    assert ("EU Cyber Resilience Act", "Regulation (EU) 2024/2847", 17) in found.untouched


def test_numbers_are_printed_only_where_the_publisher_gave_them() -> None:
    assert control_label("nist-ssdf:PS.3.2") == "NIST SSDF · PS.3.2"
    assert control_label("ntia-2021:DF-1").startswith("NTIA 2021 · ") and "DF-1" not in control_label("ntia-2021:DF-1")
    assert control_label("our own:1") == "our own:1"
    found = matrix(Lookup(audited()))
    assert all(not row.number for each in found.frameworks if each.name.startswith("NTIA") for row in each.controls)


def test_policies_may_name_exactly_the_controls_of_the_data() -> None:
    import yaml

    data = yaml.safe_load(files("scanner.reports").joinpath("controls.yaml").read_text("utf-8"))
    named = {f"{row['framework']}:{row['id']}" for row in data["controls"]}
    assert named == set(files("scanner.policy").joinpath("controls.txt").read_text("utf-8").split("\n")) - {""}
    assert {row["evidence"] for row in data["controls"]} == {"auto", "partly", "never"}
    assert len(named) == len(data["controls"])
