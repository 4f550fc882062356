"""The policy engine: load rules, judge a graph, apply waivers and a baseline. The only part of Lading that judges."""

from __future__ import annotations

from scanner.policy.baseline import Baseline, load_baseline
from scanner.policy.compiled import PolicySet
from scanner.policy.evaluate import Evaluation, evaluate
from scanner.policy.load import load_policies
from scanner.policy.packs import DEFAULT_PACKS
from scanner.policy.waivers import Waivers, load_waivers

__all__ = [
    "DEFAULT_PACKS",
    "Baseline",
    "Evaluation",
    "PolicySet",
    "Waivers",
    "evaluate",
    "load_baseline",
    "load_policies",
    "load_waivers",
]
