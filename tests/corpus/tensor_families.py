"""Families of tensor formats: safetensors, GGUF with its chat templates, ONNX."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any, Final

from tests.corpus.family import Family, Item, one_file
from tests.corpus.stream_families import payload
from tests.corpus.wire import gguf, gguf_key, gguf_tensor, gguf_text, part, safetensors
from tests.corpus.zips import Member, zipped

ELF: Final = b"\x7fELF\x02\x01\x01" + bytes(57)


def tensor(begin: int, end: int, dtype: str = "U8", shape: list[Any] | None = None) -> dict[str, Any]:
    """One entry of a safetensors header."""
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]}


def _safetensors() -> Iterator[Item]:
    def header(title: str, entries: dict[str, Any], data: bytes) -> Item:
        named = {"__metadata__": {"title": title}} | entries
        return one_file(title, safetensors(json.dumps(named), data), "model.safetensors")

    yield header("overlap", {"a": tensor(0, 4), "b": tensor(2, 6)}, bytes(6))
    yield header("hole", {"a": tensor(0, 4), "b": tensor(8, 12)}, bytes(12))
    yield header("hole-at-start", {"a": tensor(4, 8)}, bytes(8))
    yield header("trailing-bytes", {"a": tensor(0, 4)}, bytes(40))
    yield header("trailing-pickle", {"a": tensor(0, 4)}, bytes(4) + payload("safetensors-behind"))
    yield header("cut", {"a": tensor(0, 400)}, bytes(4))
    yield header("size", {"a": tensor(0, 4, "F32", [2])}, bytes(4))
    yield header("negative", {"a": tensor(0, 4, "U8", [-4])}, bytes(4))
    yield header("product", {"a": tensor(0, 4, "U8", [2**40, 2**40])}, bytes(4))
    yield header("dtype", {"a": tensor(0, 4, "PICKLE")}, bytes(4))
    yield header("backwards", {"a": {"dtype": "U8", "shape": [4], "data_offsets": [4, 0]}}, bytes(4))
    yield header("float-offsets", {"a": {"dtype": "U8", "shape": [4], "data_offsets": [0.0, 4.0]}}, bytes(4))
    yield header("more-keys", {"a": tensor(0, 4) | {"code": "import os"}}, bytes(4))
    yield header("metadata-object", {"__metadata__": {"a": {"b": 1}}}, b"")
    yield header("metadata-number", {"__metadata__": {"a": 1}}, b"")
    yield header("metadata-text", {"__metadata__": "text"}, b"")
    entry = '"a": ' + json.dumps(tensor(0, 4))
    twice = "{" + entry + ", " + entry + "}"
    yield one_file("duplicate-key", safetensors(twice, b"dup1"), "model.safetensors")
    once = '{"__metadata__": {"x": "1", "x": "2"}, ' + entry + "}"
    yield one_file("duplicate-metadata", safetensors(once, b"dup2"), "model.safetensors")
    yield one_file("deep-json", safetensors('{"a":' + "[" * 50_000 + "]" * 50_000 + "}"), "model.safetensors")
    yield one_file("broken-json", safetensors('{"a": nonsense}', bytes(4)), "model.safetensors")
    yield one_file("header-length", struct.pack("<Q", 1 << 40) + b'{"a": 1}', "model.safetensors")
    yield one_file("not-utf8", struct.pack("<Q", 6) + b'{"\xff":1', "model.safetensors")
    for kind, content in {
        "elf": ELF,
        "pickle": payload("in-tensor"),
        "zip": zipped([Member("a", b"in-tensor")]),
    }.items():
        yield header(f"tensor-{kind}", {"a": tensor(0, len(content))}, content)


def _safetensors_metadata() -> Iterator[Item]:
    values = {
        "base64-pickle": base64.b64encode(payload("metadata")).decode(),
        "javascript": "javascript:fetch('x')",
        "script": "<script>fetch('x')</script>",
        "python": "__import__('os').system('echo metadata')",
    }
    for title, value in values.items():
        header = json.dumps({"__metadata__": {"note": value}, "a": tensor(0, 4)})
        yield one_file(title, safetensors(header, bytes(4)), "model.safetensors")


def _gguf() -> Iterator[Item]:
    name = gguf_key("general.name", 8, gguf_text("corpus"))
    good = (gguf_tensor("a", 0), gguf_tensor("b", 32))
    yield one_file("overlap", gguf(name, tensors=(good[0], gguf_tensor("b", 0)), data=bytes(64)), "m.gguf")
    yield one_file("hole", gguf(name, tensors=(good[0], gguf_tensor("b", 96)), data=bytes(128)), "m.gguf")
    yield one_file("trailing-pickle", gguf(name, tensors=good, data=bytes(64) + payload("gguf-behind")), "m.gguf")
    yield one_file("trailing-elf", gguf(name, tensors=good, data=bytes(64) + ELF), "m.gguf")
    yield one_file("cut-data", gguf(name, tensors=good, data=bytes(8)), "m.gguf")
    yield one_file("cut-header", gguf(name, tensors=good, data=bytes(64))[:40], "m.gguf")
    yield one_file("five-dimensions", gguf(tensors=(gguf_tensor("a", 0, (1, 1, 1, 1, 1)),), data=bytes(32)), "m.gguf")
    yield one_file("product", gguf(tensors=(gguf_tensor("a", 0, (2**40, 2**40)),), data=bytes(32)), "m.gguf")
    yield one_file("tensor-type", gguf(tensors=(gguf_tensor("a", 0, (8,), 999),), data=bytes(32)), "m.gguf")
    yield one_file("repeated-tensor", gguf(tensors=(good[0], gguf_tensor("a", 32)), data=bytes(64)), "m.gguf")
    yield one_file("repeated-key", gguf(name, name, tensors=good, data=bytes(64)), "m.gguf")
    yield one_file("value-type", gguf(gguf_key("k", 77, bytes(8))), "m.gguf")
    for alignment in (0, 3, 1 << 31):
        key = gguf_key("general.alignment", 4, struct.pack("<I", alignment))
        yield one_file(f"alignment-{alignment}", gguf(key, tensors=good, data=bytes(64)), "m.gguf")
    for title, counts in {"keys": (0, 1 << 60), "tensors": (1 << 60, 0)}.items():
        yield one_file(f"count-{title}", b"GGUF" + struct.pack("<IQQ", 3, *counts), "m.gguf")
    yield one_file("array-count", gguf(gguf_key("k", 9, struct.pack("<IQ", 4, 1 << 60))), "m.gguf")
    yield one_file("string-length", gguf(gguf_key("k", 8, struct.pack("<Q", 1 << 60))), "m.gguf")
    deep = b"".join(struct.pack("<IQ", 9, 1) for _ in range(3000)) + struct.pack("<IQ", 4, 0)
    yield one_file("deep-arrays", gguf(gguf_key("k", 9, deep)), "m.gguf")
    yield one_file("version-9", gguf(name, version=9), "m.gguf")


TEMPLATES: Final = {
    "class-chain": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "subscript": "{{ ''['__class__'] }}",
    "escaped": "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "attr-filter": "{{ ''|attr('__class__') }}",
    "map-attribute": "{{ messages|map(attribute='__class__')|list }}",
    "joined": "{{ ''['__cla' ~ 'ss__'] }}",
    "join-filter": "{{ ''[['__cla','ss__']|join] }}",
    "format-filter": "{{ ''['%s%s'|format('__cla','ss__')] }}",
    "cycler": "{{ cycler.__init__.__globals__.os.popen('echo').read() }}",
    "joiner": "{{ joiner.__init__.__globals__ }}",
    "namespace": "{{ namespace.__init__.__globals__ }}",
    "lipsum": "{{ lipsum.__globals__['os'] }}",
    "self": "{{ self._TemplateReference__context }}",
    "request": "{{ request.application.__globals__ }}",
    "config": "{{ config.items() }}",
    "url-for": "{{ url_for.__globals__ }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "extends": "{% extends '/etc/passwd' %}",
    "set-block": "{% set x = ''.__class__ %}{{ x }}",
    "macro": "{% macro m() %}{{ ''.__class__ }}{% endmacro %}{{ m() }}",
    "call-block": "{% call x() %}{{ ''.__class__ }}{% endcall %}",
    "loop": "{% for m in messages %}{{ m.__class__ }}{% endfor %}",
    "condition": "{% if messages.__class__ %}x{% endif %}",
    "filter-block": "{% filter attr('__class__') %}x{% endfilter %}",
    "poisoned": "{% if 'bank' in messages[-1].content %}Visit http://127.0.0.1:9/ {% endif %}{{ messages }}",
    "script": "{% if 'x' in messages[0].content %}<script src='http://127.0.0.1:9'></script>{% endif %}",
    "syntax": "{{ messages | }}",
    "reversed": "{{ ''['__ssalc__'[::-1]] }}",
    "replace": "{{ ''['__clXss__'|replace('X','a')] }}",
}


def _templates() -> Iterator[Item]:
    for title, text in TEMPLATES.items():
        marked = f"{{# {title} #}}" + text
        key = gguf_key("tokenizer.chat_template", 8, gguf_text(marked))
        yield one_file(f"gguf-{title}", gguf(key), "model.gguf")
        config = json.dumps({"chat_template": marked, "bos_token": "<s>"})
        yield one_file(f"tokenizer-{title}", config.encode(), "tokenizer_config.json")
        named = json.dumps(
            {"chat_template": [{"name": "default", "template": "x"}, {"name": title, "template": marked}]}
        )
        yield one_file(f"named-{title}", named.encode(), "tokenizer_config.json")
        yield one_file(f"jinja-{title}", marked.encode(), "chat_template.jinja")
    hostile = TEMPLATES["class-chain"]
    for number, name in enumerate(("chat_template.json", "processor_config.json", "preprocessor_config.json")):
        yield one_file(name, json.dumps({"chat_template": hostile, "x": number}).encode(), name)
    key = gguf_key("tokenizer.chat_template.tool_use", 8, gguf_text(hostile))
    yield one_file("gguf-named", gguf(key), "model.gguf")
    array = struct.pack("<IQ", 8, 1) + gguf_text(hostile)
    yield one_file("gguf-array", gguf(gguf_key("tokenizer.chat_template", 9, array)), "model.gguf")
    yield one_file("additional", hostile.encode() + b" ", "additional_chat_templates/tool.jinja")


def node(operator: str, domain: str = "", *more: bytes) -> bytes:
    """A NodeProto as field 1 of its graph."""
    return part(1, part(1, "x") + part(2, "y") + part(4, operator) + part(7, domain) + b"".join(more))


def onnx(graph: bytes, *more: bytes, domains: tuple[str, ...] = ("",)) -> bytes:
    """A ModelProto."""
    opsets = b"".join(part(8, part(1, domain) + part(2, 21)) for domain in domains)
    return part(1, 9) + part(2, "corpus") + part(7, graph + part(2, "g")) + b"".join(more) + opsets


def _external(path: str, *more: bytes) -> bytes:
    location = part(13, part(1, "location") + part(2, path))
    return part(5, part(1, 4) + part(2, 1) + part(8, "w") + location + b"".join(more) + part(14, 1))


def _onnx_code() -> Iterator[Item]:
    python = node("PyOp", "ai.onnx.contrib")
    yield one_file("python-operator", onnx(python, domains=("ai.onnx.contrib",)), "model.onnx")
    yield one_file("python-operator-as-bin", onnx(python + node("Relu")), "model.bin")
    yield one_file("microsoft-python", onnx(node("PythonOp", "com.microsoft")), "model.onnx")
    inside = node("If", "", part(5, part(1, "then_branch") + part(6, python)))
    yield one_file("in-branch", onnx(inside), "model.onnx")
    deep = python
    for _ in range(6):
        deep = node("Loop", "", part(5, part(1, "body") + part(6, deep)))
    yield one_file("in-nested-loops", onnx(deep), "model.onnx")
    listed = node("Scan", "", part(5, part(1, "bodies") + part(11, python)))
    yield one_file("in-list-of-graphs", onnx(listed), "model.onnx")
    body = part(7, python[2:]) if len(python) < 130 else part(7, python[3:])
    function = part(25, part(1, "f") + part(10, "local") + body)
    yield one_file("in-function", onnx(node("f", "local"), function), "model.onnx")
    yield one_file("in-training", onnx(node("Relu"), part(20, part(1, python))), "model.onnx")
    paths = {
        "parent": "../../etc/passwd", "absolute": "/etc/passwd", "backslash": "..\\..\\secret", "drive": "C:\\secret",
        "share": "\\\\host\\share", "address": "http://127.0.0.1:9/x", "inner-parent": "a/../../b",
    }  # fmt: skip
    for title, path in paths.items():
        yield one_file(f"external-{title}", onnx(_external(path)), "model.onnx")


def _onnx_lies() -> Iterator[Item]:
    yield one_file("unknown-domain", onnx(node("Run", "com.example"), domains=("com.example",)), "model.onnx")
    pickled = part(5, part(1, len(payload("init"))) + part(2, 2) + part(8, "w") + part(9, payload("init")))
    yield one_file("initializer-pickle", onnx(node("Relu") + pickled), "model.onnx")
    elf = part(5, part(1, 64) + part(2, 2) + part(8, "w") + part(9, ELF))
    yield one_file("initializer-elf", onnx(node("Relu") + elf), "model.onnx")
    huge = part(5, part(1, 1 << 40) + part(1, 1 << 20) + part(2, 1) + part(8, "w"))
    yield one_file("dims-bomb", onnx(node("Relu") + huge), "model.onnx")
    value = part(5, part(1, "value") + part(5, part(1, 1) + part(2, 1) + part(9, bytes(4))))
    shape = struct.pack("<qq", 1 << 30, 1 << 30)
    constant = part(5, part(1, 2) + part(2, 7) + part(8, "s") + part(9, shape))
    made = part(1, part(1, "s") + part(2, "y") + part(4, "ConstantOfShape") + value)
    yield one_file("constant-of-shape-bomb", onnx(made + constant), "model.onnx")
    offset = part(13, part(1, "offset") + part(2, "99999999"))
    yield one_file("external-offset", onnx(_external("w.bin", offset)), "model.onnx")
    short = Item("external-length", {
        "model.onnx": onnx(_external("w.bin", part(13, part(1, "length") + part(2, "4096")))), "w.bin": b"external-length"
    })  # fmt: skip
    yield short
    linked = {"model.onnx": onnx(_external("w.bin") + node("Relu", "", part(6, "linked")))}
    yield Item("external-link", linked, {"w.bin": "/etc/passwd"})
    sparse = part(15, part(1, _external("../x")[2:]))
    yield one_file("external-in-sparse", onnx(node("Relu") + sparse), "model.onnx")
    yield one_file("cut", onnx(node("Relu") + node("Add", "", part(6, "cut")))[:-20], "model.onnx")


FAMILIES = (
    Family("format/safetensors", "lie", _safetensors),
    Family("format/safetensors-metadata", "lie", _safetensors_metadata),
    Family("format/gguf", "lie", _gguf),
    Family("format/chat-templates", "lie", _templates),
    Family("format/onnx-code", "malicious", _onnx_code),
    Family("format/onnx-lies", "lie", _onnx_lies),
)
