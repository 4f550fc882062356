"""Bills of materials made by cyclonedx-bom, and hand-written ones of the other formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.collectors import sbom_document
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "sbom"
SHA = "a" * 64
TIME = "2025-10-01T10:00:00Z"
AI = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "timestamp": TIME,
        "component": {"type": "machine-learning-model", "bom-ref": "m", "name": "fraud", "version": "2"}
        | {"hashes": [{"alg": "SHA-256", "content": SHA}]}
        | {"modelCard": {"modelParameters": {"datasets": [{"ref": "d"}, {"type": "dataset", "name": "extra"}]}}}
        | {"pedigree": {"ancestors": [{"type": "machine-learning-model", "name": "base/model"}]}},
    },
    "components": [
        {"type": "library", "name": "flask", "purl": "pkg:pypi/flask@2.2.2"},
        {"type": "application", "name": "a", "components": [{"type": "data", "bom-ref": "d", "name": "claims"}]},
    ],
}


def collected(record: Record, document: Any, path: str = "docs/bom.json") -> Evidence:
    blob = record(path, document if isinstance(document, str | bytes) else json.dumps(document))
    assert sbom_document.wants(blob)
    return sbom_document.collect(blob)


def said(evidence: Evidence) -> dict[str, Any]:
    return {item.predicate: item.value for item in evidence.statements}


@pytest.mark.parametrize("name", ["bom.json", "bom.xml"])
def test_a_bill_of_the_real_tool_is_a_document_and_adds_no_package(record: Record, name: str) -> None:
    evidence = collected(record, (DATA / name).read_bytes(), f"out/{name}")
    assert said(evidence)["role"] == "sbom"
    assert {one.ref.kind for one in evidence.artifacts} == {"document"}


def test_models_and_data_of_an_ai_bill_and_their_origin(record: Record) -> None:
    evidence = collected(record, AI)
    assert said(evidence) == {"role": "sbom", "updated": TIME}
    model, document = f"model:sha256:{SHA}", "document:place:docs/bom.json"
    assert {(str(one.source), one.type, str(one.target), one.proof) for one in evidence.relationships} == {
        (model, "described_by", document, Proof.DECLARED),
        ("dataset:name:claims", "described_by", document, Proof.DECLARED),
        (model, "trained_on", "dataset:name:claims", Proof.DECLARED),
        (model, "trained_on", "dataset:name:extra", Proof.DECLARED),
        (model, "derived_from", "model:name:base/model", Proof.DECLARED),
    }


def test_the_subject_of_a_bill_is_described_by_it(record: Record) -> None:
    container = {"type": "container", "name": "ghcr.io/a/b", "hashes": [{"alg": "SHA-256", "content": SHA}]}
    evidence = collected(record, {"bomFormat": "CycloneDX", "metadata": {"component": container}})
    assert [(str(one.source), one.type) for one in evidence.relationships] == [(f"image:sha256:{SHA}", "described_by")]
    package = {"type": "library", "name": "a", "purl": "pkg:pypi/A_B@1"}
    evidence = collected(record, {"bomFormat": "CycloneDX", "metadata": {"component": package}})
    assert [str(one.source) for one in evidence.relationships] == ["package:pkg:pypi/a-b@1"]


@pytest.mark.parametrize(
    ("path", "document", "role"),
    [
        ("a.spdx.json", {"spdxVersion": "SPDX-2.3", "creationInfo": {"created": TIME}}, "sbom"),
        (
            "a.jsonld",
            {
                "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                "@graph": [{"type": "CreationInfo", "created": TIME}],
            },
            "sbom",
        ),
        ("a.spdx", f"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nCreated: {TIME}\n", "sbom"),
        ("a.json", {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": TIME}, "vex"),
        (
            "a.cdx.json",
            {"bomFormat": "CycloneDX", "metadata": {"timestamp": TIME}, "vulnerabilities": [{"id": "x"}]},
            "vex",
        ),
        (
            "a.json",
            {"document": {"csaf_version": "2.0", "category": "csaf_vex", "tracking": {"current_release_date": TIME}}},
            "vex",
        ),
        (
            "a.xml",
            f'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata><timestamp>{TIME}</timestamp></metadata></bom>',
            "sbom",
        ),
    ],
)
def test_every_format_tells_role_and_date(record: Record, path: str, document: Any, role: str) -> None:
    assert said(collected(record, document, path)) == {"role": role, "updated": TIME}


@pytest.mark.parametrize(
    "document",
    [
        {"x": {"bomFormat": "CycloneDX"}},
        {"x": [{"spdxVersion": "SPDX-2.3"}]},
        {"package": {"@context": "https://openvex.dev/ns"}},
    ],
)
def test_a_document_that_only_quotes_one_is_none(record: Record, document: Any) -> None:
    assert collected(record, document).artifacts == ()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("bom.json", '{"bomFormat": "CycloneDX", "components": ' + "[" * 100 + "]" * 100 + "}"),
        ("bom.json", '{"bomFormat": "CycloneDX", "components": ['),
        ("bom.json", '{"bomFormat": "CycloneDX", "components": [' + "{}," * 100_001 + "{}]}"),
        ("bom.xml", '<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>'),
    ],
)
def test_hostile_documents_are_not_examinable(record: Record, path: str, content: str) -> None:
    with pytest.raises(NotExaminable):
        collected(record, content, path)


def test_schemas_and_other_documents_are_not_wanted(record: Record) -> None:
    assert not sbom_document.wants(record("a.schema.json", '{"properties": {"bomFormat": {"enum": ["CycloneDX"]}}}'))
    assert not sbom_document.wants(record("a.json", '{"spdxVersion": 3}'))
    assert not sbom_document.wants(record("a.txt", json.dumps(AI)))


@pytest.mark.parametrize("odd", [None, 3, "x", [1], {"a": 1}, [[]], [{"type": "data"}], {"component": 3}])
def test_wrong_shapes_state_no_relationship(record: Record, odd: Any) -> None:
    evidence = collected(record, {"bomFormat": "CycloneDX", "metadata": odd, "components": odd})
    assert evidence.relationships == ()
