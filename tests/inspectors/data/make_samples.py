"""Writes the samples of this folder with the real libraries; run by hand, never by the tests.

    python make_samples.py arrays|torch|gguf|keras|tensorflow OUT

The groups may run in environments of their own (``keras`` with ``KERAS_BACKEND=torch``). ``VERSIONS.txt`` names the
versions that were used. Nothing is loaded again.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tempfile
from pathlib import Path


def arrays(out: Path) -> list[str]:
    import numpy as np

    values = {
        "floats": np.linspace(0, 1, 7),
        "fortran": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
        "text": np.array(["a", "bcd"]),
        "dates": np.array(["2026-01-01"], dtype="M8[D]"),
        "fields": np.zeros(2, dtype=[("x", "<f4", (2, 2)), ("y", [("z", "u1"), ("w", "S3")])]),
        "objects": np.array([{"a": 1}, None, "x"], dtype=object),
        "object_fields": np.zeros(2, dtype=[("x", "<f4"), ("y", "O")]),
        "scalar": np.array(3.5),
    }
    for name, value in values.items():
        np.save(out / f"{name}.npy", value, allow_pickle=True)
    np.lib.format.write_array((out / "version3.npy").open("wb"), np.zeros(1, dtype=[("ü", "<f8")]), version=(3, 0))
    with (out / "several.npy").open("wb") as stream:
        np.save(stream, values["floats"])
        np.save(stream, values["fortran"])
    np.savez_compressed(out / "arrays.npz", **values)
    return ["numpy"]


def torch(out: Path) -> list[str]:
    import torch
    from torch.package import PackageExporter

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    torch.save(model.state_dict(), out / "weights.pt")
    torch.jit.script(model).save(str(out / "scripted.pt"))
    with PackageExporter(out / "package.pt") as exporter:
        exporter.extern("torch.**")
        exporter.save_source_string("helper", "import torch\n\ndef twice(x):\n    return torch.add(x, x)\n")
        exporter.save_pickle("model", "weights.pkl", {"w": [1.0, 2.0]})
    return ["torch"]


def gguf(out: Path) -> list[str]:
    import gguf
    import numpy as np

    for name, order in (("tiny", gguf.GGUFEndian.LITTLE), ("tiny_big_endian", gguf.GGUFEndian.BIG)):
        writer = gguf.GGUFWriter(out / f"{name}.gguf", "llama", endianess=order)
        writer.add_block_count(1)
        writer.add_token_list(["<s>", "a", "b"])
        writer.add_token_scores([0.0, 1.0, 2.0])
        writer.add_chat_template("{% for m in messages %}{{ m['role'] + ': ' + m.content | trim }}\n{% endfor %}")
        writer.add_tensor("a.weight", np.ones((4, 8), dtype=np.float32))
        writer.add_tensor("b.weight", np.ones((3,), dtype=np.float16))
        blocks = np.zeros((2, 34), dtype=np.uint8)
        writer.add_tensor("c.weight", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return ["gguf", "numpy"]


def keras(out: Path) -> list[str]:
    import keras

    dense = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dropout(0.1)])
    dense.compile("adam", loss="mse", metrics=["mae"])
    dense.save(out / "dense.keras")
    dense.save(out / "dense.h5")
    (out / "dense.json").write_text(dense.to_json())
    nested = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(eval("lambda x: x * 2"))])
    keras.Sequential([keras.Input((2,)), nested]).save(out / "lambda.keras")
    nested.save(out / "lambda.h5")
    return ["keras", "h5py"]


def tensorflow(out: Path) -> list[str]:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    class Scale(tf.Module):
        def __init__(self) -> None:
            self.factor = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            return tf.nn.relu(x) * self.factor

    class Writer(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            tf.io.write_file("/tmp/never-run", x)
            return x

    scale = Scale()
    for name, module in (("scale", scale), ("writer", Writer())):
        with tempfile.TemporaryDirectory() as folder:
            tf.saved_model.save(module, folder)
            (out / f"{name}.pb").write_bytes((Path(folder) / "saved_model.pb").read_bytes())
    frozen = convert_variables_to_constants_v2(scale.__call__.get_concrete_function())
    (out / "frozen.pb").write_bytes(frozen.graph.as_graph_def().SerializeToString(deterministic=True))
    with tf.Graph().as_default() as graph:
        tf.nn.relu(tf.constant([1.0, -1.0]), name="y")
        meta = tf.compat.v1.train.export_meta_graph(graph=graph, clear_devices=True)
    (out / "graph.meta").write_bytes(meta.SerializeToString(deterministic=True))
    return ["tensorflow-cpu"]


if __name__ == "__main__":
    group, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    used = {"arrays": arrays, "torch": torch, "gguf": gguf, "keras": keras, "tensorflow": tensorflow}[group](folder)
    lines = [f"{group}: " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in used)]
    versions = folder / "VERSIONS.txt"
    kept = versions.read_text().splitlines() if versions.exists() else []
    versions.write_text("\n".join(sorted({*[one for one in kept if not one.startswith(group + ":")], *lines})) + "\n")
