"""The report for a terminal: a frame says what, where, how it reaches a deployment, and what to do."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from scanner.reports import text
from scanner.result import ScanResult
from tests.reports.sample_graph import HOSTILE
from tests.reports.sample_result import sample_result, with_findings


def _plain(result: ScanResult, *, verbose: bool = False) -> str:
    return "\n".join(text.plain(line) for line in text.lines(result, verbose=verbose))


def test_a_frame() -> None:
    assert dedent("""\
        blocked[ML-001]: a model runs no code when it is loaded
          --> models/ocr/layout.pkl (opcode 0x2f1c)
           | model ocr-layout 2.1 runs code when it is loaded
           |   contains (matched) → file layout.pkl
           |   artifact.code_scan.reason calls posix.system
           | Loading such a file gives its author the rights of the service.
           | reaches registry.example/shop/ocr-worker → prod-eu/ocr
           = fix: re-export the weights as safetensors
           = F-001 · model-security · critical · CWE-502 · ATLAS AML.T0018 · new
        """) in _plain(sample_result())


def test_the_short_form_shows_what_stops_the_release_and_counts_the_rest() -> None:
    shown = _plain(sample_result())
    assert [shown.count(f"\n{word}[") for word in ("blocked", "undecided", "warning", "waived")] == [4, 2, 0, 0]
    assert "… 3 warning, 1 not yet effective, 1 waived more: --verbose shows them all" in shown


def test_the_long_form_shows_waivers_with_their_reason() -> None:
    shown = _plain(sample_result(), verbose=True)
    assert "waived: W-001 until 2026-11-30T00:00:00Z (expiring), approved by security-lead: templates are ours" in shown
    assert "takes effect: 2027-01-01T00:00:00Z" in shown
    assert "more: --verbose" not in shown


def test_one_row_a_policy() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in _plain(sample_result()).splitlines() if line}
    assert rows["policy"] == ["checked", "open", "new", "waived"]
    assert rows["model-security"] == ["12", "3", "3", "·", "blocks"]
    assert rows["packages-and-licences"] == ["12", "2", "1", "1", "blocks"]


def test_a_policy_that_found_nothing_to_judge_does_not_look_met() -> None:
    sample = sample_result()
    rules = tuple(replace(rule, evaluated=0, bundle="idle") for rule in sample.rules[:1])
    assert "nothing to check" in _plain(replace(sample, rules=rules))


def test_the_last_line_has_the_verdict_both_counts_and_the_exit_code() -> None:
    last = "Blocked: 4 blocking findings, 2 undecided, 2 places not examined · exit 1 (policy failed)"
    assert _plain(sample_result()).splitlines()[-1] == last


def test_colour_changes_no_character() -> None:
    report = text.lines(sample_result(), verbose=True)
    lines = [line.rstrip() for line in text.styled(report).plain.splitlines()]
    assert lines == [text.plain(line) for line in report]


@pytest.mark.parametrize("name", [*HOSTILE, "[bold red]markup[/]"])
def test_no_name_steers_the_terminal_or_the_log(name: str) -> None:
    sample = sample_result()
    finding = replace(sample.findings[0], message=name, title=name, locations=(name,), fix=name, why=name)
    artifacts = tuple(replace(item, name=name, version=name) for item in sample.artifacts)
    hostile = replace(sample, findings=(finding,), artifacts=artifacts, notices=(name,))
    for line in _plain(hostile, verbose=True).splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::") and "##[" not in line
    if name.startswith("[bold"):
        assert name in text.styled(text.lines(hostile)).plain


def test_many_findings_and_places_are_counted_not_listed() -> None:
    sample = sample_result()
    blocked = replace(sample.findings[0], locations=tuple(f"p{number}" for number in range(30)))
    shown = _plain(with_findings(sample, *[blocked] * 50))
    assert shown.count("\nblocked[") == text.SHOWN_FRAMES
    assert "… 30 blocked more" in shown
    assert "--> 20 more places" in shown
