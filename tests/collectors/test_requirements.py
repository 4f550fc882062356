"""Requirements files: compiled by the real uv and pip-compile, written by hand, and hostile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import identity
from scanner.collectors import requirements
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

Record = Callable[..., Blob]
Opener = Callable[[Path, str], Blob]

COMPILED = Path(__file__).parent / "data" / "python" / "compiled"


def groups(evidence: Evidence, name: str) -> dict[str, object]:
    return {one.subject.key: one.value for one in evidence.statements if one.predicate == name}


def edges(evidence: Evidence) -> set[tuple[str, str]]:
    short = re.compile(r"pkg:pypi/([^@]+).*")
    return {
        (short.sub(r"\1", one.source.key), short.sub(r"\1", one.target.key))
        for one in evidence.relationships
        if one.type == "depends_on"
    }


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("requirements.txt", True),
        ("app/requirements-dev.txt", True),
        ("dev_requirements.txt", True),
        ("requirements/base.txt", True),
        ("requirements.in", True),
        ("image.tar!srv/requirements.txt", True),
        ("requirements.lock", True),
        ("docs/requirements.md", False),
        ("notes.txt", False),
        ("requirements/", False),
    ],
)
def test_wants_files_named_as_requirements(path: str, wanted: bool, record: Record) -> None:
    assert requirements.wants(record(path, "flask")) is wanted


def test_a_pin_is_exact_with_one_version_and_hashed_with_a_digest(record: Record) -> None:
    text = (
        f"Flask_Demo == 3.0.0 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\nclick==8.1.7  # why\n"
    )
    evidence = requirements.collect(record("requirements.txt", text))

    assert groups(evidence, "pinning") == {
        "pkg:pypi/flask-demo@3.0.0": {"exact": True, "hashed": True},
        "pkg:pypi/click@8.1.7": {"exact": True, "hashed": False},
    }
    assert [str(one.location) for one in evidence.artifacts] == [
        "requirements.txt (line 1)",
        "requirements.txt (line 4)",
    ]


@pytest.mark.parametrize("line", ["flask", "flask>=2", "flask==2.*", "flask>=2,==2.1", "flask @ https://e.com/f.zip"])
def test_what_allows_several_versions_is_asked_for_and_no_package(line: str, record: Record) -> None:
    blob = record("requirements.txt", line)
    evidence = requirements.collect(blob)

    assert evidence.artifacts == ()
    assert len(groups(evidence, "requests")[blob.ref.key]) == 1  # type: ignore[arg-type]


def test_options_constraints_and_variables_are_no_requirements(record: Record) -> None:
    text = "--index-url https://user:pw@e.com/simple\n-c limits.txt\n-r other.txt\n-e .\nfoo==${VERSION}\n\n# note\n"
    blob = record("requirements.txt", text)
    evidence = requirements.collect(blob)

    assert (evidence.artifacts, evidence.not_examined) == ((), ())
    assert groups(evidence, "requests") == {blob.ref.key: []}


def test_an_input_of_the_compiler_fixes_nothing(record: Record) -> None:
    blob = record("requirements.in", "flask==3.0.0\n")
    evidence = requirements.collect(blob)

    assert evidence.artifacts == ()
    assert groups(evidence, "requests") == {blob.ref.key: ["flask==3.0.0"]}


@pytest.mark.parametrize(
    ("line", "hashed"),
    [
        ("demo @ https://e.com/demo-1.5-py3-none-any.whl", False),
        (f"https://e.com/demo-1.5-py3-none-any.whl#sha256={'a' * 64}", True),
        (f"demo @ https://e.com/demo-1.5.tar.gz --hash=sha256:{'a' * 64}", True),
    ],
)
def test_the_name_of_an_archive_tells_the_version(line: str, hashed: bool, record: Record) -> None:
    evidence = requirements.collect(record("requirements.txt", line))
    assert groups(evidence, "pinning") == {"pkg:pypi/demo@1.5": {"exact": True, "hashed": hashed}}


def test_comments_of_the_compiler_name_dependants_in_all_three_forms(record: Record) -> None:
    text = """\
a==1
    # via -r requirements.in
b==1
    # via a
c==1
    # via
    #   a
    #   b
    #   project (pyproject.toml)
# the end, not via anything
d==1               # via a, b
"""
    evidence = requirements.collect(record("requirements.txt", text))

    assert edges(evidence) == {("a", "b"), ("a", "c"), ("b", "c"), ("a", "d"), ("b", "d")}
    assert set(groups(evidence, "requested")) == {"pkg:pypi/a@1", "pkg:pypi/c@1"}


@pytest.mark.parametrize("name", ["requirements.txt", "pip-compile-requirements.txt"])
def test_a_compiled_file_agrees_with_the_comments_as_another_reader_sees_them(name: str, blob_at: Opener) -> None:
    text = (COMPILED / name).read_text()
    expected = set()
    for block in re.split(r"\n(?=[a-z])", text):
        pinned = re.match(r"([a-z0-9-]+)(?:\[[a-z0-9,]+\])?==", block)
        for parent in re.findall(r"#\s+(?:via )?([a-z0-9-]+)(?:\[[a-z0-9,]+\])?$", block, re.M) if pinned else ():
            expected |= {(parent, pinned[1])} if pinned and parent not in ("via", "of") else set()

    evidence = requirements.collect(blob_at(COMPILED, name))

    assert edges(evidence) == expected
    assert len(expected) > 8
    assert evidence.not_examined == ()
    pins = groups(evidence, "pinning")
    assert len(pins) == len(re.findall(r"^[a-z][^=]*==", text, re.M))
    assert all(pin == {"exact": True, "hashed": True} for pin in pins.values())


def test_the_release_candidate_asks_for_what_it_pins(fraud: Path, blob_at: Opener) -> None:
    evidence = requirements.collect(blob_at(fraud, "requirements.txt"))

    assert identity.pypi("flask", "2.2.2") in {one.ref for one in evidence.artifacts}
    assert ("flask", "werkzeug") in edges(evidence)
    assert len(evidence.artifacts) == len(re.findall(r"^\S+==", (fraud / "requirements.txt").read_text(), re.M))


def test_lines_in_another_language_are_told_once_with_the_first_place(record: Record) -> None:
    evidence = requirements.collect(record("requirements.txt", "flask==1.0\nthis is prose\n\x1b[31m\nfoo = 1\n"))

    (problem,) = evidence.not_examined
    assert (str(problem.location), problem.detail) == ("requirements.txt (line 2)", "3 lines are no requirements")


@pytest.mark.parametrize("content", [b"\xff\xfef\x00l\x00", b"a\n" * 100_001])
def test_what_cannot_be_read_is_refused(content: bytes, record: Record) -> None:
    with pytest.raises(NotExaminable):
        requirements.collect(record("requirements.txt", content))


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "a==" + "1" * 100_000, "a[" + "b," * 50_000 + "b]", "a ; " + "(" * 20_000, "a \\\n" * 50_000],
)
def test_a_huge_line_names_no_package(text: str, record: Record) -> None:
    evidence = requirements.collect(record("requirements.txt", text))
    assert evidence.artifacts == ()
    assert len(evidence.not_examined) == 1


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    blob = blob_of_bytes("requirements.txt", text.encode("utf-8", "replace"))
    for artifact in requirements.collect(blob).artifacts:
        assert re.fullmatch(r"[a-z0-9-]+", str(artifact.name))
