"""Keras models of the real library pass unless they hold code; hostile objects are found under any key."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import keras_config
from scanner.inspectors.keras_objects import keras_reasons

DATA = Path(__file__).parent / "data"


def layer(
    name: str, module: str | None = "keras.layers", config: Any = None, registered: str | None = None
) -> dict[str, Any]:
    return {"class_name": name, "module": module, "config": config or {}, "registered_name": registered}


def model(*layers: Any) -> dict[str, Any]:
    return layer("Sequential", "keras", {"layers": list(layers)})


def function(module: str, name: str) -> dict[str, Any]:
    return {"class_name": "function", "module": module, "config": name, "registered_name": "function"}


def keras(config: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
    return stream.getvalue()


def judged(groups: dict[str, Any]) -> tuple[str, list[str]]:
    return groups["code_scan"]["verdict"], [one["code"] for one in groups.get("findings", [])]


@pytest.mark.parametrize("name", ["dense.keras", "dense.json"])
def test_ordinary_models(inspected: Any, name: str) -> None:
    assert judged(inspected(keras_config, DATA / name)) == ("known-safe", [])


def test_lambda_of_the_real_library(inspected: Any) -> None:
    assert judged(inspected(keras_config, DATA / "lambda.keras")) == ("malicious", ["keras-lambda"])


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        (layer("Lambda"), "keras-lambda"),
        ({"class_name": "Lambda", "config": {"function": ["4wEA", None, None]}}, "keras-lambda"),
        (
            layer("Dense", config={"activation": {"class_name": "__lambda__", "config": {"code": "4wEA"}}}),
            "keras-lambda",
        ),
        (layer("TorchModuleWrapper", config={"module": "UEsDBA=="}), "keras-torch-module"),
        (function("builtins", "eval"), "keras-denied-reference"),
        (layer("run", "subprocess"), "keras-denied-reference"),
        (layer("_execvpex", "os"), "keras-denied-reference"),
        (function("keras.utils", "get_file"), "keras-denied-reference"),
        (function("keras.src.utils.file_utils", "get_file"), "keras-denied-reference"),
        (function("keras.config", "enable_unsafe_deserialization"), "keras-denied-reference"),
        (layer("load_model", "keras.saving"), "keras-denied-reference"),
        (layer("TFOpLambda", None, {"function": "py_function"}), "keras-denied-reference"),
    ],
)
def test_code_is_malicious_anywhere(inspected: Any, hostile: dict[str, Any], code: str) -> None:
    for config in (model(hostile), model(model(hostile)), layer("Dense", config={"x": [[{"y": hostile}]]})):
        assert judged(inspected(keras_config, keras(config))) == ("malicious", [code])
        assert judged(inspected(keras_config, json.dumps(config).encode())) == ("malicious", [code])


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (layer("Own", None, registered="mine>Own"), "keras-custom-object"),
        (layer("Own", "my_project.layers"), "keras-unlisted-reference"),
        (function("keras.utils", "to_categorical"), "keras-unlisted-reference"),
        (layer("StringLookup", config={"vocabulary": "/etc/passwd"}), "keras-file-path"),
        (layer("TFOpLambda", None, {"function": "io.decode_raw"}), "keras-graph-call"),
    ],
)
def test_what_is_on_no_list(inspected: Any, odd: dict[str, Any], code: str) -> None:
    assert judged(inspected(keras_config, keras(model(odd)))) == ("unknown", [code])


@pytest.mark.parametrize(
    "usual",
    [
        function("keras.activations", "relu"),
        function("keras.src.losses.losses", "mean_squared_error"),
        layer("GlorotUniform", "keras.src.initializers.random_initializers"),
        layer("Dense", "tensorflow.keras.layers"),
        layer("StringLookup", config={"vocabulary": ["a", "b"]}),
        {"class_name": "Dense", "config": {"units": 1}},
        layer("TFOpLambda", None, {"function": "math.reduce_mean"}),
    ],
)
def test_usual_objects(inspected: Any, usual: dict[str, Any]) -> None:
    assert judged(inspected(keras_config, keras(model(usual)))) == ("known-safe", [])


def test_escaped_key(inspected: Any) -> None:
    text = json.dumps(model(layer("Lambda"))).replace("class_name", "\\u0063lass_nam\\u0065")
    assert judged(inspected(keras_config, text.encode())) == ("malicious", ["keras-lambda"])


def test_other_json_and_archives_give_no_statement(inspected: Any) -> None:
    for text in (
        '{"class_name": 1, "config": 2}',
        '{"a": "class_name"}',
        '{"class_name": "x"',
        "[1]",
        '{"x": "\\u0041"}',
    ):
        assert inspected(keras_config, text.encode()) == {}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", "{}")
    assert inspected(keras_config, stream.getvalue()) == {}


@pytest.mark.parametrize("config", ["{", '{"a":' * 100_000, "[" * 100_000])
def test_broken_configuration_of_an_archive(inspected: Any, config: str) -> None:
    with pytest.raises(NotExaminable):
        inspected(keras_config, keras(config))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("class_name", "module", "config", "registered_name", "x")), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json(value: Any) -> None:
    assert all(one.verdict in ("malicious", "unknown") for one in keras_reasons(value, "place"))
