"""Writes the samples of this folder with the real libraries; run by hand, never by the tests.

    python make_models.py boosters|xgboost_binary|tflite|coreml|openvino|paddle OUT

The groups may run in environments of their own; ``xgboost_binary`` needs XGBoost 2.1, the last that writes the binary form.
``VERSIONS.txt`` names the versions that were used. The R files are written by ``make_models.R``. Nothing is loaded again.
"""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path


def boosters(out: Path) -> list[str]:
    import catboost
    import lightgbm
    import numpy as np
    import pandas as pd
    import xgboost

    draw = np.random.default_rng(7)
    numbers = draw.normal(size=(60, 4))
    label = (numbers[:, 0] + numbers[:, 1] > 0).astype(int)
    mixed = pd.DataFrame({"a": numbers[:, 0], "c": pd.Categorical(draw.choice(list("xyz"), 60))})

    plain = xgboost.DMatrix(numbers, label=label, feature_names=list("abcd"))
    for name, parameters, data in (
        ("tree", {"max_depth": 2, "objective": "binary:logistic"}, plain),
        ("pruned", {"max_depth": 4, "gamma": 2, "tree_method": "exact"}, plain),
        ("linear", {"booster": "gblinear"}, plain),
        ("dart", {"booster": "dart", "objective": "multi:softprob", "num_class": 2}, plain),
        ("categorical", {"max_depth": 2}, xgboost.DMatrix(mixed, label=label, enable_categorical=True)),
    ):
        model = xgboost.train(parameters, data, 2)
        model.save_model(out / f"{name}.json")
        model.save_model(out / f"{name}.ubj")
        if name == "tree":
            (out / "parameters.json").write_text(model.save_config())
            (out / "snapshot.ubj").write_bytes(model.__getstate__()["handle"])

    quiet = {"verbose": -1, "min_data_in_leaf": 5}
    for name, parameters, values, target in (
        ("categorical", {"objective": "binary", "num_leaves": 4}, mixed, label),
        ("linear", {"linear_tree": True, "num_leaves": 3}, numbers, numbers[:, 0]),
        ("several", {"objective": "multiclass", "num_class": 3}, numbers, draw.integers(0, 3, 60)),
    ):
        data = lightgbm.Dataset(values, label=target)
        lightgbm.train({**quiet, **parameters}, data, 2).save_model(out / f"{name}.lightgbm.txt")

    settings = {"iterations": 3, "depth": 2, "verbose": False, "allow_writing_files": False}
    mixed["c"] = mixed["c"].astype(str)
    words = mixed.assign(t=draw.choice(["good one", "bad two", "ugly three"], 60))
    for name, more, values, kinds in (
        ("plain", {}, numbers, {}),
        ("depthwise", {"grow_policy": "Depthwise"}, numbers, {}),
        ("categorical", {"one_hot_max_size": 1}, mixed, {"cat_features": ["c"]}),
        ("text", {}, words, {"cat_features": ["c"], "text_features": ["t"]}),
    ):
        model = catboost.CatBoostClassifier(**settings, **more).fit(values, label, **kinds)
        model.save_model(str(out / f"{name}.cbm"))
        if name != "text":
            model.save_model(str(out / f"{name}.catboost.json"), format="json")
    return ["xgboost-cpu", "lightgbm", "catboost"]


def xgboost_binary(out: Path) -> list[str]:
    import numpy as np
    import xgboost

    numbers = np.random.default_rng(7).normal(size=(60, 4))
    data = xgboost.DMatrix(numbers, label=numbers[:, 0] > 0)
    for name, parameters in (
        ("tree", {"max_depth": 2}),
        ("linear", {"booster": "gblinear"}),
        ("dart", {"booster": "dart"}),
    ):
        xgboost.train(parameters, data, 2).save_model(out / f"{name}.deprecated")
    return ["xgboost-cpu"]


def tflite(out: Path) -> list[str]:
    import numpy as np
    import tensorflow as tf

    draw = np.random.default_rng(1)
    small, large = (tf.constant(draw.normal(size=shape), tf.float32) for shape in ((4, 8), (16, 80)))
    functions = {
        "dense": (lambda x: tf.nn.relu(tf.reshape(tf.matmul(x, small), [-1, 2, 4])), tf.TensorSpec([1, 4], tf.float32)),
        "quantised": (lambda x: tf.nn.softmax(tf.matmul(x, large)), tf.TensorSpec([1, 16], tf.float32)),
        "reads": (tf.io.read_file, tf.TensorSpec([], tf.string)),
        "flex": (tf.linalg.inv, tf.TensorSpec([2, 2], tf.float32)),
    }
    for name, (function, shape) in functions.items():
        concrete = tf.function(function).get_concrete_function(shape)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
        if name == "quantised":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        (out / f"{name}.tflite").write_bytes(converter.convert())
    return ["tensorflow-cpu"]


def coreml(out: Path) -> list[str]:
    import coremltools
    from coremltools.models import datatypes
    from coremltools.models.neural_network import NeuralNetworkBuilder

    shape = [("x", datatypes.Array(3))], [("y", datatypes.Array(3))]
    builder = NeuralNetworkBuilder(*shape)
    builder.add_activation("relu", "RELU", "x", "y")
    coremltools.models.MLModel(builder.spec, skip_model_load=True).save(str(out / "relu.mlmodel"))
    builder = NeuralNetworkBuilder(*shape)
    custom = builder.nn_spec.layers.add()
    custom.name, custom.custom.className = "own", "OwnLayer"
    custom.input.append("x")
    custom.output.append("y")
    coremltools.models.utils.save_spec(builder.spec, str(out / "custom.mlmodel"))
    return ["coremltools"]


def openvino(out: Path) -> list[str]:
    import numpy as np
    import openvino
    from openvino import opset13

    x = opset13.parameter([1, 4], np.float32, name="x")
    y = opset13.relu(opset13.matmul(x, opset13.constant(np.ones((4, 3), np.float32)), False, False))
    openvino.save_model(openvino.Model([y], [x], "tiny"), out / "tiny.xml", compress_to_fp16=False)
    return ["openvino"]


def paddle(out: Path) -> list[str]:
    import paddle

    network = paddle.nn.Sequential(paddle.nn.Linear(2, 3), paddle.nn.ReLU())
    shape = paddle.static.InputSpec([None, 2], "float32")
    paddle.jit.save(paddle.jit.to_static(network, input_spec=[shape]), str(out / "tiny"))
    paddle.enable_static()
    program = paddle.static.Program()
    with paddle.static.program_guard(program, paddle.static.Program()):
        x = paddle.static.data("x", [2, 2], "float32")
        y = program.global_block().create_var(name="y", dtype="float32", shape=[2, 2])
        paddle.static.py_func(lambda value: value, x, y)
    (out / "python.pdmodel").write_bytes(program.desc.serialize_to_string())
    return ["paddlepaddle"]


if __name__ == "__main__":
    group, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    names = {one.__name__: one for one in (boosters, xgboost_binary, tflite, coreml, openvino, paddle)}[group](out)
    print(f"{group}: " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
