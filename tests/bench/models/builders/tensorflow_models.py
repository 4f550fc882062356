"""Keras archives, HDF5 files and SavedModels, TensorFlow checkpoints, frozen graphs and TensorFlow Lite."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

NEEDS = ("tensorflow", "keras")


def _models() -> dict[str, tuple[Any, tuple[int, ...], str | None]]:
    """Name to a model, the shape of one input and the loss that it is trained with."""
    import keras
    from keras import layers, regularizers

    side = keras.Input((4,), name="side")
    joined = layers.Dense(2)(layers.concatenate([layers.Dense(3, activation="gelu")(side), side]))
    return {
        "dense": (
            keras.Sequential([layers.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.1), layers.Dense(2)]),
            (4,), "mse",
        ),
        "convolution": (
            keras.Sequential(
                [layers.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Conv2D(2, 3), layers.BatchNormalization(),
                 layers.MaxPooling2D(), layers.GlobalAveragePooling2D(), layers.Dense(2)]
            ),
            (8, 8, 1), "huber",
        ),
        "recurrent": (
            keras.Sequential([layers.Input((5, 3)), layers.Bidirectional(layers.LSTM(4)), layers.Dense(2)]),
            (5, 3), "log_cosh",
        ),
        "gated": (
            keras.Sequential([layers.Input((5, 3)), layers.GRU(4, return_sequences=True),
                              layers.TimeDistributed(layers.Dense(2))]),
            (5, 3), None,
        ),
        "regularised": (
            keras.Sequential([layers.Input((4,)), layers.Dense(4, kernel_regularizer=regularizers.L2(0.01)),
                              layers.LayerNormalization(), layers.LeakyReLU(), layers.Dense(2)]),
            (4,), "mae",
        ),
        "functional": (keras.Model(side, joined), (4,), "mse"),
    }  # fmt: skip


def build(folder: Path) -> None:
    """Train each model for one step and save it in every way."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy as np
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    for name, (model, shape, loss) in _models().items():
        if loss is not None:
            model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 5)), loss=loss)
            model.fit(np.ones((4, *shape)), np.ones((4, 2)), verbose=0)
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        model.save_weights(folder / f"{name}.weights.h5")
        (folder / f"{name}.json").write_text(model.to_json())
        model.export(folder / f"{name}-saved", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / f"{name}-saved"))
        if name in ("dense", "convolution", "functional"):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        elif name in ("recurrent", "gated"):
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
            converter._experimental_lower_tensor_list_ops = False
        (folder / f"{name}.tflite").write_bytes(converter.convert())
        _freeze(model, shape, folder / f"{name}-frozen.pb")
    variable = tf.Variable(np.ones((2, 2), np.float32))
    tf.train.Checkpoint(weight=variable).save(str(folder / "checkpoint" / "ckpt"))
    _text_model(folder)


def _freeze(model: Any, shape: tuple[int, ...], target: Path) -> None:
    """The function of a model as one GraphDef without variables."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    function = tf.function(lambda inputs: model(inputs)).get_concrete_function(tf.TensorSpec((1, *shape), tf.float32))
    graph = convert_variables_to_constants_v2(function).graph.as_graph_def()
    target.write_bytes(graph.SerializeToString())


def _text_model(folder: Path) -> None:
    """A model with a vocabulary, which its archive holds as an asset."""
    import keras
    import tensorflow as tf
    from keras import layers

    words = layers.TextVectorization(max_tokens=20, output_sequence_length=4)
    words.adapt(["a small text", "another small text"])
    model = keras.Sequential([layers.Input((1,), dtype="string"), words, layers.Embedding(20, 3), layers.Flatten()])
    model(tf.constant([["small"]]))
    model.save(folder / "text.keras")
    model.export(folder / "text-saved", verbose=False)
