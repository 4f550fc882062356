from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import technical_documentation
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Maker = Callable[..., Blob]
TEXT = f"""
updated: 2025-10-01
models:
- fraud
- {{name: ranking, path: ../models/ranking.onnx}}
- {{sha256: {"A" * 64}}}
datasets:
- {{name: claims, collected_to: 2024-06-28}}
"""


def collected(blob: Blob) -> Evidence:
    assert technical_documentation.wants(blob)
    return technical_documentation.collect(blob)


def links(evidence: Evidence) -> list[tuple[str, str, Proof]]:
    return [(str(one.source), one.type, one.proof) for one in evidence.relationships]


def said(evidence: Evidence, kind: str) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject.kind == kind}


@pytest.mark.parametrize(
    ("path", "content"),
    [("docs/annex_iv.yaml", TEXT), ("docs/Technical-Documentation.md", f"---{TEXT}---\n# The system\n")],
)
def test_what_a_document_describes(path: str, content: str, record: Maker) -> None:
    evidence = collected(record(path, content))
    assert links(evidence) == [
        ("model:name:fraud", "described_by", Proof.DECLARED),
        ("model:path:models/ranking.onnx", "described_by", Proof.INFERRED),
        (f"model:sha256:{'a' * 64}", "described_by", Proof.MATCHED),
        ("dataset:name:claims", "described_by", Proof.DECLARED),
    ]
    assert said(evidence, "document") == {"role": "technical_documentation", "updated": "2025-10-01T00:00:00Z"}
    assert said(evidence, "dataset")["as_of"] == {"time": "2024-06-28T00:00:00Z", "basis": "record"}


def test_a_document_without_fields_is_known_by_its_name(record: Maker) -> None:
    for path, content in (("technical_documentation.pdf", b"%PDF-1.7 \xff"), ("fraud annex iv v2.md", b"# Annex IV")):
        assert said(collected(record(path, content)), "document") == {"role": "technical_documentation"}


def test_json_says_the_same(record: Maker) -> None:
    evidence = collected(record("technical_documentation.json", '{"models": "fraud", "date": "2025-01-02"}'))
    assert links(evidence) == [("model:name:fraud", "described_by", Proof.DECLARED)]


@pytest.mark.parametrize(
    "entry", ["{path: /etc/passwd}", "{path: ../../../x}", "{sha256: abc}", "[a]", "{name: [b]}", "~"]
)
def test_an_entry_that_names_nothing_is_told(entry: str, record: Maker) -> None:
    evidence = collected(record("docs/annex-iv.yml", f"models: [{entry}]\n"))
    assert links(evidence) == []
    assert [str(one.location) for one in evidence.not_examined] == ["docs/annex-iv.yml (models[0])"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("annex_iv.yaml", "[" * 30_000),
        ("annex_iv.json", "{"),
        ("annex_iv.md", b"---\nx: \xff\n---\n"),
        ("annex_iv.yaml", "models: [" + "a, " * 1_001 + "]"),
    ],
    ids=["deep", "cut", "bytes", "many"],
)
def test_what_cannot_be_read_is_not_examinable(path: str, content: str | bytes, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record(path, content))


@pytest.mark.parametrize("path", ["annex_iv.py", "technical.md", "annex_ivory.md", "x_annex_iv", "documentation.yaml"])
def test_other_names_are_left_alone(path: str, record: Maker) -> None:
    assert not technical_documentation.wants(record(path, "x"))
