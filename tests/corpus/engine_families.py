"""Families of formats that belong to one engine: TFLite, Paddle, MXNet, flax, CoreML, TensorRT, Torch7, llamafile, parquet."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from tests.corpus.family import Family, Item, one_file
from tests.corpus.flat import Table, flatbuffer
from tests.corpus.stream_families import payload
from tests.corpus.tensor_families import ELF
from tests.corpus.wire import gguf, gguf_key, gguf_text, part
from tests.corpus.zips import Member, zipped


def tflite(code: int, custom: str | None = None, buffer: bytes = b"") -> bytes:
    """A TFLite model (schema version 3) of one operator and one buffer.

    Model: 0 version, 1 operator_codes, 2 subgraphs, 3 description, 4 buffers; OperatorCode: 0 deprecated code, 1 custom
    name, 2 version, 3 code; Buffer: 0 data.
    """
    operator = {0: bytes([min(code, 127)]), 2: struct.pack("<i", 1), 3: struct.pack("<i", code)}
    codes = Table(operator | ({1: custom} if custom else {}))
    run = Table({0: struct.pack("<I", 0)})
    graph = Table({0: [], 3: [run], 4: "main"})
    held = Table({0: bytearray(buffer)} if buffer else {})
    model = Table({0: struct.pack("<I", 3), 1: [codes], 2: [graph], 3: "corpus", 4: [Table(), held]})
    return flatbuffer(model, b"TFL3")


def _tflite() -> Iterator[Item]:
    yield one_file("custom", tflite(32, "MyCustomOp"), "model.tflite")
    yield one_file("flex", tflite(32, "FlexWriteFile"), "model.tflite")
    yield one_file("flex-python", tflite(32, "FlexPyFunc"), "model.tflite")
    yield one_file("buffer-elf", tflite(0, None, ELF), "model.tflite")
    yield one_file("buffer-pickle", tflite(0, None, payload("tflite-buffer")), "model.tflite")
    whole = tflite(0, None, bytes(64))
    yield one_file("cut", whole[:-40], "model.tflite")
    yield one_file("root-outside", struct.pack("<I", 1 << 30) + whole[4:], "model.tflite")
    yield one_file("vector-count", whole.replace(struct.pack("<I", 64), struct.pack("<I", 1 << 30)), "model.tflite")


def _paddle() -> Iterator[Item]:
    yield one_file("parameters", payload("pdparams", 2), "model.pdparams")
    yield one_file("optimizer", payload("pdopt", 4), "model.pdopt")
    operator = part(
        4, part(1, part(1, "X") + part(2, "x")) + part(2, part(1, "Out") + part(2, "y")) + part(3, "py_func")
    )
    variable = part(3, part(1, "x") + part(2, part(1, 7)))
    block = part(1, part(1, 0) + part(2, (1 << 64) - 1) + variable + operator)
    yield one_file("py-func", block + part(4, part(1, 0)), "model.pdmodel")


def _mxnet() -> Iterator[Item]:
    nodes = [
        {"op": "null", "name": "data", "inputs": []},
        {"op": "Custom", "name": "c", "attrs": {"op_type": "evil"}, "inputs": [[0, 0, 0]]},
    ]
    symbol = {"nodes": nodes, "arg_nodes": [0], "heads": [[1, 0, 0]], "attrs": {"mxnet_version": ["int", 10900]}}
    yield one_file("custom", json.dumps(symbol).encode(), "model-symbol.json")
    nodes[1] = {"op": "_npi_custom", "name": "l", "attrs": {"lib": "/root/x.so"}, "inputs": []}
    yield one_file("library", json.dumps(symbol).encode(), "model-symbol.json")


def _msgpack_bin(content: bytes) -> bytes:
    return b"\xc5" + struct.pack(">H", len(content)) + content


def _flax() -> Iterator[Item]:
    def packed(value: bytes) -> bytes:
        return b"\x82\xa6params\x81\xa6kernel" + value + b"\xa4step\x01"

    yield one_file("binary", packed(_msgpack_bin(payload("flax-bin"))), "flax_model.msgpack")
    extension = payload("flax-ext")
    yield one_file(
        "extension", packed(b"\xc8" + struct.pack(">HB", len(extension), 1) + extension), "flax_model.msgpack"
    )

    yield one_file("length", b"\x81\xa6params\xc6\x7f\xff\xff\xffabc", "flax_model.msgpack")


def _coreml() -> Iterator[Item]:
    layer = part(1, part(1, "custom") + part(500, part(10, "EvilLayer")))
    yield one_file("custom-layer", part(1, 5) + part(2, part(1, part(1, "x"))) + part(500, layer), "model.mlmodel")
    yield one_file(
        "custom-model", part(1, 5) + part(2, part(1, part(1, "x"))) + part(555, part(10, "Evil")), "model.mlmodel"
    )


def _tensorrt() -> Iterator[Item]:
    yield one_file(
        "engine", b"ptrt" + struct.pack("<IQ", 0x10000, 4096) + b"plugin\0IPluginV2" + bytes(64), "model.engine"
    )
    yield one_file("plan", b"ptrt" + struct.pack("<IQ", 0x10000, 4096) + b"plan" + bytes(64), "model.plan")


def _lua_text(value: bytes) -> bytes:
    """A string object of Torch7: type 2, length, bytes."""
    return struct.pack("<ii", 2, len(value)) + value


def _lua_function(code: bytes, index: int) -> bytes:
    """A function object: type 8, index, its dump, and an empty table of what it closes over."""
    return struct.pack("<iii", 8, index, len(code)) + code + struct.pack("<iii", 3, index + 1, 0)


def _torch7() -> Iterator[Item]:
    code = _lua_function(b"\x1bLuaQ os.execute('echo torch7')", 2)
    yield one_file("function", struct.pack("<iii", 3, 1, 1) + _lua_text(b"run") + code, "model.t7")
    module = struct.pack("<ii", 4, 1) + struct.pack("<i", 3) + b"V 1" + struct.pack("<i", 13) + b"nn.Sequential"
    fields = struct.pack("<iii", 3, 2, 1) + _lua_text(b"forward") + _lua_function(b"\x1bLuaQ io.popen('echo')", 3)
    yield one_file("patched-forward", module + fields, "model.t7")


def _llamafile() -> Iterator[Item]:
    model = gguf(gguf_key("general.name", 8, gguf_text("x")))
    inner = zipped([Member("model.gguf", model)])
    yield one_file("ape", b"MZqFpD='\n" + bytes(200) + inner, "model.llamafile")
    yield one_file("elf", ELF + bytes(200) + inner + b"", "model.llamafile")
    yield one_file("renamed", b"MZqFpD='\n#" + bytes(200) + inner, "model.bin")


def _thrift(value: int) -> bytes:
    value = value << 1
    return bytes([value]) if value < 128 else bytes([value & 127 | 128, value >> 7])


def _parquet() -> Iterator[Item]:
    for title, key, value in (
        ("extension-type", "ARROW:schema", "arrow.py_extension_type"),
        ("extension-name", "ARROW:extension:name", "arrow.py_extension_type"),
    ):
        raw = key.encode(), value.encode()
        pair = b"\x18" + bytes([len(raw[0])]) + raw[0] + b"\x18" + bytes([len(raw[1])]) + raw[1] + b"\x00"
        schema = b"\x19\x1c\x48\x06schema\x15\x00\x00"
        footer = b"\x15\x04" + schema + b"\x16\x00" + b"\x19\x0c" + b"\x19\x1c" + pair + b"\x00"
        yield one_file(title, b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1", "table.parquet")


def _executorch() -> Iterator[Item]:
    """Programs of one method. Program: 1 methods; method: 0 name, 6 operators, 7 delegates; both: 0 name."""

    def program(operators: tuple[str, ...], delegates: tuple[str, ...] = ()) -> bytes:
        named = {6: [Table({0: name}) for name in operators], 7: [Table({0: name}) for name in delegates]}
        method = Table({0: "forward"} | {field: tables for field, tables in named.items() if tables})
        return flatbuffer(Table({1: [method]}), b"ET12")

    yield one_file("operator", program(("aten::add", "mine::run")), "model.pte")
    yield one_file("delegate", program(("aten::add",), ("EvilBackend",)), "model.pte")
    plain = program(("aten::add",))
    yield one_file("pickle-behind", plain + bytes(64) + payload("pte-behind"), "model.pte")
    yield one_file("program-behind", plain + bytes(64) + ELF, "model.pte")
    yield one_file("cut", plain[:-12], "model.pte")


FAMILIES = (
    Family("format/executorch", "lie", _executorch),
    Family("format/tflite", "lie", _tflite),
    Family("format/paddle", "malicious", _paddle),
    Family("format/mxnet", "lie", _mxnet),
    Family("format/flax", "lie", _flax),
    Family("format/coreml", "lie", _coreml),
    Family("format/tensorrt", "lie", _tensorrt),
    Family("format/torch7", "lie", _torch7),
    Family("format/llamafile", "lie", _llamafile),
    Family("format/parquet", "lie", _parquet),
)
