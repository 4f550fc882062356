"""Families of formats made of text: skops, YAML and Hydra, NeMo, R, XML models, boosters, TorchServe, jsonpickle."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
from collections.abc import Iterator
from typing import Any, Final

from tests.corpus.container_families import tarred
from tests.corpus.family import Family, Item, one_file
from tests.corpus.stream_families import payload
from tests.corpus.zips import Member, zipped

DANGEROUS: Final = (
    ("os", "system"), ("builtins", "eval"), ("builtins", "exec"), ("subprocess", "Popen"), ("importlib", "import_module"),
    ("numpy.testing._private.utils", "runstring"), ("posix", "system"), ("runpy", "run_path"),
)  # fmt: skip


def _skops_node(loader: str, module: str, name: str, **more: Any) -> dict[str, Any]:
    return {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 1, **more}


def _skops_archive(schema: Any) -> bytes:
    return zipped([Member("schema.json", json.dumps(schema).encode())])


def _skops() -> Iterator[Item]:
    for module, name in DANGEROUS:
        for loader in (
            "FunctionNode",
            "TypeNode",
            "ObjectNode",
            "ConstructorFromReduceNode",
            "ReduceNode",
            "PartialNode",
        ):
            node = _skops_node(loader, module, name, content={"title": f"{loader}-{module}.{name}"})
            yield one_file(f"{loader}-{module}.{name}", _skops_archive(node), "model.skops")
        content = {"module_path": module, "function": name}
        function = {"__loader__": "FunctionNode", "content": content, "__class__": "function", "__module__": "builtins"}
        inside = {"__loader__": "DictNode", "__module__": "builtins", "__class__": "dict", "content": {"a": function}}
        yield one_file(f"module-path-{module}.{name}", _skops_archive(inside), "model.skops")
        method = _skops_node("MethodNode", "builtins", "method", content={"func": name, "obj": _skops_node(
            "ObjectNode", module, name, content=None)})  # fmt: skip
        yield one_file(f"method-{module}.{name}", _skops_archive(method), "model.skops")
        operator = _skops_node("OperatorFuncNode", module, name, attrs=[])
        yield one_file(f"operator-{module}.{name}", _skops_archive(operator), "model.skops")
    yield one_file("is-a-pickle", payload("skops-pickle"), "model.skops")


def _skops_lies() -> Iterator[Item]:
    unlisted = _skops_node("ObjectNode", "project.models", "Model", content=None)
    yield one_file("unlisted", _skops_archive(unlisted), "model.skops")
    caller = _skops_node("OperatorFuncNode", "operator", "methodcaller", attrs=["system"])
    yield one_file("methodcaller", _skops_archive(caller), "model.skops")
    loader = _skops_node("EvilNode", "builtins", "dict", content={})
    yield one_file("unknown-loader", _skops_archive(loader), "model.skops")
    deep = b'{"__loader__": "DictNode", "content": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    yield one_file("deep", zipped([Member("schema.json", deep)]), "model.skops")
    yield one_file("broken", zipped([Member("schema.json", b'{"__loader__": ')]), "model.skops")


TAGS: Final = {
    "apply": "!!python/object/apply:{0}.{1} ['echo']",
    "new": "!!python/object/new:{0}.{1} [['echo']]",
    "object": "!!python/object:{0}.{1} {{}}",
    "full-tag": "!<tag:yaml.org,2002:python/object/apply:{0}.{1}> ['echo']",
    "percent-tag": "!<tag:yaml.org,2002:%70ython/object/apply:{0}.{1}> ['echo']",
}


def _yaml() -> Iterator[Item]:
    for module, name in DANGEROUS[:5]:
        for title, text in TAGS.items():
            line = text.format(module, name)
            yield one_file(f"{title}-{module}.{name}", f"# {title}\nmodel: {line}\n".encode(), "config.yaml")
        target = f"model:\n  _target_: {module}.{name}\n  _args_: [echo]\n"
        yield one_file(f"target-{module}.{name}", target.encode(), "config.yaml")
        nested = f"a:\n  b:\n    - c:\n        _target_: {module}.{name}\n"
        yield one_file(f"nested-target-{module}.{name}", nested.encode(), "conf/model/net.yaml")
        as_json = json.dumps({"model": {"_target_": f"{module}.{name}", "_args_": ["echo"]}})
        yield one_file(f"json-target-{module}.{name}", as_json.encode(), "config.json")
    handle = "%TAG !p! tag:yaml.org,2002:python/object/\n---\na: !p!apply:os.system ['echo']\n"
    yield one_file("tag-handle", handle.encode(), "config.yml")
    yield one_file("second-document", b"a: 1\n---\nb: !!python/object/apply:os.system ['echo two']\n", "config.yml")


def _yaml_lies() -> Iterator[Item]:
    yield one_file("unlisted-object", b"a: !!python/object:mine.Settings {x: 1}\n", "config.yaml")
    yield one_file("unlisted-target", b"encoder: {_target_: mine.layers.Encoder}\n", "model_config.yaml")
    deep = b"a: " + b"[" * 20_000 + b"]" * 20_000 + b" # !!python/x\n"
    yield one_file("deep", deep, "config.yaml")


def _nemo() -> Iterator[Item]:
    config = b"encoder:\n  _target_: os.system\n  command: echo nemo\n"
    for outer in ("tar", "gz"):
        plain = tarred(("model_config.yaml", config + outer.encode()), ("model_weights.ckpt", b"\x80\x02}."))
        yield one_file(f"target-{outer}", plain if outer == "tar" else gzip.compress(plain, mtime=0), "model.nemo")
    weights = tarred(("model_config.yaml", b"a: 1\n"), ("model_weights.ckpt", payload("nemo-weights")))
    yield one_file("weights", weights, "model.nemo")
    inner = tarred(("nested/model_config.yaml", config + b"# nested"))
    yield one_file("nested-tar", tarred(("inner.nemo", inner)), "model.nemo")


def _r_header(form: str = "X") -> bytes:
    return form.encode() + b"\n" + struct.pack(">III", 3, 0x40301, 0x30500) + struct.pack(">I", 5) + b"UTF-8"


def _r_symbol(name: str) -> bytes:
    raw = name.encode()
    return struct.pack(">I", 1) + struct.pack(">I", 0x40009) + struct.pack(">I", len(raw)) + raw


def _r_call(name: str, argument: str) -> bytes:
    text = struct.pack(">II", 16, 1) + struct.pack(">II", 0x40009, len(argument)) + argument.encode()
    return struct.pack(">I", 6) + _r_symbol(name) + struct.pack(">I", 2) + text + struct.pack(">I", 254)


def _r_promise(title: str) -> bytes:
    """PROMSXP: environment (global), value (unbound), expression."""
    return struct.pack(">I", 5) + struct.pack(">I", 252) + _r_call("system", f"echo {title}")


PACKED: Final = {
    "plain": lambda data: data,
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def _r() -> Iterator[Item]:
    for title, pack in PACKED.items():
        yield one_file(f"promise-{title}", pack(_r_header() + _r_promise(title)), "model.rds")
        pairs = struct.pack(">I", 0x402) + _r_symbol("x") + _r_promise(f"rda-{title}") + struct.pack(">I", 254)
        yield one_file(f"rda-{title}", pack(b"RDX3\n" + _r_header() + pairs), "model.rda")
    in_list = struct.pack(">II", 19, 2) + struct.pack(">I", 254) + _r_promise("list")
    yield one_file("promise-in-list", _r_header() + in_list, "model.rds")
    text = "A\n3\n262913\n197888\n5\nUTF-8\n5\n252\n6\n1\n262153\n6\nsystem\n2\n16\n1\n262153\n4\necho\n254\n"
    yield one_file("promise-ascii", text.encode(), "model.rds")


def _r_lies() -> Iterator[Item]:
    yield one_file("call-at-top", _r_header() + _r_call("system", "echo call"), "model.rds")
    yield one_file("cut", (_r_header() + _r_call("system", "echo cut"))[:60], "model.rds")
    yield one_file("huge-vector", _r_header() + struct.pack(">II", 14, 0x7FFFFFFF), "model.rds")


PMML: Final = '<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header/>{}</PMML>'
IR: Final = (
    '<net name="n" version="11"><layers><layer id="0" name="a" type="{}" version="{}"><data {}/></layer></layers></net>'
)


def _xml() -> Iterator[Item]:
    entity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    laughs = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>'
    model = PMML.format("<DataDictionary/>")
    net = IR.format("Parameter", "opset1", 'shape="1"')
    yield one_file("pmml-entity", (entity + model).encode(), "model.pmml")
    yield one_file("pmml-laughs", (laughs + model).encode(), "model.pmml")
    yield one_file(
        "pmml-entity-utf16", (entity.replace("?>", ' encoding="UTF-16"?>', 1) + model).encode("utf-16"), "m.pmml"
    )
    yield one_file("openvino-entity", (entity + net).encode(), "model.xml")
    script = "<Extension><script>fetch('http://127.0.0.1:9')</script></Extension>"
    yield one_file("pmml-script", PMML.format(script).encode(), "model.pmml")
    yield one_file("openvino-library", IR.format("Custom", "extension", 'library="/root/x.so"').encode(), "model.xml")
    yield one_file("openvino-python", IR.format("Python", "extension", 'module="m" layer="L"').encode(), "model.xml")
    yield one_file("openvino-parent", IR.format("Const", "opset1", 'library="../x.so"').encode(), "model.xml")


def _boosters() -> Iterator[Item]:
    base = {"version": [2, 1, 0], "learner": {"attributes": {}, "gradient_booster": {"name": "gbtree", "model": {
        "gbtree_model_param": {"num_trees": "1"}, "trees": [], "tree_info": []}}, "objective": {"name": "reg:squarederror"},
        "learner_model_param": {"num_feature": "2"}}}  # fmt: skip
    xgboost = json.loads(json.dumps(base))
    xgboost["learner"]["gradient_booster"]["model"]["gbtree_model_param"]["num_trees"] = "99999999999999999999"
    yield one_file("xgboost-count", json.dumps(xgboost).encode(), "model.json")
    xgboost["learner"]["attributes"] = {"x": "__import__('os')"}
    xgboost["learner"]["gradient_booster"]["model"]["gbtree_model_param"]["num_trees"] = "-1"
    yield one_file("xgboost-negative", json.dumps(xgboost).encode(), "model.json")
    yield one_file(
        "xgboost-ubj-length", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{L\x7f\xff\xff\xff\xff\xff\xff\xffabc", "m.ubj"
    )
    lightgbm = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\ntree_sizes=99999999999\n"
    yield one_file("lightgbm-size", (lightgbm + "\nTree=0\nnum_leaves=2\n\nend of trees\n").encode(), "model.txt")
    injected = lightgbm.replace("99999999999", "40") + "\nTree=0\nnum_leaves=99999999999\n\nend of trees\n"
    yield one_file("lightgbm-leaves", injected.encode(), "model.txt")
    parameters = "\nparameters:\n[boosting: gbdt]\n[data: /etc/passwd]\n[machine_list_filename: http://127.0.0.1:9]\n"
    yield one_file(
        "lightgbm-paths", (lightgbm + "\nend of trees\n" + parameters + "end of parameters\n").encode(), "m.txt"
    )
    yield one_file("catboost-length", b"CBM1" + struct.pack("<I", 0x7FFFFFFF) + bytes(64), "model.cbm")
    yield one_file("catboost-cut", b"CBM1" + struct.pack("<I", 64) + bytes(20), "model.cbm")


def _served_archive(title: str, *members: tuple[str, bytes], manifest: bytes = b'{"handler": "handler.py"}') -> Item:
    """A TorchServe archive; its weights and its handler are members."""
    files = [("MAR-INF/MANIFEST.json", b'{"model": ' + manifest + b"}"), ("title.txt", title.encode()), *members]
    return one_file(title, zipped([Member(name, content) for name, content in files]), "model.mar")


def _served() -> Iterator[Item]:
    quiet = ("handler.py", b"def handle(d, c):\n    return d\n")
    yield _served_archive("weights", quiet, ("model.pt", payload("mar-weights")))
    torch = zipped([Member("m/data.pkl", payload("mar-torch"))])
    yield _served_archive("torch-weights", quiet, ("model.pt", torch))


def _served_lies() -> Iterator[Item]:
    """A handler always runs when the archive is served; whether what it does is meant, nobody can tell from here."""
    yield _served_archive("process", ("handler.py", b"import os\ndef handle(d, c):\n    os.system('echo mar')\n"))
    yield _served_archive("eval", ("handler.py", b"def handle(d, c):\n    return eval(d)\n"))
    quiet = ("handler.py", b"def handle(d, c):\n    return d\n")
    index = ("requirements.txt", b"--extra-index-url http://127.0.0.1:9/simple\nhelper==1.0\n")
    asked = b'{"handler": "handler.py", "requirementsFile": "requirements.txt"}'
    yield _served_archive("requirements", quiet, index, manifest=asked)
    packed = tarred(("MAR-INF/MANIFEST.json", b'{"model": ' + asked + b"}"), quiet, index)
    yield one_file("in-tar", gzip.compress(packed, mtime=0), "model.mar")
    handler = ("handler.py", b"import os\ndef handle(d, c):\n    os.system('echo tar')\n")
    yield one_file("process-in-tar", tarred(("MAR-INF/MANIFEST.json", b"{}"), handler), "model.tar")


def _json_pickles() -> Iterator[Item]:
    values = {
        "reduce": {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["echo jsonpickle"]}]},
        "object": {"py/object": "subprocess.Popen", "args": "echo"},
        "function": {"weights": [1, {"py/function": "builtins.eval"}]},
        "type": {"py/type": "os.system"},
    }
    for title, value in values.items():
        yield one_file(title, json.dumps({"model": value, "title": title}).encode(), "model.json")


FAMILIES = (
    Family("format/skops", "malicious", _skops),
    Family("format/skops-lies", "lie", _skops_lies),
    Family("format/yaml", "malicious", _yaml),
    Family("format/yaml-lies", "lie", _yaml_lies),
    Family("format/nemo", "malicious", _nemo),
    Family("format/r", "malicious", _r),
    Family("format/r-lies", "lie", _r_lies),
    Family("format/xml", "lie", _xml),
    Family("format/boosters", "lie", _boosters),
    Family("format/torchserve", "malicious", _served),
    Family("format/torchserve-lies", "lie", _served_lies),
    Family("format/jsonpickle", "malicious", _json_pickles),
)
