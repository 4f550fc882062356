from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.collectors import github_actions
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
SHA = "11bd71901bbe5b1630ceea73d27597364c9af683"


def collected(text: str, path: str = ".github/workflows/ci.yml") -> Evidence:
    blob = blob_of_bytes(path, text.encode())
    assert github_actions.wants(blob)
    return github_actions.collect(blob)


def steps(evidence: Evidence) -> list[tuple[str, bool, bool]]:
    value: Any = next(item.value for item in evidence.statements if item.predicate == "steps")
    return [(one["id"], one["pinned"], one["installs_at_run_time"]) for one in value]


def test_the_workflow_of_the_fixture_uses_moving_references(fraud: Path, blob_at: Opener) -> None:
    evidence = github_actions.collect(blob_at(fraud, ".github/workflows/train.yml"))
    assert steps(evidence) == [
        ("train/1", False, False),
        ("train/2", False, False),
        ("train/3", False, True),
        ("train/4", True, False),
    ]
    assert [one.target.key for one in evidence.relationships] == [
        "record:github/actions/checkout#v4",
        "record:github/actions/setup-python#main",
    ]


@pytest.mark.parametrize(
    ("uses", "pinned"),
    [
        (f"actions/checkout@{SHA}", True),
        ("actions/checkout@11bd719", False),
        ("actions/checkout@v4", False),
        ("actions/checkout", False),
        ("./.github/actions/local", True),
        (f"docker://ghcr.io/a/b@sha256:{'a' * 64}", True),
        ("docker://alpine:3", False),
    ],
)
def test_only_a_commit_or_a_digest_pins(uses: str, pinned: bool) -> None:
    evidence = collected(f"on: push\njobs:\n  a:\n    steps:\n    - id: s\n      uses: {uses}\n")
    assert steps(evidence) == [("a/1 s", pinned, False)]


def test_reusable_workflows_containers_and_services_are_used() -> None:
    evidence = collected(
        "jobs:\n  call:\n    uses: org/repo/.github/workflows/x.yml@main\n  run:\n    container: {image: python:3.11}\n"
        f"    services: {{db: {{image: 'postgres@sha256:{'b' * 64}'}}}}\n    steps: []\n"
    )
    assert [pinned for _, pinned, _ in steps(evidence)] == [False, False, True]
    assert [one.proof for one in evidence.relationships] == [Proof.INFERRED, Proof.INFERRED, Proof.MATCHED]


def test_scripts_that_install_are_told() -> None:
    evidence = collected(
        "jobs:\n  a:\n    steps:\n    - run: |\n        make\n        pip install x==1\n    - run: make\n"
    )
    assert steps(evidence) == [("a/1", True, True), ("a/2", True, False)]


@pytest.mark.parametrize(
    ("text", "writes", "foreign"),
    [
        ("on: push\njobs: {a: {steps: []}}", None, False),
        ("on: [push, pull_request_target]\npermissions: {contents: read}\njobs: {a: {steps: []}}", False, True),
        ("on: {pull_request_target: {}}\npermissions: write-all\njobs: {a: {steps: []}}", True, True),
        ("permissions: {}\njobs: {a: {permissions: {contents: write}}, b: {}}", True, False),
        ("jobs: {a: {permissions: {contents: read}}}", False, False),
        ("jobs: {a: {permissions: {contents: read}}, b: {}}", None, False),
    ],
)
def test_what_the_token_may_do_and_who_can_start_it(text: str, writes: bool | None, foreign: bool) -> None:
    said = {item.predicate: item.value for item in collected(text).statements}
    assert said["permissions"] == {"writes": writes, "foreign_trigger": foreign}


def test_a_composite_action_is_a_pipeline_too() -> None:
    evidence = collected("name: x\nruns:\n  using: composite\n  steps:\n  - uses: a/b@v1\n", "tools/action.yml")
    assert steps(evidence) == [("action/1", False, False)]


def test_an_image_from_an_expression_is_told() -> None:
    evidence = collected("jobs:\n  a:\n    container: ${{ matrix.image }}\n")
    assert [item.detail for item in evidence.not_examined] == ["image that only the run knows"]
    assert [pinned for _, pinned, _ in steps(evidence)] == [False]


@pytest.mark.parametrize("text", ["", "jobs: 3", "jobs: {}", "[" * 30_000, "jobs: &a {x: *a}"])
def test_what_is_no_workflow_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        collected(text)


@pytest.mark.parametrize("path", [".github/dependabot.yml", "workflows/ci.yml", ".github/workflows/deep/ci.yml"])
def test_other_places_are_not_wanted(path: str) -> None:
    assert not github_actions.wants(blob_of_bytes(path, b"jobs:"))
