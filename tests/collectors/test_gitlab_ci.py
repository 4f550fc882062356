"""Hand-written after GitLab's reference: no server was at hand to write one."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collectors import gitlab_ci
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import blob_of_bytes

SHA, DIGEST = "c" * 40, "a" * 64


def collected(text: str) -> Evidence:
    blob = blob_of_bytes(".gitlab-ci.yml", text.encode())
    assert gitlab_ci.wants(blob)
    return gitlab_ci.collect(blob)


def steps(evidence: Evidence) -> list[tuple[str, bool, bool]]:
    value: Any = next(item.value for item in evidence.statements if item.predicate == "steps")
    return [(one["id"], one["pinned"], one["installs_at_run_time"]) for one in value]


def test_jobs_with_their_images_and_installs() -> None:
    evidence = collected(
        f"image: python@sha256:{DIGEST}\nstages: [a]\n.hidden: {{script: [pip install hidden]}}\n"
        "train:\n  before_script:\n  - pip install torch\n  script: dvc repro\n"
        "test:\n  image: {name: 'python:3.11', entrypoint: ['']}\n  services: [postgres:16]\n  script: [make]\n"
        "lint:\n  script: [make]\n"
    )
    assert steps(evidence) == [("train", False, True), ("test", False, False), ("lint", True, False)]
    assert [(one.target.key, one.proof, one.note) for one in evidence.relationships] == [
        (f"sha256:{DIGEST}", Proof.MATCHED, "train"),
        ("name:python:3.11", Proof.INFERRED, "test"),
        ("name:postgres:16", Proof.INFERRED, "test"),
        (f"sha256:{DIGEST}", Proof.MATCHED, "lint"),
    ]


def test_what_a_job_extends_counts() -> None:
    evidence = collected(
        ".base: {image: 'a:1', script: [pip install x==1]}\n.more: {extends: .base, image: 'b:1'}\n"
        "job: {extends: [.more, absent, job]}\n"
    )
    assert steps(evidence) == [("job", False, True)]
    assert [one.target.key for one in evidence.relationships] == ["name:b:1"]


def test_references_and_anchors_in_scripts_are_plain_data() -> None:
    text = "job:\n  script:\n  - !reference [.setup, script]\n  - &a [pip install x]\n  - *a\n"
    assert steps(collected(text)) == [("job", False, True)]


@pytest.mark.parametrize(
    ("include", "pinned"),
    [
        (f"[{{project: org/ci, ref: {SHA}, file: /x.yml}}]", True),
        ("[{project: org/ci, ref: main, file: /x.yml}]", False),
        ("{project: org/ci, file: /x.yml}", False),
        ("https://user:pw@example.com/x.yml?token=1", False),
        ("[{remote: 'https://example.com/x.yml', integrity: sha256-xyz}]", True),
        (f"[{{component: gitlab.example.com/org/c@{SHA}}}]", True),
        ("[{component: gitlab.example.com/org/c@~latest}]", False),
        ("[{template: Jobs/SAST.gitlab-ci.yml}]", True),
    ],
)
def test_includes_are_fixed_by_commit_or_digest(include: str, pinned: bool) -> None:
    evidence = collected(f"include: {include}\n")
    assert [one[1] for one in steps(evidence)] == [pinned]
    assert "pw" not in repr(evidence) and "token" not in repr(evidence)


def test_local_files_are_no_foreign_includes() -> None:
    assert steps(collected("include: [/ci/a.yml, {local: b.yml}]\njob: {script: make}\n")) == [("job", True, False)]


def test_an_image_in_a_variable_is_told_and_not_pinned() -> None:
    evidence = collected("job: {image: $IMAGE, script: make}\n")
    assert steps(evidence) == [("job", False, False)]
    assert [item.detail for item in evidence.not_examined] == ["image that only the run knows"]


@pytest.mark.parametrize("text", ["", "- a\n", "[" * 30_000, "a: &a [*a]\n", "a: b: c\n"])
def test_what_is_no_pipeline_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        collected(text)


@pytest.mark.parametrize(
    "text", ["job: {script: {a: b}, image: [1]}", "include: 3\njob: 1\n", "job: {extends: {a: b}}"]
)
def test_wrong_shapes_do_no_harm(text: str) -> None:
    assert collected(text).relationships == ()
