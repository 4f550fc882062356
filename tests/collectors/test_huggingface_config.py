from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import huggingface_config
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]


def blob(path: str, value: object) -> Blob:
    return blob_of_bytes(path, json.dumps(value).encode())


def said(evidence: Evidence) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements}


def test_the_repository_of_the_fixture_brings_code_of_its_own(fraud: Path, blob_at: Opener) -> None:
    found = blob_at(fraud, "models/sentiment/config.json")
    assert huggingface_config.wants(found)
    assert said(huggingface_config.collect(found)) == {
        "remote_code": {"present": True},
        "model_config": {"architectures": ["SentimentModel"], "model_type": "sentiment-bow"},
    }


@pytest.mark.parametrize(
    ("value", "present"),
    [
        ({"model_type": "bert", "architectures": ["BertModel"]}, False),
        ({"model_type": "bert", "auto_map": {}}, False),
        ({"model_type": "x", "auto_map": {"AutoModel": "other/repo--modeling.Model"}}, True),
        ({"model_type": "x", "custom_pipelines": {"pair": {"impl": "pair.PairPipeline"}}}, True),
        ({"model_type": 3, "architectures": "Bert", "auto_map": "no"}, False),
    ],
)
def test_only_a_map_to_modules_is_remote_code(value: object, present: bool) -> None:
    assert said(huggingface_config.collect(blob("config.json", value)))["remote_code"] == {"present": present}


def test_an_index_names_the_weight_files_of_one_model() -> None:
    value = {"weight_map": {"a": "m-00001-of-00002.bin", "b": "m-00002-of-00002.bin", "c": "m-00001-of-00002.bin"}}
    index = blob("big/pytorch_model.bin.index.json", value)
    assert huggingface_config.wants(index)
    evidence = huggingface_config.collect(index)
    assert said(evidence) == {"weight_index": ["m-00001-of-00002.bin", "m-00002-of-00002.bin"]}


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../x.bin", "C:\\x.bin"])
def test_weights_outside_the_scan_are_told_and_not_named(name: str) -> None:
    evidence = huggingface_config.collect(blob("m/model.safetensors.index.json", {"weight_map": {"a": name}}))
    assert said(evidence) == {"weight_index": []}
    assert len(evidence.not_examined) == 1


def test_an_adapter_is_derived_from_its_base() -> None:
    adapter = blob("lora/adapter_config.json", {"base_model_name_or_path": "org/base", "peft_type": "LORA"})
    assert huggingface_config.wants(adapter)
    (relation,) = huggingface_config.collect(adapter).relationships
    assert (relation.source.key, relation.type, relation.target.key) == ("path:lora", "derived_from", "name:org/base")


def test_other_configurations_are_not_wanted() -> None:
    assert not huggingface_config.wants(blob("config.json", {"port": 80}))
    assert not huggingface_config.wants(blob("settings.json", {"model_type": "x"}))


@pytest.mark.parametrize("text", ['{"model_type": ', '{"model_type": NaN}', '{"model_type":' + "[" * 50_000])
def test_broken_json_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        huggingface_config.collect(blob_of_bytes("config.json", text.encode()))


@pytest.mark.parametrize(
    ("base", "revision", "key"),
    [
        ("org/base", "0A" * 20, f"name:org/base@{'0a' * 20}"),
        ("org/base", "main", "name:org/base"),
        ("org/base", None, "name:org/base"),
        ("../base", None, "path:base"),
        ("./base", "0a" * 20, "path:lora/base"),
        ("../../base", None, "name:../../base"),
        ("/data/base", None, "name:/data/base"),
    ],
)
def test_a_base_is_a_folder_a_repository_or_a_revision_of_it(base: str, revision: str | None, key: str) -> None:
    fields = {"base_model_name_or_path": base, "peft_type": "LORA", "revision": revision}
    (relation,) = huggingface_config.collect(blob("lora/adapter_config.json", fields)).relationships
    assert relation.target.key == key
