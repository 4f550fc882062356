"""What is recognised in a Jenkinsfile, and that no text takes long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.jenkinsfile_syntax import Use, uses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sh 'a'", [Use("", "shell", "a", 1)]),
        ('stage("x") {\n  sh(script: "a", label: "b")\n}', [Use("x", "shell", "a", 2)]),
        ("stage('x') { stage('y') { bat 'a' } }", [Use("y", "shell", "a", 1)]),
        ("sh '''a\nb'''\nsh 'c'", [Use("", "shell", "a\nb", 1), Use("", "shell", "c", 3)]),
        ("agent { docker { image 'a:1' } }", [Use("", "image", "a:1", 1)]),
        ("docker.image('a:1').inside { sh 'x' }", [Use("", "image", "a:1", 1), Use("", "shell", "x", 1)]),
        ("library 'a@b'", [Use("", "library", "a@b", 1)]),
        ("// sh 'a'\n/* sh 'b' */ echo \"sh 'c'\"", []),
        ("environment { sh = 'a' }", []),
        ("sh variable\necho 'a'", []),
    ],
)
def test_strings_are_told_by_what_stands_before_them(text: str, found: list[Use]) -> None:
    assert uses(text) == found


@pytest.mark.parametrize("text", ["'" * 400_001, "/*" * 100_000, "'''" * 30_001, "{sh 'a'}" * 20_000, '"\\' * 90_000])
def test_long_text_ends_as_uses_or_a_refusal(text: str) -> None:
    """Each of these took minutes where every mark was searched to the end of the text."""
    try:
        assert {use.what for use in uses(text)} <= {"shell"}
    except NotExaminable as refusal:
        assert refusal.detail


@given(st.text(alphabet="sh'\"{}()/*\n stage@", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        uses(text)
    except NotExaminable:
        pass
