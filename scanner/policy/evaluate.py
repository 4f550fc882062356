"""Policies over a graph: findings, counts and the gate (policy format, sections 9 and 10)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Final

from scanner.errors import PolicyError
from scanner.graph import Graph
from scanner.policy import gate as gates
from scanner.policy.baseline import Baseline
from scanner.policy.compiled import CompiledRule, PolicySet
from scanner.policy.documents import SEVERITIES, Condition
from scanner.policy.findings import Writer, merged
from scanner.policy.judge import NOBODY, Judge, Judged, Raised
from scanner.policy.waivers import WaiverBook, Waivers
from scanner.policy.world import World
from scanner.result import Finding, RuleResult, WaiverResult

_AFTER_ID: Final = attrgetter(*(one.name for one in dataclasses.fields(Finding)[1:]))
PRECEDENCE: Final = ("fail", "error", "unknown", "not_yet_effective", "waived", "pass")
"""The verdict of a rule on an artifact is the first of these that a condition gave."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one rule said about each artifact it selected: the artifact's verdict, and every finding before merging."""

    by_artifact: Mapping[str, str]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of a policy run; see :class:`scanner.result.ScanResult` for the meaning of its parts."""

    findings: tuple[Finding, ...]
    rules: tuple[RuleResult, ...]
    waivers: tuple[WaiverResult, ...]
    notices: tuple[str, ...]
    blocking: int
    undecided: int
    verdicts: Mapping[str, Verdicts]
    """By rule id."""

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 3 incomplete."""
        return gates.exit_code(self.blocking, self.undecided)

    @property
    def verdict(self) -> str:
        """``pass``, ``fail`` or ``incomplete``."""
        return gates.VERDICTS[self.exit_code]


def evaluate(
    graph: Graph,
    policies: PolicySet,
    *,
    as_of: datetime,
    waivers: Waivers | None = None,
    baseline: Baseline | None = None,
    gate: str = "all",
    every_culprit: bool = False,
) -> Evaluation:
    """Judge the graph at one aware time.

    ``gate`` is ``all``, or ``new`` for failures outside the baseline only. ``every_culprit`` lists all culprits behind a
    failing quantifier (for writing a baseline). Raises PolicyError for a waiver that does not fit.
    """
    return evaluate_world(
        World(graph),
        policies,
        as_of=as_of,
        waivers=waivers,
        baseline=baseline,
        gate=gate,
        every_culprit=every_culprit,
    )


def evaluate_world(
    world: World,
    policies: PolicySet,
    *,
    as_of: datetime,
    waivers: Waivers | None = None,
    baseline: Baseline | None = None,
    gate: str = "all",
    every_culprit: bool = False,
) -> Evaluation:
    """As :func:`evaluate`, over a world that is already built."""
    if gate not in gates.GATES or (gate == "new" and baseline is None):
        raise PolicyError(f"--gate {gate}: needs to be all, or new together with --baseline FILE")
    book = WaiverBook.open(waivers, policies, world, as_of)
    writer = Writer.of(world, book, baseline)
    active = [rule for rule in policies.rules if rule.rule.action != "off"]
    judge = Judge(world, active, as_of)
    verdicts: dict[str, Verdicts] = {}
    results: list[RuleResult] = []
    for rule in policies.rules:
        judged = Judged((), ())
        if rule.rule.action != "off":
            judged = judge.judge(rule, _everything if every_culprit else partial(writer.accepted, rule))
        _refuse_wide(rule, judged.raised, book)
        verdicts[rule.rule.id] = _verdicts(rule, judged, writer)
        results.append(_summary(rule, verdicts[rule.rule.id]))
    findings = merged(one for rule in verdicts.values() for one in rule.findings)
    means = {rule.rule.id: rule.rule.on_unknown for rule in policies.rules}
    blocking, undecided = gates.counts(findings, means, gate)
    return Evaluation(
        _numbered(findings, means, gate),
        tuple(results),
        book.results(),
        (*book.notices, *_waiver_notices(book)),
        blocking,
        undecided,
        verdicts,
    )


def _everything(_: Raised) -> bool:
    return True


def _refuse_wide(rule: CompiledRule, raised: Sequence[Raised], book: WaiverBook) -> None:
    """A waiver without ``about`` may cover a list only while one member of it fails. Raises PolicyError."""
    if not book.by_rule.get(rule.rule.id):
        return
    lists = {one.key for one in rule.rule.require if isinstance(one, Condition) and one.each is not None}
    failing = Counter(
        (one.subject, one.condition) for one in raised if one.verdict == "fail" and one.condition in lists
    )
    for (subject, condition), count in failing.items():
        waiver, _ = book.match(rule.rule.id, condition, subject, None, "", "fail")
        if count > 1 and waiver is not None:
            raise PolicyError(
                f"waiver {waiver.id}: too wide, {count} members of the list fail {rule.rule.id}; add 'about' for one of them"
            )


def _verdicts(rule: CompiledRule, judged: Judged, writer: Writer) -> Verdicts:
    findings = tuple(writer.finding(rule, one) for one in judged.raised)
    given: dict[int, str] = {}
    for raised, finding in zip(judged.raised, findings, strict=True):
        known = given.get(raised.subject, "pass")
        given[raised.subject] = min(known, finding.verdict, key=PRECEDENCE.index)
    nobody = {"": given[NOBODY]} if NOBODY in given else {}
    named = {writer.world.id(number): given.get(number, "pass") for number in judged.selected}
    return Verdicts(named | nobody, findings)


def _summary(compiled: CompiledRule, verdicts: Verdicts) -> RuleResult:
    rule, counts = compiled.rule, Counter(verdicts.by_artifact.values())
    return RuleResult(
        rule.id,
        rule.bundle,
        rule.title,
        rule.severity,
        rule.action,
        rule.why,
        rule.fix,
        rule.controls,
        evaluated=sum(1 for id in verdicts.by_artifact if id),
        passed=counts["pass"],
        failed=counts["fail"],
        unknown=counts["unknown"],
        error=counts["error"],
        waived=counts["waived"],
        not_yet_effective=counts["not_yet_effective"],
        reason=rule.reason,
    )


def _numbered(findings: Sequence[Finding], means: Mapping[str, str], gate: str) -> tuple[Finding, ...]:
    def order(one: Finding) -> tuple[object, ...]:
        blocks = gates.blocks(one.verdict, one.action, means[one.rule], new=one.new, gate=gate)
        opens = gates.leaves_open(one.verdict, one.action, means[one.rule])
        rank = 0 if blocks else 1 if opens else 2
        end = one.path[-1].target if one.path else ""
        return rank, SEVERITIES.index(one.severity), one.rule, one.subject, one.condition, end, one.about, one.verdict

    ordered = sorted(findings, key=order)
    return tuple(Finding(f"F-{number:03d}", *_AFTER_ID(one)) for number, one in enumerate(ordered, 1))


def _waiver_notices(book: WaiverBook) -> list[str]:
    notices = []
    for result in book.results():
        if result.state == "expired":
            notices.append(f"waiver {result.id} for {result.rule} expired on {result.expires}; remove or renew it")
        elif result.state == "unused":
            notices.append(f"waiver {result.id} for {result.rule} matches nothing; remove it")
    return notices
