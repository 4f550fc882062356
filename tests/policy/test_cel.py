from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import PolicyError
from scanner.policy.cel import ERROR, Evaluator, Undecided

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVALUATOR = Evaluator({"age": "duration", "names": "list(string)"}, {"age": timedelta(days=10), "names": ["a", "b"]})


def decide(text: str, artifact: dict[str, Any], item: Any = None) -> Any:
    program = EVALUATOR.compile(text, "test", with_item=item is not None)
    return program.decide(EVALUATOR.scope(artifact, NOW, item))


@pytest.mark.parametrize(
    ("text", "artifact", "expected"),
    [
        ("artifact.x == 1", {"x": 1}, True),
        ("artifact.x == 1", {"x": 2}, False),
        ("artifact.x == 1", {}, Undecided("unknown", "artifact.x")),
        ("artifact.g.x", {"g": {}}, Undecided("unknown", "artifact.g.x")),
        ("artifact.x", {"x": "true"}, ERROR),
        ("artifact.x.y == 1", {"x": 1}, ERROR),
        ("artifact.x.y == 1", {"x": None}, ERROR),
        ("artifact.x == null", {"x": None}, True),
        ("timestamp(artifact.t) < now", {"t": "yesterday"}, ERROR),
        ("timestamp(artifact.t) < now", {"t": None}, ERROR),
        ("now - timestamp(artifact.t) < params.age", {"t": "2026-05-30T00:00:00Z"}, True),
        ("now - timestamp(artifact.t) < params.age", {"t": "2026-05-01T00:00:00Z"}, False),
        ("artifact.x in params.names", {"x": "b"}, True),
        ("artifact.n > 1.5", {"n": 2}, True),
    ],
)
def test_true_false_unknown_and_error_are_told_apart(text: str, artifact: dict[str, Any], expected: object) -> None:
    assert decide(text, artifact) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("artifact.no && artifact.absent.x", False),
        ("artifact.absent.x && artifact.no", False),
        ("artifact.yes || artifact.absent.x", True),
        ("artifact.absent.x || artifact.yes", True),
        ("artifact.yes && artifact.absent.x", Undecided("unknown", "artifact.absent.x")),
        ("has(artifact.absent) && artifact.absent.x", False),
        ("has(artifact.absent.x)", Undecided("unknown", "artifact.absent")),
    ],
)
def test_what_is_decided_without_the_missing_part_stays_decided(text: str, expected: object) -> None:
    assert decide(text, {"yes": True, "no": False}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "size('ÿ') == 1",
        "size('😀') == 1",
        "'a' + 'b' == 'ab'",
        "7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1",
        "dyn(1) == 1.0",
        "1 != 2 ? true : 1 / 0 == 1",
        "[1, 2, 3].exists_one(x, x == 2)",
        "[].all(x, false)",
        "!([].exists(x, true))",
        "[1, 'a', null].exists(x, x == 'a')",
        "'abc'.matches('b')",
        "!'abc'.matches('^b')",
        "'b' in {'a': 1, 'b': 2}",
        "duration('36h') == duration('1h') + duration('35h')",
        "timestamp('2026-01-31T00:00:00+02:00') < timestamp('2026-01-31T00:00:00Z')",
        "timestamp('2024-02-29T12:00:00Z').getDayOfYear() == 59",
        "dyn(null) != false",
        "r'\\d' == '\\\\d'",
    ],
)
def test_the_language_answers_as_its_specification_says(text: str) -> None:
    assert decide(text, {}) is True


@pytest.mark.parametrize("text", ["-false", "'a' < 1", "1 + 1.0 == 2.0", "true + true == 2"])
def test_types_are_not_mixed(text: str) -> None:
    with pytest.raises(PolicyError):
        EVALUATOR.compile(text, "test")


@pytest.mark.parametrize("text", ["1 / artifact.zero == 1", "9223372036854775807 + artifact.one > 0"])
def test_arithmetic_that_has_no_result_is_an_error(text: str) -> None:
    assert decide(text, {"zero": 0, "one": 1}) == ERROR


def test_items_are_read_beside_the_artifact() -> None:
    assert decide("item.x == artifact.y", {"y": 2}, {"x": 2}) is True
    assert decide("item == 'a'", {}, "a") is True


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("artifact.x ==", "column 14"),
        ("params.nmae == 1", "undeclared"),
        ("params.age == 'x'", "no matching overload"),
        ("size(artifact.x)", "gives INT"),
        ("'a'", "gives STRING"),
        ("item.x", "undeclared"),
        ("a" * 301, "longer than 300"),
        ("(" * 40 + "true" + ")" * 40, "column"),
        ("open('/etc/passwd')", "undeclared"),
    ],
)
def test_wrong_expressions_are_refused_when_compiled(text: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        EVALUATOR.compile(text, "test")


@pytest.mark.parametrize(
    "text",
    [
        "artifact.l.all(a, artifact.l.all(b, artifact.l.all(c, a + b + c >= 0)))",
        "size(artifact.l.map(a, artifact.l.map(b, artifact.l.map(c, [a, b, c])))) > 0",
    ],
)
def test_bombs_end_as_an_error(text: str) -> None:
    assert decide(text, {"l": list(range(400))}) == ERROR


def test_regular_expressions_do_not_backtrack() -> None:
    assert decide("artifact.s.matches('(a+)+$')", {"s": "a" * 5000 + "b"}) is False


def test_ten_thousand_members_are_too_many_for_one_condition() -> None:
    assert decide("artifact.l.all(x, x >= 0)", {"l": list(range(9_000))}) is True
    assert decide("artifact.l.all(x, x >= 0)", {"l": list(range(10_100))}) == ERROR


def test_the_engine_reads_no_clock() -> None:
    for path in (Path(__file__).parents[2] / "scanner" / "policy").glob("*.py"):
        calls = [part.func for part in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(part, ast.Call)]
        names = {call.attr for call in calls if isinstance(call, ast.Attribute)}
        assert not names & {"now", "utcnow", "today", "time_ns", "monotonic"}, path.name


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from([*"abx.()[]{}'\"!&|<>=+-*/%?:,0159 \x1b\u202e", "artifact", "item", "exists", "has"]),
        max_size=25,
    )
)
def test_no_text_raises_anything_else_or_prints_control_characters(words: list[str]) -> None:
    text = "".join(words)
    try:
        program = EVALUATOR.compile(text, "test")
    except PolicyError as error:
        assert str(error).isprintable()
    else:
        program.decide(EVALUATOR.scope({"a": 1, "b": "x"}, NOW))


def test_only_one_module_imports_the_engine() -> None:
    root = Path(__file__).parents[2] / "scanner"
    users = [path.name for path in root.rglob("*.py") if "cel_expr_python" in path.read_text("utf-8")]
    assert users == ["cel.py"]
