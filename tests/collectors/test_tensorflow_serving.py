"""A configuration written by the messages of TensorFlow Serving itself, and hand-made ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import saved_model, tensorflow_serving
from scanner.errors import NotExaminable
from scanner.graph import Graph
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "tensorflow"


def config(*lines: str) -> str:
    return "# live\nmodel_config_list { config { " + "\n".join(lines) + " } }\n"


def collected(blob: Blob) -> Evidence:
    assert tensorflow_serving.wants(blob)
    return tensorflow_serving.collect(blob)


def served(evidence: Evidence) -> list[tuple[str, str]]:
    assert {(one.type, one.proof) for one in evidence.relationships} <= {("serves", Proof.DECLARED)}
    return [(one.target.key, one.note) for one in evidence.relationships]


def test_a_real_configuration(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "models.config"))
    assert served(evidence) == [
        ("path:models/fraud/2/saved_model.pb", "label stable"),
        ("path:models/fraud/3/saved_model.pb", "label canary"),
        ("name:ranking", "every version in /models/ranking"),
        ("name:latest", "highest version in gs://bucket/latest"),
    ]
    assert [one.ref.kind for one in evidence.artifacts if one.resolved] == ["deployment"]


def test_a_version_below_a_folder_of_the_server_is_named_as_its_folder_is(record: Maker, blob_at: Opener) -> None:
    text = config('name: "f" base_path: "/models/fraud/" model_version_policy { specific { versions: [2] } }')
    ((key, _),) = served(collected(record("models.config", text)))
    assert key == "record:tensorflow_serving/*#fraud/2"
    (alias,) = saved_model.collect(blob_at(DATA, "fraud/2/saved_model.pb")).aliases
    assert alias.ref.key == "record:tensorflow_serving/.#fraud/2"


def test_labels_alone_name_versions_and_the_newest_is_served_beside_them(record: Maker) -> None:
    text = config(
        'name: "f" base_path: "m/f" version_labels { key: "a" value: 7 } version_labels { key: "b" value: 7 }'
    )
    assert served(collected(record("models.config", text))) == [
        ("path:m/f/7/saved_model.pb", "label a, label b"),
        ("name:f", "highest version in m/f"),
    ]


@pytest.mark.parametrize("base", ["../../etc", "/etc", "s3://b/x", "C:/m", ""])
def test_a_folder_outside_the_scan_is_no_place(base: str, record: Maker) -> None:
    text = config(f'name: "f" base_path: "{base}" model_version_policy {{ specific {{ versions: 1 }} }}')
    ((key, _),) = served(collected(record("models.config", text)))
    assert key.startswith("record:tensorflow_serving/*#")


def test_the_graph_takes_the_evidence(blob_at: Opener) -> None:
    graph = Graph.fold([collected(blob_at(DATA, "models.config"))])
    assert len(graph.refs("model")) == 4


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('base_path: "x"', "model without a name"),
        ('name: "f" model_version_policy { specific { versions: -1 } }', "version that is no number"),
        (f'name: "f" version_labels {{ key: "a" value: {"9" * 30} }}', "version that is no number"),
    ],
)
def test_parts_that_cannot_be_read_are_told(line: str, detail: str, record: Maker) -> None:
    assert [one.detail for one in collected(record("models.config", config(line))).not_examined] == [detail]


@pytest.mark.parametrize(
    "text",
    [
        "model_config_list {",
        "model_config_list { }",
        'model_config_list: "x"',
        "model_config_list {" * 30_000,
        config('name: "f" model_version_policy { specific { versions: [' + ",".join(map(str, range(6000))) + "] } }"),
    ],
    ids=["cut", "empty", "type", "deep", "many"],
)
def test_what_cannot_be_read_is_not_examinable(text: str, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("models.config", text))


def test_other_configurations_are_left_alone(record: Maker) -> None:
    assert not tensorflow_serving.wants(record("a.config", "[core]\nmodel_config_list = 3\n"))
    assert not tensorflow_serving.wants(record("a.py", "model_config_list {"))
