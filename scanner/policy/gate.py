"""From findings to the exit code (policy format, section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scanner.result import Finding

PASS: Final = 0
FAIL: Final = 1
INCOMPLETE: Final = 3
VERDICTS: Final = {PASS: "pass", FAIL: "fail", INCOMPLETE: "incomplete"}
GATES: Final = ("all", "new")


def blocks(verdict: str, action: str, on_unknown: str, *, new: bool, gate: str) -> bool:
    """Whether a result counts as a blocking failure."""
    if action != "block":
        return False
    if verdict == "unknown":
        return on_unknown == "fail"
    return verdict == "fail" and (gate == "all" or new)


def leaves_open(verdict: str, action: str, on_unknown: str) -> bool:
    """Whether a result leaves the scan incomplete."""
    return action == "block" and (verdict == "error" or (verdict == "unknown" and on_unknown == "incomplete"))


def exit_code(blocking: int, undecided: int) -> int:
    """1 wins over 3."""
    return FAIL if blocking else INCOMPLETE if undecided else PASS


def with_exit_zero(code: int) -> int:
    """The exit code under ``--exit-zero``: failed and incomplete become 0, mistakes stay."""
    return PASS if code in (FAIL, INCOMPLETE) else code


def counts(findings: Iterable[Finding], on_unknown: dict[str, str], gate: str) -> tuple[int, int]:
    """How many findings block, and how many leave the scan incomplete; ``on_unknown`` is keyed by rule id."""
    blocking = undecided = 0
    for one in findings:
        means = on_unknown[one.rule]
        blocking += blocks(one.verdict, one.action, means, new=one.new, gate=gate)
        undecided += leaves_open(one.verdict, one.action, means)
    return blocking, undecided
