"""Verdicts with many reasons: the worst first, each kept once, each with its place and its public numbers."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.graph import ArtifactView, Graph
from scanner.inspectors.statements import (
    MOST_IMPORTS,
    Import,
    Reason,
    place_of,
    state_imports,
    state_verdict,
)
from scanner.model import EvidenceBuilder
from scanner.sources.blob import Blob, blob_of_bytes


@pytest.fixture
def blob() -> Blob:
    return blob_of_bytes("m", b"x")


@pytest.fixture
def builder() -> EvidenceBuilder:
    return EvidenceBuilder("test")


def folded(builder: EvidenceBuilder, blob: Blob) -> ArtifactView:
    return Graph.fold([builder.build()]).artifact(blob.ref)


def test_the_worst_reason_decides_and_all_are_kept(builder: EvidenceBuilder, blob: Blob) -> None:
    reasons = [
        Reason("unlisted-reference", "odd", "offset 0x2", "unknown"),
        Reason("runs-code", "calls", "offset 0x9", "malicious"),
        Reason("unlisted-reference", "odd", "offset 0x2", "unknown"),
    ]
    state_verdict(builder, blob, "lading", "malicious", reasons)
    groups: dict[str, Any] = dict(folded(builder, blob).groups)
    assert groups["code_scan"] == {"verdict": "malicious", "reason": "calls (runs-code, offset 0x9)"}
    assert sorted(one["code"] for one in groups["findings"]) == ["runs-code", "unlisted-reference"]


def test_a_finding_says_where_why_and_what_to_do(builder: EvidenceBuilder, blob: Blob) -> None:
    state_verdict(
        builder, blob, "lading", "malicious", [Reason("keras-lambda", "Python code", "config.json", "malicious")]
    )
    groups: dict[str, Any] = dict(folded(builder, blob).groups)
    (found,) = groups["findings"]
    assert (found["engine"], found["member"], found["offset"]) == ("lading", "config.json", None)
    assert (found["cwe"], found["atlas"], found["verdict"]) == (94, "AML.T0018.002", "malicious")
    assert found["help"].startswith("Do not load it")


@pytest.mark.parametrize(
    ("at", "member", "offset"),
    [
        ("offset 0x1f", None, 31),
        ("byte 31", None, 31),
        ("attribute weights offset 0x10", "attribute weights", 16),
        ("config.json", "config.json", None),
        ("a\nb offset 0x1", "a\nb", 1),
        ("offset 0xzz", "offset 0xzz", None),
        ("line 3", "line 3", None),
    ],
)
def test_places(at: str, member: str | None, offset: int | None) -> None:
    assert place_of(at) == (member, offset)


def test_two_engines_keep_their_own_words(builder: EvidenceBuilder, blob: Blob) -> None:
    state_verdict(builder, blob, "lading", "known-safe", [], "data only")
    state_verdict(
        builder, blob, "other", "malicious", [Reason("modelscan-operator", "calls", "whole file", "malicious")]
    )
    groups: dict[str, Any] = dict(folded(builder, blob).groups)
    assert groups["code_scan"]["verdict"] == "malicious"
    assert {one["engine"]: one["verdict"] for one in groups["engines"]} == {
        "lading": "known-safe",
        "other": "malicious",
    }


def test_one_engine_that_speaks_twice_keeps_its_worst_word(builder: EvidenceBuilder, blob: Blob) -> None:
    state_verdict(builder, blob, "lading", "known-safe", [], "a quiet part")
    state_verdict(builder, blob, "lading", "malicious", [Reason("zip-hidden-entry", "z", "x", "malicious")])
    groups: dict[str, Any] = dict(folded(builder, blob).groups)
    assert [one["verdict"] for one in groups["engines"]] == ["malicious"]


def test_imports_are_told_by_name_use_and_verdict(builder: EvidenceBuilder, blob: Blob) -> None:
    imports = [Import("os.system", "call", "malicious"), Import("acme.Net", "ref", "unknown")]
    state_imports(builder, blob, [*imports, *imports])
    groups: dict[str, Any] = dict(folded(builder, blob).groups)
    assert [(one["name"], one["how"], one["verdict"]) for one in groups["imports"]] == [
        ("acme.Net", "ref", "unknown"),
        ("os.system", "call", "malicious"),
    ]


def test_no_imports_are_an_answer_and_too_many_are_a_gap(builder: EvidenceBuilder, blob: Blob) -> None:
    state_imports(builder, blob, [])
    assert folded(builder, blob).groups["imports"] == []
    crowded = EvidenceBuilder("test")
    state_imports(crowded, blob, [Import(f"a.b{number}", "ref", "unknown") for number in range(MOST_IMPORTS + 1)])
    view = folded(crowded, blob)
    assert "imports" not in view.groups
    assert view.missing["imports"] == "over_limit"
