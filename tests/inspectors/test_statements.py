"""Verdicts with many reasons: the worst first, each kept once."""

from __future__ import annotations

from scanner.graph import Graph
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import EvidenceBuilder
from scanner.sources.blob import blob_of_bytes


def test_the_worst_reason_decides_and_all_are_kept() -> None:
    blob = blob_of_bytes("m", b"x")
    builder = EvidenceBuilder("test")
    reasons = [
        Reason("b", "odd", "offset 2", "unknown"),
        Reason("a", "calls", "offset 9", "malicious"),
        Reason("b", "odd", "offset 2", "unknown"),
    ]
    state_verdict(builder, blob, "lading", "malicious", reasons)
    groups = Graph.fold([builder.build()]).artifact(blob.ref).groups
    assert groups["code_scan"] == {"verdict": "malicious", "reason": "calls (a, offset 9)"}
    findings = groups["findings"]
    assert isinstance(findings, list)
    assert {one["code"] for one in findings} == {"a", "b"}
    assert len(findings) == 2


def test_two_engines_keep_their_own_words() -> None:
    blob = blob_of_bytes("m", b"x")
    builder = EvidenceBuilder("test")
    state_verdict(builder, blob, "lading", "known-safe", [], "data only")
    state_verdict(builder, blob, "other", "malicious", [Reason("x", "calls", "whole file", "malicious")])
    groups = Graph.fold([builder.build()]).artifact(blob.ref).groups
    assert groups["code_scan"]["verdict"] == "malicious"  # type: ignore[index,call-overload]
    engines = groups["engines"]
    assert isinstance(engines, list)
    assert {one["engine"]: one["verdict"] for one in engines} == {"lading": "known-safe", "other": "malicious"}
