"""The example policies of the design, where they are present: they load, lint and give the verdicts they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.policy.load import load_policies
from scanner.policy.testing import read_cases
from scanner.policy.waivers import load_waivers

EXAMPLES = Path(__file__).parents[3] / "shared" / "design" / "example-policies"
PACKS = ("container-and-deployment", "data-governance", "model-security", "packages-and-licences", "release-baseline")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example policies are not on this machine"),
]


@pytest.mark.parametrize("name", PACKS)
def test_packs_load_and_lint(name: str) -> None:
    assert load_policies([str(EXAMPLES / f"{name}.yaml")]).rules


def test_the_site_policy_takes_over_two_packs() -> None:
    loaded = load_policies([str(EXAMPLES / "site-policy-example.yaml")])
    assert len(loaded.rules) == 24 and len(loaded.notices) == 2


def test_the_policy_test_gives_its_verdicts_and_paths() -> None:
    cases = read_cases(EXAMPLES / "policy-test-example.yaml")
    assert len(cases) == 13
    assert [one for case in cases for one in case.differences(case.run(case.policies), case.expected)] == []


def test_waivers_and_parameters_load() -> None:
    assert len(load_waivers(EXAMPLES / "waivers-example.yaml").waivers) == 3
    packs = [str(EXAMPLES / f"{name}.yaml") for name in PACKS]
    loaded = load_policies(packs, params_file=EXAMPLES / "params-example.yaml")
    assert {one.name for one in loaded.parameters} == {"max_data_age", "drift_limit", "safe_formats"}
