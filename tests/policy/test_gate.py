from __future__ import annotations

import itertools

import pytest

from scanner.policy.gate import blocks, exit_code, leaves_open, with_exit_zero

VERDICTS = ("fail", "error", "unknown", "not_yet_effective", "waived")
ALL = list(
    itertools.product(VERDICTS, ("block", "warn"), ("incomplete", "fail", "warn"), (True, False), ("all", "new"))
)


def expected(verdict: str, action: str, on_unknown: str, new: bool, gate: str) -> int:
    """The table of the policy format, written out once more."""
    if action == "warn" or verdict in ("not_yet_effective", "waived"):
        return 0
    if verdict == "fail":
        return 1 if gate == "all" or new else 0
    if verdict == "error":
        return 3
    return {"incomplete": 3, "fail": 1, "warn": 0}[on_unknown]


@pytest.mark.parametrize(("verdict", "action", "on_unknown", "new", "gate"), ALL)
def test_the_exit_code_of_one_finding(verdict: str, action: str, on_unknown: str, new: bool, gate: str) -> None:
    blocking = blocks(verdict, action, on_unknown, new=new, gate=gate)
    undecided = leaves_open(verdict, action, on_unknown)
    assert exit_code(int(blocking), int(undecided)) == expected(verdict, action, on_unknown, new, gate)


@pytest.mark.parametrize(("blocking", "undecided", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 3), (2, 5, 1)])
def test_failed_wins_over_incomplete(blocking: int, undecided: int, code: int) -> None:
    assert exit_code(blocking, undecided) == code


def test_exit_zero_never_hides_a_mistake() -> None:
    assert [with_exit_zero(code) for code in (0, 1, 2, 3, 4)] == [0, 0, 2, 0, 4]
