"""The example of docs/lineage-file.md, and every mistake that the format refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import lineage_file
from scanner.errors import NotExaminable
from scanner.examine import examine
from scanner.graph import Graph
from scanner.model import Proof
from scanner.sources.blob import Blob
from scanner.sources.directory import Handle

Record = Callable[..., Blob]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "lineage-file.md"
HEAD = "schema: lineage/v1\nasserted_by: Data team\nrelationships:\n"
MODEL, DATA = "{kind: model, path: m.onnx}", "{kind: dataset, path: d.csv}"


def relation(source: str = MODEL, type: str = "trained_on", target: str = DATA, more: str = "") -> str:
    return f"{HEAD}- from: {source}\n  type: {type}\n  to: {target}\n{more}"


def test_the_documented_example_is_read(record: Record) -> None:
    example = re.search(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert example is not None
    blob = record("release/lineage.yaml", example[1])
    assert lineage_file.wants(blob)
    found = lineage_file.collect(blob).relationships
    assert [(one.source.key, one.type, str(one.target)) for one in found] == [
        (
            "path:release/model/fraud.onnx",
            "trained_on",
            "dataset:sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        ),
        ("path:release/model/fraud.onnx", "generated_by", "run:record:mlflow/*#0f3c9a1d5e7b4a2f8c6d1e0b9a8f7c6d"),
        ("path:release/data/claims.csv", "described_by", "document:path:release/reports/drift.html"),
    ]
    assert {one.proof for one in found} == {Proof.DECLARED}
    assert all(one.note.startswith("asserted by Data team") for one in found)
    assert found[0].location.at == "relationships[0]"


@pytest.mark.parametrize(
    ("kind", "pointer", "key"),
    [
        ("dataset", "sha256: " + "A" * 64, "sha256:" + "a" * 64),
        ("commit", "commit: " + "b" * 40, "git:" + "b" * 40),
        ("package", "purl: pkg:pypi/Scikit_Learn@1.5", "pkg:pypi/scikit-learn@1.5"),
        ("image", "name: 'ghcr.io/a/b:1'", "name:ghcr.io/a/b:1"),
        ("image", f"name: ghcr.io/a/b@sha256:{'c' * 64}", "sha256:" + "c" * 64),
        ("dataset", "name: claims", "name:claims"),
        ("dataset", "path: ./a/../b.csv", "path:b.csv"),
    ],
)
def test_every_way_to_point_at_an_artifact(record: Record, kind: str, pointer: str, key: str) -> None:
    text = relation("{kind: run, system: mlflow, id: r1}", "used", f"{{kind: {kind}, {pointer}}}")
    assert [one.target.key for one in lineage_file.collect(record("lineage.yaml", text)).relationships] == [key]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HEAD.replace("asserted_by: Data team\n", "") + "  []", "top level"),
        (HEAD + "  {}", "relationships is not a list"),
        (HEAD + "- 3", r"relationships\[0\] is not a mapping"),
        (relation(more="  wy: x\n"), r"relationships\[0\] has a key"),
        (relation(type="trainedon"), r"relationships\[0\].type"),
        (relation(type="[trained_on]"), r"relationships\[0\].type"),
        (relation(source="{kind: modell, path: m}"), "is no kind"),
        (relation(source="{kind: dataset, path: m}"), "does not fit"),
        (relation(target="{kind: dataset}"), "needs exactly one"),
        (relation(target="{kind: dataset, path: a, name: b}"), "needs exactly one"),
        (relation(target="{kind: dataset, paht: a}"), "needs exactly one"),
        (relation(target="{kind: dataset, id: a}"), "needs exactly one"),
        (relation(target="{kind: dataset, system: 'A/B', id: a}"), "points at nothing"),
        (relation(target="{kind: dataset, path: /etc/passwd}"), r"to.path points at nothing"),
        (relation(target="{kind: dataset, path: ../../x}"), r"to.path points at nothing"),
        (relation(target="{kind: dataset, sha256: abc}"), r"to.sha256 points at nothing"),
        (relation(target="{kind: dataset, name: ''}"), "to.name is not a text"),
        (relation(target="{kind: dataset, name: " + "x" * 2000 + "}"), "to.name is not a text"),
        (relation(more="  why: [a]\n"), "why is not a text"),
        (relation().replace("lineage/v1", "lineage/v2"), "schema other"),
        ("schema: lineage/v1\na: " + "[" * 30_000, "nested deeper"),
        (HEAD + "- *x", "not valid YAML"),
        (HEAD + "- {}\n" * 5_001, "more than 5000"),
        ("- lineage/v1", "schema other"),
    ],
)
def test_one_mistake_and_nothing_is_taken(record: Record, text: str, place: str) -> None:
    with pytest.raises(NotExaminable, match=place):
        lineage_file.collect(record("lineage.yaml", text))


def test_a_good_relationship_beside_a_wrong_one_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "lineage.yaml").write_text(relation() + "- {from: 1}\n")
    size = (tmp_path / "lineage.yaml").stat().st_size
    graph = Graph.fold(examine(Handle("lineage.yaml", str(tmp_path / "lineage.yaml"), str(tmp_path), size)))
    assert list(graph.relationships()) == []
    assert [(by, item.detail) for by, item in graph.not_examined] == [
        ("lineage_file", "relationships[1] lacks one of from, to, type")
    ]


@pytest.mark.parametrize("name", ["lineage.json", "my-lineage.yaml", "lineage.yaml.txt"])
def test_other_names_are_not_wanted(record: Record, name: str) -> None:
    assert not lineage_file.wants(record(name, relation()))
    assert not lineage_file.wants(record("lineage.yaml", "nodes: []\n"))
