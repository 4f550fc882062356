from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import dockerfile
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
DIGEST = "a" * 64


def collected(text: str, path: str = "app/Dockerfile") -> Evidence:
    blob = blob_of_bytes(path, text.encode())
    assert dockerfile.wants(blob)
    return dockerfile.collect(blob)


def bases(evidence: Evidence) -> list[tuple[str, str, Proof, str]]:
    return [
        (one.target.key, one.location.at, one.proof, one.note)
        for one in evidence.relationships
        if one.type == "based_on"
    ]


def sources(evidence: Evidence) -> list[str]:
    return [one.target.key for one in evidence.relationships if one.type == "built_from"]


def test_the_dockerfile_of_the_fixture(fraud: Path, blob_at: Opener) -> None:
    evidence = dockerfile.collect(blob_at(fraud, "Dockerfile"))
    assert bases(evidence) == [("name:registry.example.com/base/python:3.11", "line 1", Proof.INFERRED, "")]
    assert sources(evidence) == ["path:requirements.txt", "path:models/fraud/model.pkl", "path:serve.py"]


def test_a_base_by_digest_can_be_matched() -> None:
    assert bases(collected(f"FROM --platform=linux/amd64 python:3.11@sha256:{DIGEST}\n")) == [
        (f"sha256:{DIGEST}", "line 1", Proof.MATCHED, "")
    ]


def test_stages_are_followed_and_unused_ones_are_left_out() -> None:
    evidence = collected(
        "FROM golang:1 AS build\nRUN make\nFROM unused:1 AS test\nCOPY t /t\n"
        "FROM base:2\nCOPY --from=build /bin/x /x\nCOPY --from=tools:3 /bin/y /y\nCOPY app.py /app/\n"
    )
    assert bases(evidence) == [
        ("name:golang:1", "line 1", Proof.INFERRED, "build stage build"),
        ("name:base:2", "line 5", Proof.INFERRED, ""),
        ("name:tools:3", "line 7", Proof.INFERRED, "files copied"),
    ]
    assert sources(evidence) == ["path:app/app.py"]


def test_variables_before_the_first_stage_have_their_defaults() -> None:
    text = "ARG TAG=3.11\nARG BASE=python:${TAG}-slim\nFROM ${BASE}\nFROM x:${OTHER:-9}\nCOPY --from=0 /a /a\n"
    assert [key for key, *_ in bases(collected(text))] == ["name:python:3.11-slim", "name:x:9"]


def test_a_base_that_only_the_build_knows_is_told() -> None:
    evidence = collected("ARG BASE\nFROM ${BASE}\n")
    assert bases(evidence) == []
    assert [item.detail for item in evidence.not_examined] == ["base image that only the build knows"]


def test_here_documents_comments_and_joined_lines_hide_no_instructions() -> None:
    text = (
        "# a comment\nFROM a:1\nRUN <<EOF\nFROM evil:1\nCOPY /etc/passwd /x\nEOF\n"
        "COPY one.py \\\n  # a comment inside\n\n  two.py \\\n  /app/\nCOPY <<'END' /x\nFROM evil:2\nEND\n"
    )
    evidence = collected(text)
    assert [key for key, *_ in bases(evidence)] == ["name:a:1"]
    assert sources(evidence) == ["path:app/one.py", "path:app/two.py"]


def test_another_escape_character() -> None:
    assert sources(collected("# escape=`\nFROM a:1\nCOPY one.py `\n  C:\\app\\\nCOPY two.py /x\n")) == [
        "path:app/one.py",
        "path:app/two.py",
    ]


def test_exec_form_patterns_folders_addresses_and_paths_outside() -> None:
    evidence = collected(
        f'FROM scratch\nCOPY ["a b.py", "/x/"]\nCOPY *.py src/ . /x/\nCOPY ../../../etc/passwd /x\n'
        f"ADD --checksum=sha256:{DIGEST} https://user:pw@example.com/m.bin /m\nADD https://example.com/n.bin /n\n"
    )
    assert bases(evidence) == []
    assert sources(evidence) == ["path:app/a b.py", f"sha256:{DIGEST}"]
    assert "pw" not in repr(evidence)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("Dockerfile", True), ("x/Containerfile", True), ("Dockerfile.gpu", True), ("gpu.Dockerfile", True)]
    + [
        (".dockerignore", False),
        ("Dockerfile.md", False),
        ("Dockerfile.dockerignore", False),
        ("dockerfile.py", False),
    ],
)
def test_which_files_are_wanted(path: str, wanted: bool) -> None:
    assert dockerfile.wants(blob_of_bytes(path, b"FROM a")) is wanted


@pytest.mark.parametrize("text", ["", "RUN x\n", "\\\n" * 1000, "RUN <<EOF\nFROM x\n", "FROM a\n" * 10_001])
def test_what_builds_nothing_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        collected(text)


def test_a_stage_that_copies_from_itself_or_later_ones_ends() -> None:
    text = "FROM a AS x\nCOPY --from=x /a /a\nCOPY --from=y /a /a\nFROM x AS y\nCOPY --from=y /a /a\n"
    assert [key for key, *_ in bases(collected(text))] == ["name:a:latest"]


@given(
    st.lists(
        st.sampled_from(["FROM a", "COPY b c", "RUN <<X", "X", "\\", "ARG A=$A${A:-$A}", "FROM $A", "# escape=`", ""])
    )
)
def test_any_order_of_lines_is_read(lines: list[str]) -> None:
    try:
        collected("\n".join(lines))
    except NotExaminable as error:
        assert "without a FROM" in error.detail
