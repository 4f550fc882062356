"""Events written by the client of OpenLineage 1.54, and hand-made ones for what it does not write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import openlineage
from scanner.errors import NotExaminable
from scanner.model import Claim, Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "openlineage"
RUN = "record:openlineage/fraud#01941f29-7c00-7000-8000-000000000001"
FAILED = "record:openlineage/fraud#01941f29-7c00-7000-8000-000000000002"


def event(**fields: object) -> str:
    """One event of a run with id ``r`` of the job ``team/train``."""
    whole = {
        "eventTime": "2025-10-01T08:00:00Z",
        "eventType": "COMPLETE",
        "run": {"runId": "r"},
        "job": {"namespace": "team", "name": "train"},
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }
    return json.dumps(whole | fields)


def collected(blob: Blob) -> Evidence:
    assert openlineage.wants(blob)
    return openlineage.collect(blob)


def links(evidence: Evidence) -> set[tuple[str, str, str, Proof]]:
    return {(one.source.key, one.type, one.target.key, one.proof) for one in evidence.relationships}


def said(evidence: Evidence, key: str) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject.key == key}


def test_the_events_of_a_run_are_read_together(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "events.ndjson"))
    assert {
        (RUN, "used", "record:openlineage/fraud#prepare", Proof.DECLARED),
        (RUN, "used", f"git:{'a' * 40}", Proof.DECLARED),
        (RUN, "used", f"sha256:{'b' * 64}", Proof.MATCHED),
        (RUN, "used", "record:openlineage/postgres://db.example.com:5432#public.customers", Proof.DECLARED),
        (f"md5:{'d' * 32}", "generated_by", RUN, Proof.MATCHED),
        (f"md5:{'d' * 32}", "version_of", "record:openlineage/s3://claims#clean/claims.csv", Proof.DECLARED),
    } <= links(evidence)
    run = said(evidence, RUN)
    assert (run["started"], run["ended"]) == ("2025-10-01T08:00:00Z", "2025-10-01T06:05:00.250000Z")
    assert (run["status"], run["code"]) == ("complete", {"commit": "a" * 40, "dirty": None})
    assert [claim.ref.key for claim in evidence.claims] == [f"md5:{'d' * 32}"]
    assert "secret@" not in repr(evidence)


def test_a_run_that_failed_produced_nothing(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "events.ndjson"))
    assert said(evidence, FAILED)["status"] == "fail"
    assert FAILED not in {target for _, type, target, _ in links(evidence) if type == "generated_by"}
    assert not [one for one in evidence.artifacts if "broken" in one.ref.key]


def test_outputs_named_at_the_start_count_once_the_run_completes(record: Maker) -> None:
    start = event(eventType="START", outputs=[{"namespace": "ns", "name": "t"}])
    made = ("record:openlineage/ns#t", "generated_by", "record:openlineage/team#r", Proof.DECLARED)
    assert made not in links(collected(record("a.json", start)))
    assert made in links(collected(record("a.json", f"[{start}, {event()}]")))


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("A" * 64, "sha256:" + "a" * 64),
        ("sha1:" + "c" * 40, "sha1:" + "c" * 40),
        ("c" * 32, "md5:" + "c" * 32),
        ("7", "record:openlineage/ns#t"),
        ("sha256:zz", "record:openlineage/ns#t"),
        ("g" * 64, "record:openlineage/ns#t"),
    ],
)
def test_only_a_version_that_is_a_digest_claims_bytes(version: str, key: str, record: Maker) -> None:
    dataset = {"namespace": "ns", "name": "t", "facets": {"version": {"datasetVersion": version}}}
    evidence = collected(record("a.json", event(inputs=[dataset])))
    assert key in {target for _, type, target, _ in links(evidence) if type == "used"}
    assert all(isinstance(claim, Claim) and claim.ref.key == key for claim in evidence.claims)


def test_a_cut_line_is_told_and_the_others_are_read(record: Maker) -> None:
    evidence = collected(record("a.ndjson", event() + "\n" + event()[:50] + "\n"))
    assert [str(item.location) for item in evidence.not_examined] == ["a.ndjson (line 2)"]
    assert said(evidence, "record:openlineage/team#r")["status"] == "complete"


@pytest.mark.parametrize(
    "fields",
    [
        {"run": 3},
        {"run": {"runId": {"a": 1}}},
        {"job": {"namespace": "x"}},
        {"job": []},
        {"inputs": [{"namespace": "x", "name": str(number)} for number in range(openlineage.DATASETS + 1)]},
    ],
)
def test_events_of_another_form_are_not_examinable(fields: dict[str, object], record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("a.json", event(**fields)))


@pytest.mark.parametrize("value", [None, 3, "x", [1, [2]], {"facets": 3}, [{"namespace": [], "name": 5, "facets": []}]])
def test_inputs_of_odd_types_break_nothing(value: object, record: Maker) -> None:
    assert collected(record("a.json", event(inputs=value, outputs=value, eventTime=value))).artifacts


@pytest.mark.parametrize(
    "text", ['{"eventTime": openlineage.io/spec/', "[" * 30_000 + '"eventTime" openlineage.io/spec/']
)
def test_what_is_no_json_is_not_examinable(text: str, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("a.json", text))


def test_other_json_is_left_alone(record: Maker) -> None:
    assert not openlineage.wants(record("a.json", '{"eventTime": "2025-01-01"}'))
    assert not openlineage.wants(record("a.md", 'https://openlineage.io/spec/ "eventTime"'))
