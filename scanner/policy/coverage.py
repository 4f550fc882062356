"""Run policy tests and judge them: do the expectations hold, is every rule exercised, is every mutant noticed?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import PolicyError
from scanner.policy.compiled import CompiledRule, PolicySet, compile_rule
from scanner.policy.documents import Rule
from scanner.policy.mutants import mutants
from scanner.policy.testing import Case, read_cases
from scanner.vocabulary import COMMON_FIELDS


@dataclass(frozen=True, slots=True)
class PolicyTestReport:
    """The outcome of policy tests; ``problems`` is empty when they pass."""

    files: int
    worlds: int
    expectations: int
    mutants: int
    problems: tuple[str, ...]


def run_tests(paths: Sequence[Path], *, with_mutants: bool = True) -> PolicyTestReport:
    """Run every policy test in the files and directories given. Raises PolicyError for a broken test file."""
    files = [one for path in paths for one in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise PolicyError("policy test: no test file found; name a policy-test/v1 file or a directory of them")
    bundles: dict[Path, list[Case]] = {}
    for file in files:
        for case in read_cases(file):
            bundles.setdefault(case.policy.resolve(), []).append(case)
    problems: list[str] = []
    count = 0
    for cases in bundles.values():
        found = [text for case in cases for text in case.differences(case.run(case.policies), case.expected)]
        if with_mutants and not found:
            found.extend(_survivors(cases))
            count += sum(1 for rule in _own_rules(cases) for _ in mutants(rule.rule))
        problems.extend([*found, *_unexercised(cases)])
    every = [case for cases in bundles.values() for case in cases]
    return PolicyTestReport(len(files), len(every), sum(len(case.expected) for case in every), count, tuple(problems))


def _own_rules(cases: Sequence[Case]) -> list[CompiledRule]:
    """The rules of the tested file itself, not of what it extends."""
    policies = cases[0].policies
    own = policies.bundles[-1].bundle.name
    return [rule for rule in policies.rules if rule.bundle.bundle.name == own and rule.rule.action != "off"]


def _unexercised(cases: Sequence[Case]) -> Iterator[str]:
    seen = {(one.rule, one.verdict) for case in cases for one in case.expected}
    for rule in _own_rules(cases):
        wanted = ["fail", "pass"]
        if rule.rule.effective_on is not None and (rule.rule.id, "not_yet_effective") in seen:
            seen.add((rule.rule.id, "fail"))
        if _reads_optional(rule):
            wanted.append("unknown")
        for verdict in wanted:
            if (rule.rule.id, verdict) not in seen:
                yield f"{rule.rule.place}: {rule.rule.id}: no test expects {verdict}; add one"


def _reads_optional(rule: CompiledRule) -> bool:
    """Whether missing evidence can leave the rule undecided."""
    tested = {read.path[1] for program in (rule.where,) if program for read in program.reads if read.tested}
    programs = [one for one in (rule.where, *rule.programs.values()) if one is not None]
    groups = {group for program in programs for group in program.groups()} | set(rule.rule.needs)
    return bool(groups - set(COMMON_FIELDS) - tested)


def _survivors(cases: Sequence[Case]) -> Iterator[str]:
    for rule in _own_rules(cases):
        for name, mutant in mutants(rule.rule):
            if not any(_noticed(case, mutant) for case in cases):
                yield f"{rule.rule.place}: {rule.rule.id}: no test notices the mutant '{name}'; add an expectation"


def _noticed(case: Case, mutant: Rule) -> bool:
    expected = [one for one in case.expected if one.rule == mutant.id]
    if not expected:
        return False
    bundle = next(one for one in case.policies.bundles if one.bundle.name == mutant.bundle)
    alone: PolicySet = dataclasses.replace(case.policies, rules=(compile_rule(mutant, bundle),))
    return next(case.differences(case.run(alone), expected), None) is not None
