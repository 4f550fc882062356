"""Markers for a Python that is known in part: compared with packaging for one that is known whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from scanner.records.python_markers import Evaluator, Target

LINUX = Target("3.11.7", "linux", "x86_64", "cpython")
WHOLE = {
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "implementation_version": "3.11.7",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_release": "6.1",
    "platform_version": "#1",
}


@pytest.mark.parametrize(
    ("target", "marker", "answer"),
    [
        (Target("3.11"), "python_version < '3.12'", True),
        (Target("3.11"), "python_version < '3.11'", False),
        (Target("3.11"), "python_full_version >= '3.11'", True),
        (Target("3.11"), "python_full_version < '3.11.4'", None),
        (Target("3.11.7"), "python_full_version < '3.11.4'", False),
        (Target(), "python_version >= '3.8'", None),
        (Target(), "python_version >= '3'", True),
        (Target(), "sys_platform == 'win32'", None),
        (Target(system="linux"), "sys_platform == 'win32' or os_name == 'nt'", False),
        (Target(system="darwin"), "platform_system == 'Darwin'", True),
        (Target(), "sys_platform == 'win32' and os_name == 'posix'", False),
        (Target(system="linux"), "platform_machine == 'aarch64'", None),
        (Target(), "platform_python_implementation != 'PyPy'", None),
        (Target(implementation="pypy"), "platform_python_implementation != 'PyPy'", False),
        (LINUX, "platform_release == '6.1'", None),
        (LINUX, "extra == 'x'", False),
        (Target(), "extra == 'x' and python_version < '3'", False),
        (LINUX, "'x' in extras", None),
        (LINUX, "no marker", None),
    ],
)
def test_holds_only_where_every_possible_environment_agrees(target: Target, marker: str, answer: bool | None) -> None:
    assert Evaluator(target).holds(marker) is answer


def test_an_extra_may_be_active() -> None:
    assert Evaluator(LINUX).holds("extra == 'Some.Extra' and os_name == 'posix'", "some-extra") is True


def test_a_long_marker_is_not_tried() -> None:
    marker = " or ".join(["os_name == 'posix'"] * 50)
    assert Evaluator(LINUX).holds(marker) is None


def test_trials_are_bounded() -> None:
    evaluator = Evaluator(Target(), _left=3)
    assert evaluator.holds("os_name != 'x'") is None
    assert evaluator.holds("os_name != 'y'") is None
    assert Evaluator(Target()).holds("os_name != 'x'") is True


VARIABLES = {
    "python_version": st.sampled_from(["3.8", "3.11", "3.12", "4"]),
    "python_full_version": st.sampled_from(["3.11.0", "3.11.7", "3.12.1"]),
    "sys_platform": st.sampled_from(["linux", "win32", "darwin"]),
    "platform_machine": st.sampled_from(["x86_64", "arm64"]),
    "implementation_name": st.sampled_from(["cpython", "pypy"]),
    "extra": st.sampled_from(["x", "y"]),
}
ATOMS = st.sampled_from(sorted(VARIABLES)).flatmap(
    lambda name: st.tuples(
        st.just(name), st.sampled_from(["==", "!=", "<", ">="] if "version" in name else ["==", "!="]), VARIABLES[name]
    )
)
WRITTEN = st.recursive(
    ATOMS.map(lambda atom: f"{atom[0]} {atom[1]} '{atom[2]}'"),
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
        lambda one: f"({one[0]} {one[1]} {one[2]})"
    ),
    max_leaves=5,
)


@given(WRITTEN, st.sampled_from(["", "x", "y"]))
def test_agrees_with_packaging_on_a_known_environment_and_never_contradicts_it(written: str, extra: str) -> None:
    truth = Marker(written).evaluate({**WHOLE, "extra": extra})
    assert Evaluator(LINUX).holds(written, extra) is truth
    for less in (Target(), Target("3.11"), Target(system="linux"), Target("3.11", "linux")):
        assert Evaluator(less).holds(written, extra) in (truth, None)
