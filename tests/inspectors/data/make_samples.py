"""Writes the samples of this folder with the real libraries; run by hand, never by the tests.

    python make_samples.py arrays|torch|torchserve|executorch|gguf|hdf5|flax|arrow|keras|tensorflow OUT

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
    exported = torch.export.export(model, (torch.zeros(1, 2),))
    for node in exported.graph.nodes:
        node.meta.pop("stack_trace", None)  # holds the paths of this machine
    torch.export.save(exported, out / "exported.pt2")
    return ["torch"]


def torchserve(out: Path) -> list[str]:
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "handler.py").write_text("import base\n\n\nclass Handler(base.BaseHandler):\n    pass\n")
        (work / "requirements.txt").write_text("numpy==2.0\n")
        (work / "w.bin").write_bytes(b"weights")
        common = ["torch-model-archiver", "--version", "1.0", "--serialized-file", "w.bin", "--export-path", str(out)]
        own = ["--model-name", "own", "--handler", "handler.py", "-r", "requirements.txt"]
        for more in (["--model-name", "plain", "--handler", "image_classifier"], own):
            subprocess.run([*common, *more, "--force"], cwd=work, check=True)
    return ["torch-model-archiver"]


def executorch(out: Path) -> list[str]:
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge, to_edge_transform_and_lower

    class Small(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.linear = torch.nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.linear(x)) + 1.0

    program = torch.export.export(Small().eval(), (torch.ones(2, 4),))
    (out / "plain.pte").write_bytes(to_edge(program).to_executorch().buffer)
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    (out / "xnnpack.pte").write_bytes(lowered.to_executorch().buffer)
    return ["executorch", "torch", "torchao"]


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


def hdf5(out: Path) -> list[str]:
    """Files of the newer layout; the pickles would call ``os.system("echo")``."""
    import h5py
    import numpy as np

    payload = np.void(b"cos\nsystem\n(S'echo'\ntR.")
    with h5py.File(out / "newer.h5", "w", libver="latest") as file:
        file.create_dataset("layer/kernel", data=np.zeros(3, "f4"))
        file.attrs["names"] = np.array([b"a", b"bc"])
    for name, options in (("dense", {}), ("ordered", {"track_order": True})):
        with h5py.File(out / f"newer_{name}.h5", "w", libver="latest", **options) as file:
            for number in range(40):
                file.create_group(f"group{number}")
            deep = file["group31"].create_group("deep", **options)
            for number in range(40):
                deep.attrs[f"a{number}"] = f"value {number}"
            deep.attrs["payload"] = payload
    with h5py.File(out / "newer_huge.h5", "w", libver="latest") as file:
        file.attrs["payload"] = np.void(payload.tobytes() * 3000)
    with h5py.File(out / "newer_external.h5", "w", libver="latest") as file:
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        file["here"] = h5py.SoftLink("/x")
    with h5py.File(out / "external_link.h5", "w") as file:
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
    with h5py.File(out / "virtual.h5", "w", libver="latest") as file:
        layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4,))
        file.create_virtual_dataset("v", layout)
    return ["h5py", "numpy"]


def flax(out: Path) -> list[str]:
    import numpy as np
    from flax import serialization

    weights = {"dense": {"kernel": np.ones((2, 3), np.float32), "bias": np.zeros(3, np.float32)}, "step": 7}
    (out / "flax_model.msgpack").write_bytes(serialization.to_bytes(weights))
    return ["flax", "numpy"]


def arrow(out: Path) -> list[str]:
    """Tables with a column whose type is a pickle; it would call ``os.system("echo")``."""
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet

    payload = b"cos\nsystem\n(S'echo'\ntR."
    kept = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": payload}
    plain = pa.table({"x": [1, 2]})
    pickled = pa.table([pa.array([1, 2])], schema=pa.schema([pa.field("x", pa.int64(), metadata=kept)]))
    for name, table in (("plain", plain), ("pickled", pickled)):
        pa.parquet.write_table(table, out / f"{name}.parquet")
        pa.feather.write_feather(table, out / f"{name}.feather")
    return ["pyarrow"]


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
    groups = {"arrays": arrays, "torch": torch, "gguf": gguf, "keras": keras, "tensorflow": tensorflow}
    groups |= {"torchserve": torchserve, "executorch": executorch, "hdf5": hdf5, "flax": flax, "arrow": arrow}
    used = groups[group](folder)
    lines = [f"{group}: " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in used)]
    versions = folder / "VERSIONS.txt"
    kept = versions.read_text().splitlines() if versions.exists() else []
    versions.write_text("\n".join(sorted({*[one for one in kept if not one.startswith(group + ":")], *lines})) + "\n")
