"""Statements and envelopes made by in-toto-attestation and securesystemslib, and hand-written older and hostile ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import in_toto
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Record = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "in_toto"
SHA = "a" * 64


def statement(predicate: Any = None, type: str = "https://slsa.dev/provenance/v1", **subject: Any) -> dict[str, Any]:
    one = {"name": "fraud.onnx", "digest": {"sha256": SHA}, **subject}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [one],
        "predicateType": type,
        "predicate": predicate or {},
    }


def envelope(payload: bytes, type: str = "application/vnd.in-toto+json") -> dict[str, Any]:
    return {"payloadType": type, "payload": base64.b64encode(payload).decode(), "signatures": [{"sig": ""}]}


def collected(document: Any, path: str = "fraud.intoto.json") -> Evidence:
    blob = blob_of_bytes(path, json.dumps(document).encode())
    assert in_toto.wants(blob)
    return in_toto.collect(blob)


def links(evidence: Evidence) -> set[tuple[str, str, str]]:
    assert {one.proof for one in evidence.relationships} <= {Proof.DECLARED}
    return {(str(one.source), one.type, str(one.target)) for one in evidence.relationships}


@pytest.mark.parametrize("name", ["statement.json", "envelope.json"])
def test_provenance_of_a_model_made_by_the_real_tools(record: Record, name: str) -> None:
    evidence = in_toto.collect(record(f"att/{name}", (DATA / name).read_bytes()))
    model, run = f"model:sha256:{SHA}", f"run:record:slsa/att/{name}#https://ci.example.com/runs/7"
    git, data, base = "commit:git:" + "b" * 40, "dataset:sha256:" + "c" * 64, "model:sha256:" + "d" * 64
    package, image = "package:pkg:pypi/scikit-learn@1.5.0", "image:sha256:" + "f" * 64
    assert links(evidence) == {
        (model, "described_by", f"document:place:att/{name}"),
        (model, "generated_by", run),
        (model, "built_from", git),
        (model, "trained_on", data),
        (model, "derived_from", base),
        *((run, "used", one) for one in (git, data, base, package, image)),
    }
    said = {(item.subject.kind, item.predicate): item.value for item in evidence.statements}
    assert said["run", "started"] == "2025-10-01T10:00:00Z"
    assert said["run", "code"] == {"commit": "b" * 40, "dirty": None}
    assert "token" not in str(evidence)


def test_older_provenance_of_an_image() -> None:
    predicate = {
        "builder": {"id": "https://user:pw@builder.example.com/x"},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "invocation": {"configSource": {"uri": "https://git.example.com/a.git", "digest": {"sha1": "B" * 40}}},
        "materials": [{"uri": "pkg:docker/python@3.11", "digest": {"sha256": "c" * 64}}],
        "metadata": {"buildInvocationId": "7", "buildFinishedOn": "2025-10-01T11:00:00Z"},
    }
    evidence = collected(statement(predicate, "https://slsa.dev/provenance/v0.2", name="_"))
    assert (f"image:sha256:{SHA}", "built_from", "commit:git:" + "b" * 40) in links(evidence)
    said = {item.predicate: item.value for item in evidence.statements}
    assert said["provenance"] == {"slsa_level": 1, "builder": "https://builder.example.com/x"}
    assert said["ended"] == "2025-10-01T11:00:00Z"


@pytest.mark.parametrize(
    ("subject", "ref"),
    [
        ({"name": "pkg:oci/fraud@sha256%3Aaa?repository_url=ghcr.io/a/fraud"}, f"image:sha256:{SHA}"),
        ({"name": "ghcr.io/a/fraud"}, f"image:sha256:{SHA}"),
        ({"name": "ghcr.io/a/fraud:1.2"}, f"image:sha256:{SHA}"),
        ({"name": "dist/a-1.0.whl"}, f"file:sha256:{SHA}"),
        ({"name": "pkg:pypi/A_B@1.0"}, "package:pkg:pypi/a-b@1.0"),
        ({"name": "data/claims.parquet"}, f"dataset:sha256:{SHA}"),
        ({"name": "x", "mediaType": "text/csv"}, f"dataset:sha256:{SHA}"),
    ],
)
def test_the_kind_of_a_subject(subject: dict[str, Any], ref: str) -> None:
    evidence = collected(statement({"runDetails": {}}, **subject))
    assert ref in {str(one.ref) for one in evidence.artifacts}


def test_lines_of_envelopes_and_a_sigstore_bundle() -> None:
    line = json.dumps(envelope(json.dumps(statement()).encode()))
    blob = blob_of_bytes("a.intoto.jsonl", f"{line}\n{line}\n".encode())
    assert in_toto.wants(blob)
    assert [one.at for one in {item.location for item in in_toto.collect(blob).statements}]
    bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": json.loads(line)}
    assert collected(bundle, "a.sigstore.json").relationships


@pytest.mark.parametrize(
    ("type", "role"), [("https://cyclonedx.org/bom", "sbom"), ("https://openvex.dev/ns/v0.2.0", "vex"), ("x", "other")]
)
def test_other_predicates_are_documents(type: str, role: str) -> None:
    evidence = collected(statement({"x": 1}, type))
    assert [item.value for item in evidence.statements] == [role]
    assert links(evidence) == {(f"model:sha256:{SHA}", "described_by", "document:place:fraud.intoto.json")}


def test_attestations_as_a_registry_answers() -> None:
    bundle = {"dsseEnvelope": envelope(json.dumps(statement()).encode())}
    evidence = collected({"attestations": [{"predicateType": "x", "bundle": bundle}] * 2})
    assert {one.location.at for one in evidence.relationships} == {"attestation 1", "attestation 2"}


@pytest.mark.parametrize(
    "document",
    [
        {"_type": 3, "x": "https://in-toto.io/Statement/"},
        {"examples": [statement()]},
        envelope(b"x", "text/plain; not https://in-toto.io/Statement/"),
    ],
)
def test_a_document_that_only_quotes_a_statement_states_nothing(document: Any) -> None:
    assert collected(document).artifacts == ()


def test_a_model_signature_is_left_to_its_verification(fraud: Path, blob_at: Callable[[Path, str], Blob]) -> None:
    evidence = in_toto.collect(blob_at(fraud, "models/scorer/model.sig"))
    assert (evidence.artifacts, evidence.not_examined) == ((), ())


def test_a_weak_digest_joins_nothing_and_is_told() -> None:
    evidence = collected(statement(digest={"md5": "a" * 32}))
    assert evidence.relationships == ()
    assert [item.detail for item in evidence.not_examined] == ["subject without a digest that joins"]


@pytest.mark.parametrize(
    "document",
    [
        envelope(b"{}"),
        envelope(b"\xff"),
        {**envelope(b""), "payload": "%%%"},
        {**envelope(b""), "payload": 3},
        {**statement(), "subject": [{"digest": {}}] * 3_000},
        statement({"buildDefinition": {"resolvedDependencies": json.loads("[" * 70 + "]" * 70)}}),
    ],
)
def test_hostile_documents_are_not_examinable(document: Any) -> None:
    with pytest.raises(NotExaminable):
        collected(document)


def test_many_subjects_times_many_dependencies_are_refused() -> None:
    many = [{"name": f"{n}", "digest": {"sha256": f"{n:064x}"}} for n in range(1, 1000)]
    document = statement({"buildDefinition": {"resolvedDependencies": many}})
    document["subject"] = many
    with pytest.raises(NotExaminable, match="more than"):
        collected(document)


KEYS = st.sampled_from(["uri", "digest", "name", "builder", "id", "materials", "metadata", "runDetails"])
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
JSON = st.recursive(PLAIN, lambda part: st.lists(part) | st.dictionaries(KEYS, part))


@given(JSON, JSON)
def test_odd_shapes_never_raise_anything_else(predicate: Any, subject: Any) -> None:
    document = {**statement(), "predicate": predicate, "subject": subject}
    try:
        collected(document)
    except NotExaminable:
        pass
