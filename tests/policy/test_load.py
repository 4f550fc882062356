from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import PolicyError
from scanner.policy.compiled import PolicySet
from scanner.policy.load import load_policies
from scanner.policy.packs import DEFAULT_PACKS, pack_names
from scanner.policy.yaml_loader import digest_of

BASE = """schema: policy/v1
bundle: {name: base, version: 1.0.0}
params: {limit: {type: int, default: 1}}
rules:
  - {id: BA-001, title: First rule, severity: high, fix: repair, select: {kind: model}, require: [{that: artifact.resolved, say: is not here}]}
  - {id: BA-002, title: Other rule, severity: low, action: warn, fix: repair, aliases: [OLD-001], select: {kind: model}, require: [{that: "size(artifact.name) > params.limit", say: is short}]}
"""


def site(tmp_path: Path, override: str, *, digest: str | None = None, path: str = "base.yaml") -> PolicySet:
    (tmp_path / "base.yaml").write_text(BASE)
    found = digest or digest_of(BASE.encode())
    (tmp_path / "site.yaml").write_text(
        f"schema: policy/v1\nbundle: {{name: site, version: 1.0.0}}\nrules: []\n"
        f'extends:\n  - {{bundle: base, path: {path}, digest: "{found}", params: {{limit: 3}}, override: [{override}]}}\n'
    )
    return load_policies([str(tmp_path / "site.yaml")])


def test_a_site_policy_takes_over_rules_parameters_and_changes(tmp_path: Path) -> None:
    loaded = site(tmp_path, "{rule: BA-001, action: warn, reason: we are moving}")
    rule = loaded.rule("BA-001")
    assert rule is not None and (rule.rule.action, rule.rule.reason) == ("warn", "we are moving")
    assert loaded.notices == ("BA-001 loosened by site: action block -> warn (we are moving)",)
    assert [(one.name, one.value, one.origin) for one in loaded.parameters] == [("limit", 3, "site extends")]
    assert [one.name for one in loaded.used] == ["base", "site"]


def test_a_tightening_is_no_notice(tmp_path: Path) -> None:
    loaded = site(tmp_path, "{rule: BA-002, action: block, severity: high, reason: we want it}")
    assert loaded.notices == ()


@pytest.mark.parametrize(
    ("override", "notice"),
    [
        ("{rule: BA-001, severity: low, reason: not so bad}", "severity high -> low"),
        ("{rule: BA-001, effective_on: 2030-01-01, reason: in a while}", "effective_on None -> 2030-01-01"),
        ("{rule: BA-001, on_unknown: warn, reason: too noisy}", "on_unknown incomplete -> warn"),
        ('{rule: BA-001, action: "off", reason: kept elsewhere}', "action block -> off"),
    ],
)
def test_every_loosening_is_told(tmp_path: Path, override: str, notice: str) -> None:
    assert notice in site(tmp_path, override).notices[0]


def test_a_former_id_still_finds_the_rule(tmp_path: Path) -> None:
    rule = site(tmp_path, "{rule: BA-001, severity: low, reason: not so bad}").rule("OLD-001")
    assert rule is not None and rule.rule.id == "BA-002"


def test_unknown_rules_and_wrong_digests_are_errors(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such rule"):
        site(tmp_path, "{rule: BA-009, severity: low, reason: not so bad}")
    with pytest.raises(PolicyError, match=digest_of(BASE.encode())):
        site(tmp_path, "{rule: BA-001, severity: low, reason: xyz}", digest="sha256:" + "0" * 64)


def test_a_link_out_of_the_policy_directory_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(BASE)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.yaml").symlink_to(outside)
    with pytest.raises(PolicyError, match="leads out"):
        site(inner, "{rule: BA-001, severity: low, reason: xyz}", path="link.yaml")


def test_cycles_and_depth_are_bounded(tmp_path: Path) -> None:
    previous = digest_of(BASE.encode())
    (tmp_path / "base.yaml").write_text(BASE)
    for number in range(6):
        below = "base" if number == 0 else f"level{number - 1}"
        text = (
            f"schema: policy/v1\nbundle: {{name: level{number}, version: 1.0.0}}\nrules: []\n"
            f'extends: [{{bundle: {below}, path: {below}.yaml, digest: "{previous}"}}]\n'
        )
        (tmp_path / f"level{number}.yaml").write_text(text)
        previous = digest_of(text.encode())
    assert len(load_policies([str(tmp_path / "level3.yaml")]).rules) == 2
    with pytest.raises(PolicyError, match="levels deep"):
        load_policies([str(tmp_path / "level5.yaml")])


def test_one_bundle_with_two_contents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(BASE)
    (tmp_path / "two.yaml").write_text(BASE.replace("First", "Second"))
    with pytest.raises(PolicyError, match="different content"):
        load_policies([str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")])
    assert len(load_policies([str(tmp_path / "one.yaml")] * 2).rules) == 2


def test_one_rule_id_in_two_bundles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(BASE)
    (tmp_path / "two.yaml").write_text(BASE.replace("name: base", "name: other"))
    with pytest.raises(PolicyError, match="used twice"):
        load_policies([str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")])


def test_without_names_the_default_packs_are_loaded() -> None:
    assert {one.bundle.name for one in load_policies([]).bundles} == set(DEFAULT_PACKS)
    assert set(DEFAULT_PACKS) <= set(pack_names())


def test_default_stands_for_the_default_packs_beside_others() -> None:
    named = [one.bundle.name for one in load_policies(["default", "documentation", "provenance"]).bundles]
    assert sorted(named) == sorted([*DEFAULT_PACKS, "documentation"])


@pytest.mark.parametrize("name", ["no-such-pack", "absent.yaml", "../x"])
def test_unknown_policies_are_named(name: str) -> None:
    with pytest.raises(PolicyError, match="no such"):
        load_policies([name])


def test_the_digest_of_a_set_depends_on_content_and_parameters(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    plain = load_policies([str(path)])
    assert plain.digest == load_policies([str(path)]).digest
    assert plain.digest != load_policies([str(path)], settings=["limit=2"]).digest
