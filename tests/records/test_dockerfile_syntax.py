from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.dockerfile_syntax import instructions, replaced, stages


def test_words_flags_here_documents_and_lines() -> None:
    text = "\n# comment\nfrom a\nRUN --mount=type=cache --network=none make \\\n  # inside\n  all\nRUN <<-A cat <<'B'\n\tone\n\tA\ntwo\nB\nUSER x\n"
    found = [(one.word, dict(one.flags), one.rest, one.documents, one.line) for one in instructions(text)]
    assert found == [
        ("FROM", {}, "a", (), 3),
        ("RUN", {"mount": "type=cache", "network": "none"}, "make   all", (), 4),
        ("RUN", {}, "<<-A cat <<'B'", ("one", "two"), 7),
        ("USER", {}, "x", (), 12),
    ]


def test_a_here_string_is_no_here_document() -> None:
    assert [one.word for one in instructions("FROM a\nRUN cat <<<X\nUSER y\n")] == ["FROM", "RUN", "USER"]


def test_a_document_that_never_ends_takes_the_rest() -> None:
    assert [one.word for one in instructions("FROM a\nRUN <<X\nFROM b\n")] == ["FROM", "RUN"]


def test_stages_have_names_and_bases() -> None:
    found = stages("ARG V=1\nFROM a:$V AS One\nRUN x\nFROM one\n")
    assert [(stage.base, stage.name, stage.line, len(stage.instructions)) for stage in found] == [
        ("a:1", "one", 2, 1),
        ("one", "", 4, 0),
    ]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$A-${A}", "x-x"),
        ("${B:-y}${A:-y}", "yx"),
        ("${A:+z}${B:+z}", "z"),
        ("${E:-y}${E-y}", "yy"),
        ("$B ${B} $$A", "$B ${B} $x"),
        ("${A", "${A"),
    ],
)
def test_variables(text: str, result: str) -> None:
    assert replaced(text, {"A": "x", "E": ""}) == result


@given(st.text("FROM RUN<'\"\\\n#=$A{}-", max_size=120))
def test_any_text_is_read(text: str) -> None:
    assert all(stage.line >= 1 for stage in stages(text))


@pytest.mark.parametrize(
    "text", ["\\\n" * 100_000, "RUN <<A" * 20_000, "$A" * 100_000, "# a=b\n" * 50_000, "FROM " + "${" * 50_000]
)
def test_long_files_take_no_long_time(text: str) -> None:
    assert len(stages(text)) <= 1
