from __future__ import annotations

import pytest

from scanner.policy.cel import Evaluator, Program
from scanner.policy.syntax import walk

EVALUATOR = Evaluator({"limit": "number"}, {"limit": 1.0})


def compiled(text: str) -> Program:
    return EVALUATOR.compile(text, "test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("artifact.a.b == 1", ["artifact.a.b"]),
        ("now < timestamp(artifact.t)", ["now", "artifact.t"]),
        ("artifact.a > params.limit", ["artifact.a", "params.limit"]),
        ("artifact.l.exists(x, x.t == artifact.u)", ["artifact.l", "x.t", "artifact.u"]),
        ("has(artifact.g)", ["artifact.g"]),
        ("has(artifact.g.h)", ["artifact.g", "artifact.g.h"]),
        ("artifact.a.startsWith('x')", ["artifact.a"]),
        ("artifact.a == artifact.a", ["artifact.a"]),
    ],
)
def test_reads_are_the_longest_field_paths(text: str, expected: list[str]) -> None:
    assert [str(read) for read in compiled(text).reads] == expected


def test_has_is_marked() -> None:
    assert [read.tested for read in compiled("has(artifact.g.h)").reads] == [False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("artifact.a", ["artifact.a"]),
        ("artifact.a && artifact.b", ["artifact.a", "artifact.b"]),
        ("artifact.a && artifact.b && artifact.c", ["artifact.a", "artifact.b", "artifact.c"]),
        ("artifact.a == 'ö && ü' && artifact.b", ["artifact.a == 'ö && ü'", "artifact.b"]),
        ("(artifact.a && artifact.b) && artifact.c", ["(artifact.a && artifact.b) && artifact.c"]),
        ("artifact.a || artifact.b && artifact.c", ["artifact.a || artifact.b && artifact.c"]),
    ],
)
def test_conjuncts_are_split_at_the_outermost_and(text: str, expected: list[str]) -> None:
    assert list(compiled(text).conjuncts) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("-7", -7), ("2.5", 2.5), ("'x'", "x"), ("null", None), ("false", False), ("9223372036854775807", 2**63 - 1)],
)
def test_constants_are_read_back(text: str, value: object) -> None:
    constants = [part.value for part in walk(compiled(f"artifact.a == {text}").tree) if part.kind == "const"]
    assert constants == [value]
