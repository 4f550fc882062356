from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import PolicyError
from scanner.policy.documents import ParamSpec
from scanner.policy.load import load_policies
from scanner.policy.params import duration, instant, typed
from tests.policy.builders import policy


def spec(type: str, **other: Any) -> ParamSpec:
    fields: dict[str, Any] = {
        "default": None,
        "description": "",
        "choices": (),
        "min": None,
        "max": None,
        "locked": False,
    }
    return ParamSpec("p", type, **{**fields, **other})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("180d", timedelta(days=180)),
        ("2w", timedelta(weeks=2)),
        ("90m", timedelta(minutes=90)),
        ("1y", None),
        ("0d", None),
    ],
)
def test_durations(text: str, expected: timedelta | None) -> None:
    assert duration(text) == expected


def test_instants_are_utc() -> None:
    assert instant("2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)
    assert instant("2026-01-01T00:00:00+01:00") is None
    assert instant("todayZ") is None


@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        (spec("int"), 3, 3),
        (spec("number"), 3, 3.0),
        (spec("bool"), True, True),
        (spec("duration", min="1d", max="9d"), "3d", timedelta(days=3)),
        (spec("list(string)", choices=("a", "b")), ["b"], ["b"]),
    ],
)
def test_right_values_are_typed(declared: ParamSpec, value: Any, expected: object) -> None:
    assert typed(declared, value, "x") == expected


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (spec("int"), True),
        (spec("int"), 2**70),
        (spec("int"), 1.5),
        (spec("bool"), 1),
        (spec("duration"), "3"),
        (spec("duration", max="9d"), "10d"),
        (spec("number", min=0), -0.5),
        (spec("int", max="9d"), 3),
        (spec("list(string)"), "a"),
        (spec("list(string)"), [1]),
        (spec("list(string)", choices=("a",)), ["a", "z"]),
        (spec("string", choices=("a",)), "z"),
    ],
)
def test_wrong_values_are_refused(declared: ParamSpec, value: Any) -> None:
    with pytest.raises(PolicyError, match=r"^x: "):
        typed(declared, value, "x")


TEXT = """
params:
  limit: {type: duration, default: 10d, max: 30d}
  words: {type: list(string), default: [a]}
  fixed: {type: int, default: 1, locked: true}
rules:
  - id: AA-001
    title: A rule with parameters
    severity: low
    fix: nothing
    select: {kind: model}
    require:
      - {that: "artifact.name in params.words && params.limit > duration('1h') && params.fixed == 1", say: is wrong}
"""


def test_settings_win_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("schema: policy-params/v1\nparams: {test-policy: {limit: 20d, words: [b]}}\n")
    loaded = policy(tmp_path, TEXT, params_file=given, settings=["limit=30d"])
    found = {one.name: (one.value, one.default, one.origin) for one in loaded.parameters}
    assert found == {"limit": ("30d", "10d", "--set"), "words": (["b"], ["a"], "given.yaml")}


def test_a_value_equal_to_the_default_is_not_a_difference(tmp_path: Path) -> None:
    assert policy(tmp_path, TEXT, settings=["test-policy:words=[a]"]).parameters == ()


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("limit", "not .BUNDLE"),
        ("absent=1", "no loaded bundle"),
        ("other:limit=1d", "not loaded"),
        ("limit=31d", "beyond its max"),
        ("limit=long", "type duration"),
        ("fixed=2", "locked"),
        ("words=[a", "not valid YAML"),
        ("words=&x [a]", "anchors"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, setting: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        policy(tmp_path, TEXT, settings=[setting])


def test_a_parameter_without_a_default_must_be_given(tmp_path: Path) -> None:
    text = TEXT.replace("default: 10d, ", "")
    with pytest.raises(PolicyError, match="--set test-policy:limit=VALUE"):
        policy(tmp_path, text)
    assert len(policy(tmp_path, text, settings=["limit=2d"]).rules) == 1


def test_a_name_of_two_bundles_needs_a_prefix(tmp_path: Path) -> None:
    paths = []
    for number, name in enumerate(("one", "two")):
        path = tmp_path / f"{name}.yaml"
        rules = TEXT.replace("AA-001", f"AA-00{number}")
        path.write_text(f"schema: policy/v1\nbundle: {{name: {name}, version: 1.0.0}}\n{rules}")
        paths.append(str(path))
    with pytest.raises(PolicyError, match="bundles one, two use it"):
        load_policies(paths, settings=["limit=1d"])
    loaded = load_policies(paths, settings=["two:limit=1d"])
    assert [(one.bundle, one.value) for one in loaded.parameters] == [("two", "1d")]
