"""The shipped packs: their own tests, and properties that every rule must keep."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import pytest

from scanner.model import Proof
from scanner.policy.compiled import PolicySet
from scanner.policy.coverage import run_tests
from scanner.policy.documents import Quantifier
from scanner.policy.evaluate import evaluate_world
from scanner.policy.lint import lint
from scanner.policy.load import load_policies
from scanner.policy.packs import pack_directory, pack_names
from scanner.policy.params import instant
from scanner.policy.sketch import Sketch
from scanner.policy.world import World
from scanner.policy.yaml_loader import load_file
from scanner.vocabulary import COMMON_FIELDS

TESTS = pack_directory() / "tests"


def test_every_pack_has_tests_and_they_hold_against_all_mutants() -> None:
    report = run_tests([TESTS])
    assert report.problems == ()
    assert report.files == len(pack_names())
    assert report.mutants > 150


def test_lint_has_nothing_to_say() -> None:
    loaded = load_policies(pack_names())
    assert lint(loaded.rules, loaded.bundles) == []


def test_every_rule_tells_why_and_what_to_do() -> None:
    for one in load_policies(pack_names()).rules:
        rule = one.rule
        assert rule.why and rule.fix and rule.controls, rule.id
        assert not rule.title.endswith("."), rule.id
        assert not any(condition.say.endswith(".") for condition in rule.conditions().values()), rule.id
        assert rule.action in ("block", "warn"), rule.id


def base(file: Path) -> tuple[Sketch, str]:
    value = load_file(file, file.name).value
    assert isinstance(value, dict)
    artifacts = {one["id"]: {key: field for key, field in one.items() if key != "id"} for one in value["artifacts"]}
    links = tuple(tuple(one) for one in value.get("relationships", ()))
    return Sketch(artifacts, links, file.name), str(value["now"])


FILES = sorted(TESTS.glob("*.yaml"))


def _takes_names(one: Quantifier) -> bool:
    return one.word == "some" and one.proof is Proof.INFERRED


@cache
def pack(name: str) -> PolicySet:
    return load_policies([name])


def judged(sketch: Sketch, now: str, file: Path) -> dict[tuple[str, str], str]:
    """Verdict by rule and test id of the artifact."""
    at = instant(now)
    assert at is not None
    graph, ids = sketch.graph()
    names = {id: name for name, id in ids.items()}
    evaluation = evaluate_world(World(graph), pack(file.stem), as_of=at)
    return {
        (rule, names.get(id, "")): verdict
        for rule, verdicts in evaluation.verdicts.items()
        for id, verdict in verdicts.by_artifact.items()
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_taking_evidence_away_never_makes_a_rule_pass(file: Path) -> None:
    """Delete each evidence group of each artifact: what failed or was unknown may not pass afterwards."""
    sketch, now = base(file)
    before = judged(sketch, now, file)
    removed = 0
    for id, fields in sketch.artifacts.items():
        for group in sorted(set(fields) - set(COMMON_FIELDS)):
            removed += 1
            after = judged(sketch.changed({"remove": [f"{id}.{group}"]}), now, file)
            for key, verdict in after.items():
                if verdict == "pass":
                    assert before.get(key, "pass") == "pass", (file.stem, id, group, key)
    assert removed > 3


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_link_by_name_only_never_makes_a_rule_pass(file: Path) -> None:
    """Add each possible inferred relationship to the artifacts judged: nothing that did not pass passes.

    Rules that say ``proof: inferred`` asked for it.
    """
    sketch, now = base(file)
    trusting = {one.rule.id for one in pack(file.stem).rules for link in one.rule.lineage if _takes_names(link)}
    assert trusting <= {"DG-008"}
    before = judged(sketch, now, file)
    types = {one[1] for one in sketch.relationships}
    ends = {(one[0], one[2]) for one in sketch.relationships} | {(one[2], one[0]) for one in sketch.relationships}
    extra = [(source, type, target, "inferred") for type in sorted(types) for source, target in sorted(ends)]
    for link in extra[:150]:
        if link[:3] in {one[:3] for one in sketch.relationships}:
            continue
        after = judged(dataclasses.replace(sketch, relationships=(*sketch.relationships, link)), now, file)
        for key, verdict in after.items():
            if verdict == "pass" and key in before and key[0] not in trusting:
                assert before[key] == "pass", (file.stem, link, key)


def test_an_ordinary_python_project_is_not_flooded() -> None:
    """Packages of a lock file, a notebook and files, without models, images or deployments: nothing to complain about."""
    examined = {"examined": {"state": "examined", "reason": None}}
    clean = {"audit": {"state": "clean"}, "vulnerabilities": [], "pinning": {"exact": True, "hashed": True}}
    artifacts = {
        "rel": {"kind": "release", "name": "project"},
        "flask": {"kind": "package", "purl": "pkg:pypi/flask@3.1.2", **clean},
        "app": {"kind": "file", "name": "app.py", **examined},
        "book": {"kind": "notebook", "name": "a.ipynb", "secrets": [], "installs": [], **examined},
        "head": {"kind": "commit", "name": "0a1b2c"},
    }
    sketch = Sketch(artifacts, (("rel", "contains", "flask"), ("rel", "contains", "app")), "project")
    at = instant("2026-06-01T00:00:00Z")
    assert at is not None
    evaluation = evaluate_world(World(sketch.graph()[0]), load_policies([]), as_of=at)
    assert (evaluation.exit_code, evaluation.findings) == (0, ())
