"""The compliance matrix: what this scan can show for each control of a framework, tied to rules by the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from scanner.reports.html.lookup import Lookup
from scanner.result import Finding, RuleResult

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "shown": ("✓", "Evidence shown"),
    "partly": ("◐", "Partly shown, a person judges the rest"),
    "gap": ("✕", "Gap found"),
    "undecided": ("?", "Undecided"),
    "unasked": ("○", "Not judged"),
    "never": ("–", "Not assessable by a scan"),
}
"""States of a control: sign and words. ``unasked``: a scan could look, but no rule of the policies used names it, or
none of them had anything to judge."""


@dataclass(frozen=True, slots=True)
class Control:
    """One row. ``number`` is empty where the framework gives no official number."""

    number: str
    title: str
    note: str
    state: str
    waived: bool
    findings: tuple[str, ...]
    """Ids of the findings of the rules that name the control."""


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework with all its rows; ``bar`` are (state, x, width) of a picture 200 wide."""

    name: str
    version: str
    counts: tuple[tuple[str, int], ...]
    bar: tuple[tuple[str, int, int], ...]
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Frameworks that a rule names, the others with their number of rows, and the day the data were checked."""

    frameworks: tuple[Framework, ...]
    untouched: tuple[tuple[str, str, int], ...]
    last_checked: str
    foreign: tuple[str, ...]
    """Controls that rules name and the control data do not hold."""


@cache
def _data() -> Mapping[str, Any]:
    import yaml

    text = files("scanner.reports").joinpath("controls.yaml").read_text("utf-8")
    data: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def control_label(control: str) -> str:
    """``nist-ssdf:PS.3.2`` as ``NIST SSDF · PS.3.2``; a title where numbers are not official."""
    framework, _, id = control.partition(":")
    about = _data()["frameworks"].get(framework)
    if about is None:
        return control
    if about["id_kind"] == "official":
        return id if id.startswith(about["short"]) else f"{about['short']} · {id}"
    row = next((row for row in _data()["controls"] if (row["framework"], row["id"]) == (framework, id)), None)
    return f"{about['short']} · {row['title'] if row else id}"


def matrix(look: Lookup) -> Matrix:
    """Every control of each framework that a rule of the used policies names, with its state."""
    rules: dict[str, list[RuleResult]] = {}
    for rule in look.result.rules:
        for control in rule.controls:
            rules.setdefault(control, []).append(rule)
    findings: dict[str, list[Finding]] = {}
    for finding in look.result.findings:
        findings.setdefault(finding.rule, []).append(finding)
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in _data()["controls"]:
        rows.setdefault(row["framework"], []).append(row)
    touched, untouched = [], []
    known = {f"{row['framework']}:{row['id']}" for row in _data()["controls"]}
    for key, about in _data()["frameworks"].items():
        if any(f"{key}:{row['id']}" in rules for row in rows.get(key, [])):
            touched.append(_framework(about, rows[key], rules, findings))
        else:
            untouched.append((about["name"], about["version"], len(rows.get(key, []))))
    return Matrix(tuple(touched), tuple(untouched), _data()["last_checked"], tuple(sorted(set(rules) - known)))


def _framework(
    about: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    rules: Mapping[str, Sequence[RuleResult]],
    findings: Mapping[str, Sequence[Finding]],
) -> Framework:
    controls = tuple(_control(about, row, rules.get(f"{row['framework']}:{row['id']}", ()), findings) for row in rows)
    counts = [(state, sum(control.state == state for control in controls)) for state in STATES]
    bar, x = [], 0
    for state, count in counts:
        end = x + round(200 * count / len(controls))
        if count:
            bar.append((state, x, max(min(end, 200) - x - 1, 1)))
            x = end
    return Framework(about["name"], about["version"], tuple(counts), tuple(bar), controls)


def _control(
    about: Mapping[str, Any],
    row: Mapping[str, Any],
    rules: Sequence[RuleResult],
    findings: Mapping[str, Sequence[Finding]],
) -> Control:
    behind = [finding for rule in rules for finding in findings.get(rule.id, ())]
    return Control(
        number=row["id"] if about["id_kind"] == "official" else "",
        title=row["title"],
        note=row.get("note", ""),
        state=_state(row["evidence"], rules),
        waived=any(finding.verdict == "waived" for finding in behind),
        findings=tuple(finding.id for finding in behind),
    )


def _state(evidence: str, rules: Sequence[RuleResult]) -> str:
    if evidence == "never":
        return "never"
    judged = [rule for rule in rules if rule.evaluated]
    if not judged:
        return "unasked"
    if any(rule.failed or rule.not_yet_effective for rule in judged):
        return "gap"
    if any(rule.unknown or rule.error for rule in judged):
        return "undecided"
    return "shown" if evidence == "auto" else "partly"
