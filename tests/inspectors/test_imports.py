"""What loading a file would import, told by every inspector of a format that names Python objects."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from scanner.inspectors import hdf5_file, keras_config, numpy_array, pickle_file, skops_schema, yaml_targets
from tests.inspectors.conftest import Inspect

SAMPLES = Path(__file__).parent / "samples"
DATA = Path(__file__).parent / "data"


def listed(groups: Any) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["how"], one["verdict"]) for one in groups["imports"]}


def test_a_pickle_calls_changes_and_names(inspected: Inspect) -> None:
    called = b"cos\nsystem\n(S'true'\ntR."
    changed = b"ctorch.nn\nLinear\n}S'forward'\nI1\nsb."
    named = b"\x80\x02cacme\nnet\n."
    assert listed(inspected(pickle_file, called)) == {"os.system": ("call", "malicious")}
    assert listed(inspected(pickle_file, changed))["torch.nn.Linear"] == ("build", "malicious")
    assert listed(inspected(pickle_file, named)) == {"acme.net": ("ref", "unknown")}


def test_data_import_nothing_and_a_broken_pickle_leaves_it_open(inspected: Inspect) -> None:
    assert listed(inspected(pickle_file, pickle.dumps({"weights": [0.5] * 40}))) == {}
    assert "imports" not in inspected(pickle_file, pickle.dumps(OrderedDict(a=[1] * 40))[:-9])


def test_names_are_shown_in_ascii(inspected: Inspect) -> None:
    groups = inspected(pickle_file, pickle.PROTO + b"\x04\x8c\x06acm\xe2\x80\xae\x8c\x03net\x93.")
    assert all(name.isascii() for name in listed(groups))
    assert listed(groups)


def test_skops(inspected: Inspect) -> None:
    found = listed(inspected(skops_schema, SAMPLES / "plain.skops"))
    assert found["sklearn.linear_model._logistic.LogisticRegression"] == ("call", "known-safe")
    assert ("ref", "malicious") in listed(inspected(skops_schema, SAMPLES / "function.skops")).values()


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ({"class_name": "Dense", "module": "keras.layers", "config": {}}, ("keras.layers.Dense", "call", "known-safe")),
        ({"class_name": "Net", "module": "acme", "config": {}}, ("acme.Net", "call", "unknown")),
        ({"class_name": "function", "module": "os", "config": "system"}, ("os.system", "ref", "malicious")),
        (
            {"class_name": "Lambda", "module": "keras.layers", "config": {}},
            ("keras.layers.Lambda", "call", "malicious"),
        ),
        (
            {"class_name": "Net", "module": "acme", "registered_name": "acme>Net", "config": {}},
            ("acme.Net", "call", "unknown"),
        ),
    ],
)
def test_keras(inspected: Inspect, layer: dict[str, Any], expected: tuple[str, str, str]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}))
        archive.writestr("metadata.json", "{}")
        archive.writestr("model.weights.h5", b"")
    found = listed(inspected(keras_config, out.getvalue()))
    assert found[expected[0]] == expected[1:]


def test_arrays_of_objects(inspected: Inspect) -> None:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n"
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    assert listed(inspected(numpy_array, array + b"cos\nsystem\n(S'true'\ntR.")) == {"os.system": ("call", "malicious")}


def test_hdf5_of_the_real_library(inspected: Inspect) -> None:
    dense = listed(inspected(hdf5_file, DATA / "dense.h5"))
    assert dense["keras.Dense"] == ("call", "known-safe")
    hostile = listed(inspected(hdf5_file, DATA / "lambda.h5"))
    assert hostile["keras.Lambda"] == ("call", "malicious")


def test_configurations(inspected: Inspect) -> None:
    text = b"a: {_target_: torch.optim.Adam}\nb: !!python/object/apply:os.system [x]\n"
    found = listed(inspected(yaml_targets, text, "model_config.yaml"))
    assert found["os.system"] == ("call", "malicious")
    assert found["torch.optim.Adam"][0] == "call"
    assert listed(inspected(yaml_targets, b"a: {_target_: torch.optim.Adam}\n", "model_config.yaml"))
    assert inspected(yaml_targets, b"a: {_target_: torch.optim.Adam}\n", "config.yaml") == {}


def test_hidden_names_are_told_as_such(inspected: Inspect) -> None:
    trailing = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64
    assert set(listed(inspected(pickle_file, trailing))) == {"os.system", "?"}
    extension = b"\x80\x02\x82\x05)R."
    assert listed(inspected(pickle_file, extension)) == {"?": ("ref", "unknown")}
