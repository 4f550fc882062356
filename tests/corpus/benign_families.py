"""What honest programs save, made in the test run with the libraries of the development requirements."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import gzip
import io
import json
import pickle
import struct
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from tests.corpus.container_families import PACKERS, tarred
from tests.corpus.family import Family, Item, one_file
from tests.corpus.graph_families import layer, operation, saved_model
from tests.corpus.tensor_families import node, onnx, tensor
from tests.corpus.wire import gguf, gguf_key, gguf_tensor, gguf_text, hdf5, hdf5_attribute, part, safetensors
from tests.corpus.zips import DEFLATED, Member, zipped

PROTOCOLS: Final = range(pickle.HIGHEST_PROTOCOL + 1)

STANDARD: Final[dict[str, Any]] = {
    "dict": {"a": [1, 2.5, None, True], "b": (b"x", "y" * 300, -(2**80)), "c": {1, 2}, "d": frozenset("z")},
    "ordered": collections.OrderedDict(a=1, b=2),
    "counter": collections.Counter("abracadabra"),
    "deque": collections.deque([1, 2, 3], 5),
    "defaultdict": collections.defaultdict(list, {"a": [1]}),
    "dates": [datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), datetime.date(2026, 1, 2), datetime.timedelta(3)],
    "decimal": [decimal.Decimal("1.5"), fractions.Fraction(1, 3), 1 + 2j],
    "uuid": uuid.UUID(int=7),
    "path": PurePosixPath("a/b"),
    "array": array.array("d", [1.0, 2.0]),
    "bytearray": bytearray(b"abc"),
    "range": [range(3), slice(1, 2)],
    "numbers": list(range(5000)),
    "words": {f"word{number}": number for number in range(3000)},
    "nested": [[[[[["deep"]]]]]],
    "floats": [number / 7 for number in range(2000)],
}


def _standard() -> Iterator[Item]:
    for name, value in STANDARD.items():
        for protocol in PROTOCOLS:
            content = pickle.dumps({"title": f"{name} {protocol}", "value": value}, protocol)
            yield one_file(f"{name}-p{protocol}", content, "model.pkl" if protocol % 2 else "data.bin")


def _arrays() -> dict[str, Any]:
    draw = np.random.default_rng(7)
    return {
        "floats": draw.normal(size=(20, 3)),
        "integers": np.arange(50, dtype="i2"),
        "fortran": np.asfortranarray(draw.normal(size=(4, 5))),
        "booleans": np.array([True, False]),
        "text": np.array(["ab", "cde"]),
        "dates": np.array(["2026-01-02"], dtype="M8[D]"),
        "structured": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        "objects": np.array(["a", None, 3], dtype=object),
        "scalar": np.float32(1.5),
        "zero-d": np.array(3.0),
        "empty": np.zeros((0, 3)),
        "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        "dtype": np.dtype("f4"),
        "generator": np.random.default_rng(3),
        "state": np.random.RandomState(3),
        "several": {"weights": draw.normal(size=8), "bias": np.zeros(2)},
        "large": draw.normal(size=(300, 300)),
    }


def _numpy() -> Iterator[Item]:
    for name, value in _arrays().items():
        for protocol in PROTOCOLS:
            yield one_file(f"{name}-p{protocol}", pickle.dumps([f"{name} {protocol}", value], protocol))


def _numpy_files() -> Iterator[Item]:
    arrays = {name: value for name, value in _arrays().items() if isinstance(value, np.ndarray) and name != "masked"}
    for name, value in arrays.items():
        stream = io.BytesIO()
        np.save(stream, value)
        yield one_file(f"npy-{name}", stream.getvalue(), "array.npy")
        stream = io.BytesIO()
        np.savez(stream, first=value, second=np.arange(len(name)))
        yield one_file(f"npz-{name}", stream.getvalue(), "arrays.npz")
        stream = io.BytesIO()
        np.savez_compressed(stream, first=value, second=np.arange(len(name)))
        yield one_file(f"npz-packed-{name}", stream.getvalue(), "arrays.npz")


def _containers() -> Iterator[Item]:
    for name, pack in PACKERS.items():
        content = pickle.dumps({"packed": name, "values": list(range(300))}, 4)
        yield one_file(f"packed-{name}", pack(content), "model.pkl")
    for method in (0, DEFLATED):
        data = pickle.dumps({"weight": [method]}, 2)
        members = [Member("m/data.pkl", data, method), Member("m/version", b"3\n"), Member("m/data/0", bytes(64))]
        yield one_file(f"torch-{method}", zipped(members), "model.pt")
    yield one_file("tar", tarred(("model.pkl", pickle.dumps(["tar"], 4)), ("notes.txt", b"notes")), "model.tar")
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed:
        packed.write(tarred(("a/model.pkl", pickle.dumps(["tar.gz"], 4))))
    yield one_file("tar-gz", stream.getvalue(), "model.tar.gz")
    yield one_file("several", pickle.dumps([1], 4) + pickle.dumps(["several"], 4) + pickle.dumps({"c": 3}, 4))


def _safetensors() -> Iterator[Item]:
    kinds = {
        "F64": 8,
        "F32": 4,
        "F16": 2,
        "BF16": 2,
        "I64": 8,
        "I32": 4,
        "I16": 2,
        "I8": 1,
        "U8": 1,
        "BOOL": 1,
        "F8_E4M3": 1,
    }
    for kind, width in kinds.items():
        header = {"__metadata__": {"format": "pt"}, "w": tensor(0, 6 * width, kind, [2, 3])}
        yield one_file(kind, safetensors(json.dumps(header), bytes(range(6 * width))), "model.safetensors")
    many = {f"layer.{number}.weight": tensor(number * 8, number * 8 + 8, "F32", [2]) for number in range(200)}
    yield one_file("many", safetensors(json.dumps(many) + "   ", bytes(1600)), "model.safetensors")
    empty = {"empty": tensor(0, 0, "F32", [0, 4]), "scalar": tensor(0, 4, "F32", [])}
    yield one_file("empty-and-scalar", safetensors(json.dumps(empty), bytes(4)), "model.safetensors")


CHAT: Final = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m.content | trim }}{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}",
    "{%- set ns = namespace(found=false) -%}{%- for m in messages[::-1] -%}{%- set ns.found = true -%}{{ m.content }}{% endfor %}",
    "{{ bos_token }}{% if tools %}{{ tools | tojson(indent=2) }}{% endif %}{{ messages[0]['content'].strip().split('x')[0] }}",
    "{% if messages[0].role != 'user' %}{{ raise_exception('first must be user') }}{% endif %}{{ strftime_now('%d %b %Y') }}",
    "{% macro say(m) %}{{ m.role.upper() }}: {{ m.content }}{% endmacro %}{% for m in messages %}{{ say(m) }}{% endfor %}",
    "{% generation %}{{ messages[-1].content }}{% endgeneration %}",
)


def _templates() -> Iterator[Item]:
    for number, text in enumerate(CHAT):
        config = {"chat_template": text, "model_max_length": number}
        yield one_file(f"tokenizer-{number}", json.dumps(config).encode(), "tokenizer_config.json")
        yield one_file(f"jinja-{number}", text.encode(), "chat_template.jinja")
        key = gguf_key("tokenizer.chat_template", 8, gguf_text(text))
        name = gguf_key("general.name", 8, gguf_text(str(number)))
        tensors = (gguf_tensor("a", 0), gguf_tensor("b", 32))
        yield one_file(f"gguf-{number}", gguf(name, key, tensors=tensors, data=bytes(64)), "model.gguf")


def _graphs() -> Iterator[Item]:
    for number, operators in enumerate((("Relu",), ("Conv", "Add"), ("MatMul", "Softmax", "Reshape"))):
        graph = b"".join(node(operator) for operator in operators)
        weight = part(5, part(1, 2) + part(2, 1) + part(8, "w") + part(9, struct.pack("<ff", number, 1)))
        yield one_file(f"onnx-{number}", onnx(graph + weight), "model.onnx")
    for number, operators in enumerate(
        (("Const", "Add"), ("VarHandleOp", "SaveV2", "RestoreV2", "MergeV2Checkpoints"))
    ):
        body = b"".join(operation(operator, name=f"n{number}") for operator in operators)
        yield one_file(f"tensorflow-{number}", saved_model(body), "saved_model.pb")
    for number, units in enumerate((4, 8)):
        config = layer(
            "Sequential", "keras", {"layers": [layer("Dense", config={"units": units, "activation": "relu"})]}
        )
        members = [Member("metadata.json", b"{}"), Member("config.json", json.dumps(config).encode())]
        yield one_file(f"keras-{number}", zipped(members), "model.keras")
        text = json.dumps(config | {"number": number}).encode()
        yield one_file(f"h5-{number}", hdf5(hdf5_attribute("model_config", text)), "model.h5")


def _archives() -> Iterator[Item]:
    """Archives that the standard library writes, in its usual variety."""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as opened:
            opened.writestr(zipfile.ZipInfo("dir/model.pkl"), pickle.dumps({"method": method}, 4), method)
            opened.writestr(zipfile.ZipInfo("dir/ünï.txt"), b"text" * 50, method)
        yield one_file(f"zip-{method}", stream.getvalue(), "archive.zip")
    yield one_file("zlib", zlib.compress(pickle.dumps(["zlib"], 4)), "model.joblib")


FAMILIES: Final = (
    Family("benign/standard-library", "benign", _standard),
    Family("benign/numpy-pickles", "benign", _numpy),
    Family("benign/numpy-files", "benign", _numpy_files),
    Family("benign/containers", "benign", _containers),
    Family("benign/safetensors", "benign", _safetensors),
    Family("benign/chat-templates", "benign", _templates),
    Family("benign/graphs", "benign", _graphs),
    Family("benign/archives", "benign", _archives),
)
"""Saved by the libraries that every development run has."""
