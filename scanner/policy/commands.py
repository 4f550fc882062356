"""What the commands under ``lading policy`` do; they return text and data and print nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from scanner.errors import PolicyError
from scanner.policy import baseline as baselines
from scanner.policy import explain as explanations
from scanner.policy import lint as linting
from scanner.policy.compiled import CompiledRule, PolicySet
from scanner.policy.coverage import run_tests
from scanner.policy.evaluate import evaluate
from scanner.policy.fingerprint import identity_of
from scanner.policy.load import load_policies, read_policies
from scanner.policy.packs import locate, pack_directory, pack_names
from scanner.policy.params import Given
from scanner.policy.recorded import graph_of
from scanner.policy.waivers import Waivers
from scanner.result import ScanResult, to_json

_RULE_ID: Final = re.compile(r"[A-Z]{2,6}-[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Output:
    """What a command says, as text for people and as data for programs, and its exit code."""

    text: str
    data: Any
    exit_code: int = 0


def list_rules(names: Sequence[str]) -> Output:
    """Every rule of the named policies, by default of all shipped packs."""
    policies = load_policies(names or pack_names())
    rows = [
        {
            "id": one.rule.id,
            "bundle": one.rule.bundle,
            "severity": one.rule.severity,
            "action": one.rule.action,
            "title": one.rule.title,
        }
        for one in policies.rules
    ]
    width = max(len(row["bundle"]) for row in rows) if rows else 0
    lines = [f"{r['id']:<10} {r['bundle']:<{width}} {r['severity']:<8} {r['action']:<5} {r['title']}" for r in rows]
    return Output("\n".join(lines) + "\n", rows)


def show(name: str) -> Output:
    """A pack, a policy file or one rule of the shipped packs: the text of a file, or everything about a rule."""
    if rule := _shipped_rule(name):
        return Output(_rule_text(rule), _rule_data(rule))
    path, where = locate(name)
    policies = load_policies([name])
    bundle = policies.bundles[-1]
    data = {
        "bundle": bundle.bundle.name,
        "version": bundle.bundle.version,
        "digest": bundle.digest,
        "file": where,
        "params": {key: to_json(dataclasses.asdict(spec)) for key, spec in bundle.params.items()},
        "rules": [_rule_data(one) for one in policies.rules],
    }
    return Output(path.read_text("utf-8"), data)


def _shipped_rule(name: str) -> CompiledRule | None:
    if not _RULE_ID.fullmatch(name):
        return None
    rule = read_policies(pack_names()).rule(name)
    if rule is None:
        raise PolicyError(f"{name}: no shipped pack has this rule; see lading policy list")
    return rule


def _rule_data(one: CompiledRule) -> Any:
    return to_json(dataclasses.asdict(one.rule))


def _rule_text(one: CompiledRule) -> str:
    rule = one.rule
    lines = [f"{rule.id} {rule.title}", f"bundle    {rule.bundle} {one.bundle.bundle.version}"]
    lines += [f"severity  {rule.severity}, {rule.action}", f"selects   {', '.join(rule.select.kinds)}"]
    if rule.select.where is not None:
        lines.append(f"where     {rule.select.where}")
    lines += [f"requires  {key}: {condition.say}" for key, condition in rule.conditions().items()]
    lines += [f"why       {rule.why}", f"fix       {rule.fix}", f"controls  {', '.join(rule.controls)}"]
    return "\n".join(lines) + "\n"


def lint(names: Sequence[str], *, as_of: datetime) -> Output:
    """Every lint problem of the named policies (default: all shipped packs); exit 2 when there is an error."""
    policies = read_policies(names or pack_names())
    problems = linting.lint(policies.rules, policies.bundles, as_of=as_of.date())
    failed = any(one.level == linting.ERROR for one in problems)
    lines = [f"{one.level}: {one}" for one in problems]
    lines.append(f"{len(policies.rules)} rules in {len(policies.bundles)} bundles, {len(problems)} problems")
    return Output("\n".join(lines) + "\n", [dataclasses.asdict(one) for one in problems], 2 if failed else 0)


def test(paths: Sequence[Path], *, with_mutants: bool = True) -> Output:
    """Run policy tests (default: those of the shipped packs); exit 1 when one fails."""
    report = run_tests(list(paths) or [pack_directory() / "tests"], with_mutants=with_mutants)
    summary = (
        f"{report.files} files, {report.worlds} worlds, {report.expectations} expectations, {report.mutants} mutants"
    )
    outcome = f"{len(report.problems)} problems" if report.problems else "all hold"
    text = "\n".join([*report.problems, f"{summary}: {outcome}"]) + "\n"
    return Output(text, dataclasses.asdict(report), 1 if report.problems else 0)


def explain(result: ScanResult, policies: PolicySet, *, as_of: datetime, rule: str, item: str) -> Output:
    """Why a rule gave an artifact of a scan result its verdict; one explanation for each artifact of that name."""
    found = explanations.explain(graph_of(result), policies, as_of=as_of, rule=rule, item=item)
    return Output("\n".join(map(explanations.text, found)), to_json(found))


def recorded_policies(result: ScanResult, names: Sequence[str]) -> PolicySet:
    """The policies under which a result was judged, or those named, with the parameters that it records.

    Raises PolicyError when the result rests on policies that do not ship with the product and none is named.
    """
    chosen = tuple(names) or tuple(one.name for one in result.policy)
    foreign = sorted(set(chosen) - set(pack_names())) if not names else []
    if foreign:
        raise PolicyError(f"policy {foreign[0]}: does not ship with the product; name its file with --policy")
    known = {one.bundle.name for one in read_policies(chosen).bundles}
    given = [Given(one.bundle, one.name, one.value, one.origin) for one in result.parameters if one.bundle in known]
    return read_policies(chosen, given=given)


def differing(result: ScanResult, policies: PolicySet) -> list[str]:
    """Bundles whose text is not the one that the result was judged under."""
    recorded = {one.name: one.digest for one in result.policy}
    return [one.name for one in policies.used if recorded.get(one.name, one.digest) != one.digest]


def write_baseline(
    result: ScanResult,
    policies: PolicySet,
    *,
    as_of: datetime,
    tool: str,
    waivers: Waivers | None = None,
    never: Sequence[str] = (),
) -> str:
    """The text of a new baseline with all failures of a result that no waiver covers, every culprit included."""
    entries = _entries(result, policies, as_of, waivers, never)
    return baselines.dumps(entries, created=as_of, tool=tool, policy_digest=policies.digest)


def update_baseline(
    result: ScanResult,
    policies: PolicySet,
    old: baselines.Baseline,
    *,
    as_of: datetime,
    tool: str,
    waivers: Waivers | None = None,
    allow_growth: bool = False,
    never: Sequence[str] = (),
) -> str:
    """The text of the baseline without what is fixed by now; with ``allow_growth`` also what is new."""
    entries = baselines.updated(old, _entries(result, policies, as_of, waivers, never), allow_growth=allow_growth)
    return baselines.dumps(entries, created=as_of, tool=tool, policy_digest=policies.digest)


def _entries(
    result: ScanResult, policies: PolicySet, as_of: datetime, waivers: Waivers | None, never: Sequence[str]
) -> tuple[baselines.Entry, ...]:
    graph = graph_of(result)
    identities = {str(ref): identity_of(graph.artifact(ref)) for ref in graph.refs()}
    evaluation = evaluate(graph, policies, as_of=as_of, waivers=waivers, every_culprit=True)
    return baselines.known_now(evaluation.findings, identities, as_of, never=never)
