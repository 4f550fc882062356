"""Families of graph formats: TensorFlow, Keras in three containers, HDF5, TorchScript, exported programs."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any, Final

from tests.corpus.family import Family, Item, one_file
from tests.corpus.stream_families import payload
from tests.corpus.tensor_families import ELF
from tests.corpus.wire import hdf5, hdf5_attribute, part
from tests.corpus.zips import Member, zipped
from tests.inspectors.pickle import assembler as asm

DENIED: Final = (
    "ReadFile", "WriteFile", "PyFunc", "PyFuncStateless", "EagerPyFunc", "MatchingFiles", "ImmutableConst",
)  # fmt: skip
FILES: Final = ("TextLineDataset", "TFRecordDataset", "FixedLengthRecordDataset")


def operation(operator: str, *attributes: bytes, name: str = "n") -> bytes:
    """A NodeDef as field 1 of its graph."""
    return part(1, part(1, name) + part(2, operator) + b"".join(part(5, one) for one in attributes))


def text_attribute(name: str, value: str) -> bytes:
    """An attribute that is one text."""
    return part(1, name) + part(2, part(2, value))


def list_attribute(name: str, value: str) -> bytes:
    """An attribute that is a list of one text."""
    return part(1, name) + part(2, part(1, part(2, value)))


def saved_model(graph: bytes, *rest: bytes) -> bytes:
    """A SavedModel of one MetaGraph."""
    return part(1, 1) + part(2, part(1, part(5, "2.21")) + part(2, graph) + b"".join(rest))


def _in_function(operator: str) -> bytes:
    body = part(3, operation(operator)[2:])
    return part(2, part(1, part(1, part(1, "f")) + body))


def _tensorflow() -> Iterator[Item]:
    for operator in DENIED:
        graph = operation("Const") + operation(operator)
        yield one_file(f"saved-{operator}", saved_model(graph), "saved_model.pb")
        yield one_file(f"frozen-{operator}", graph + operation("Add"), "frozen_graph.pb")
        yield one_file(
            f"function-{operator}", saved_model(operation("Const") + _in_function(operator)), "saved_model.pb"
        )
        meta = part(1, part(5, "1.15")) + part(2, graph)
        yield one_file(f"meta-{operator}", meta, "model.ckpt.meta")
    debug = operation("DebugIdentityV2", list_attribute("debug_urls", "grpc://127.0.0.1:9"))
    yield one_file("debug-address", saved_model(operation("Const") + debug), "saved_model.pb")
    printed = operation("PrintV2", text_attribute("output_stream", "file:///root/x"))
    yield one_file("print-to-file", saved_model(operation("Const") + printed), "saved_model.pb")
    asset = part(6, part(2, "../../etc/passwd"))
    yield one_file("asset-parent", saved_model(operation("Const"), asset), "saved_model.pb")
    turned = part(
        2, part(2, operation("WriteFile") + operation("Const", name="turned")) + part(1, part(5, "2.21"))
    ) + part(1, 1)
    yield one_file("fields-turned", turned, "saved_model.pb")
    library = part(2, part(1, part(1, part(1, "f")) + part(3, operation("ReadFile")[2:])))
    yield one_file("library-first", library + operation("Const", name="library"), "frozen.pb")
    yield one_file("other-name", saved_model(operation("Const", name="renamed") + operation("WriteFile")), "model.bin")


def _tensorflow_lies() -> Iterator[Item]:
    for operator in FILES:
        yield one_file(operator, saved_model(operation("Const") + operation(operator)), "saved_model.pb")
    yield one_file("unlisted-operator", saved_model(operation("Const") + operation("MyOwnOp")), "saved_model.pb")
    yield one_file("remote-call", saved_model(operation("Const") + operation("RpcCall")), "saved_model.pb")
    yield one_file("cut", saved_model(operation("Const") + operation("Add", name="cut"))[:-9], "saved_model.pb")


def layer(name: str, module: str | None = "keras.layers", config: Any = None, registered: str | None = None) -> Any:
    """A serialised Keras object."""
    return {"class_name": name, "module": module, "config": config or {}, "registered_name": registered}


CODE: Final = {"class_name": "__lambda__", "config": {"code": "4wEAAAAA", "defaults": None, "closure": None}}
OBJECTS: Final[dict[str, Any]] = {
    "lambda": layer("Lambda", config={"function": CODE}),
    "lambda-nested": layer("TimeDistributed", config={"layer": layer("Lambda", config={"function": CODE})}),
    "lambda-deep": layer("Sequential", "keras", {"layers": [layer("Wrapper", config={"a": [{"b": layer("Lambda")}]})]}),
    "lambda-value": layer("Dense", config={"activation": CODE}),
    "os-class": layer("system", "os"),
    "function-os": {"class_name": "function", "module": "os", "config": "system", "registered_name": "function"},
    "function-eval": {"class_name": "function", "module": "builtins", "config": "eval", "registered_name": "function"},
    "function-exec": {"class_name": "function", "module": "builtins", "config": "exec", "registered_name": "function"},
    "subprocess-class": layer("Popen", "subprocess", {"args": "echo"}),
    "get-file": {
        "class_name": "function",
        "module": "keras.utils",
        "config": "get_file",
        "registered_name": "get_file",
    },
    "unsafe": {
        "class_name": "function",
        "module": "keras.config",
        "config": "enable_unsafe_deserialization",
        "registered_name": "enable_unsafe_deserialization",
    },
    "torch-module": layer(
        "TorchModuleWrapper",
        "keras.src.utils.torch_utils",
        {"module": base64.b64encode(payload("torch-module")).decode()},
    ),
    "denied-initialiser": layer("Dense", config={"kernel_initializer": layer("load", "pickle")}),
    "importlib": layer("import_module", "importlib", {"name": "os"}),
    "subclass-path": layer("run", "runpy"),
}


def _wrapped(entry: Any, title: str) -> Any:
    inputs = layer("InputLayer", config={"batch_shape": [None, 2], "name": title})
    return layer("Functional", "keras", {"name": title, "layers": [inputs, entry]})


def _keras() -> Iterator[Item]:
    for title, entry in OBJECTS.items():
        config = json.dumps(_wrapped(entry, title))
        members = [
            Member("metadata.json", b"{}"),
            Member("config.json", config.encode()),
            Member("model.weights.h5", b""),
        ]
        yield one_file(f"archive-{title}", zipped(members), "model.keras")
        yield one_file(f"json-{title}", config.replace('"name"', ' "name"').encode(), "model.json")
        yield one_file(f"h5-{title}", hdf5(hdf5_attribute("model_config", config.encode() + b" ")), "model.h5")
    escaped = json.dumps(_wrapped(OBJECTS["lambda"], "escaped")).replace("Lambda", "\\u004cambda")
    yield one_file(
        "escaped", zipped([Member("metadata.json", b"{}"), Member("config.json", escaped.encode())]), "m.keras"
    )
    beside = [
        Member("config.json", json.dumps(_wrapped(layer("Dense"), "asset")).encode()),
        Member("metadata.json", b"{}"),
    ]
    yield one_file("asset-pickle", zipped([*beside, Member("assets/vocabulary.pkl", payload("asset"))]), "model.keras")
    training = json.dumps({"loss": OBJECTS["function-os"]})
    yield one_file("training-config", hdf5(hdf5_attribute("training_config", training.encode())), "model.h5")


def _keras_lies() -> Iterator[Item]:
    entries = {
        "custom": layer("MyLayer", "my_package.layers", registered="my_package>MyLayer"),
        "custom-function": {"class_name": "function", "module": "project.utils", "config": "f", "registered_name": "f"},
        "vocabulary-path": layer("TextVectorization", config={"vocabulary": "/etc/passwd"}),
    }
    for title, entry in entries.items():
        config = json.dumps(_wrapped(entry, title)).encode()
        yield one_file(title, zipped([Member("metadata.json", b"{}"), Member("config.json", config)]), "model.keras")
    deep = b'{"class_name": "Sequential", "config": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    yield one_file("deep", zipped([Member("metadata.json", b"{}"), Member("config.json", deep)]), "model.keras")
    broken = [Member("metadata.json", b"{}"), Member("config.json", b'{"class_name": "Lam')]
    yield one_file("broken", zipped(broken), "model.keras")


def _hdf5() -> Iterator[Item]:
    for kind, title in ((3, "string"), (5, "opaque")):
        attribute = hdf5_attribute("info", payload(f"hdf5-{title}", None), kind)
        yield one_file(f"pickle-in-{title}", hdf5(attribute), "weights.h5")
        binary = hdf5_attribute("blob", payload(f"hdf5-binary-{title}"), kind)
        yield one_file(f"binary-pickle-in-{title}", hdf5(binary), "data.hdf5")
    yield one_file("under-another-name", hdf5(hdf5_attribute("info", payload("hdf5-name", None))), "weights.bin")


def _hdf5_lies() -> Iterator[Item]:
    names = b"/etc/passwd\0"
    external = struct.pack("<BxxxHHQ", 1, 1, 1, 0)
    message = struct.pack("<HHB3x", 7, len(external) + 24, 0) + external + struct.pack("<QQQ", 0, 0, len(names))
    yield one_file("external-file", hdf5(message), "weights.h5")
    whole = hdf5(hdf5_attribute("model_config", json.dumps(_wrapped(layer("Dense"), "h5-cut")).encode()))
    yield one_file("cut", whole[:-60], "weights.h5")
    yield one_file("unknown-superblock", whole[:8] + b"\x09" + whole[9:], "weights.h5")


TORCH_CODE: Final = {
    "from-file": "return torch.from_file('/etc/passwd', True, 10)",
    "aten-from-file": "return ops.aten.from_file('/etc/passwd')",
    "save": "torch.save(x, '/root/x')",
}


def _torchscript() -> Iterator[Item]:
    data = asm.pickle(asm.NONE, protocol=2)

    def archive(title: str, *members: Member) -> Item:
        return one_file(
            title, zipped([Member("m/data.pkl", data), Member("m/version", title.encode()), *members]), "m.pt"
        )

    for title, line in TORCH_CODE.items():
        text = f"def forward(self, x: Tensor) -> Tensor:\n    {line}\n"
        yield archive(title, Member("m/code/__torch__/m.py", text.encode()))
        yield archive(f"{title}-deep", Member("m/code/__torch__/a/b/c.py", text.encode()))
    for name in ("constants.pkl", "code/__torch__.py.debug_pkl", "traced_inputs.pkl"):
        code = Member("m/code/__torch__.py", b"def forward(self, x: Tensor) -> Tensor:\n    return x\n")
        yield archive(name.replace("/", "-"), code, Member(f"m/{name}", payload(f"script-{name}")))
    for title, line in {
        "system": "import os\nos.system('echo package')",
        "eval": "eval('1')",
        "socket": "import socket\nsocket.create_connection(('127.0.0.1', 9))",
        "subprocess": "from subprocess import run\nrun(['echo'])",
    }.items():
        yield archive(
            f"package-{title}", Member("m/.data/extern_modules", b"torch\n"), Member("m/mine.py", line.encode())
        )


def _torchscript_lies() -> Iterator[Item]:
    data = asm.pickle(asm.NONE, protocol=2)
    lines = {
        "custom-operator": "return ops.mine.run(x)",
        "getenv": "return os.getenv('x')",
        "syntax": "return (",
    }
    for title, line in lines.items():
        text = f"def forward(self, x: Tensor) -> Tensor:\n    {line}\n".encode()
        yield one_file(title, zipped([Member("m/data.pkl", data), Member("m/code/__torch__/m.py", text)]), "m.pt")
    package = [Member("m/data.pkl", data), Member("m/.data/extern_modules", b""), Member("m/mine.py", b"x = 1\n")]
    yield one_file("package", zipped(package), "m.pt")


def _exported() -> Iterator[Item]:
    base = [Member("m/archive_format", b"pt2"), Member("m/models/model.json", b'{"graph_module": {}}')]
    inputs = zipped([Member("inputs/data.pkl", payload("sample-inputs"))])
    yield one_file("sample-inputs", zipped([*base, Member("m/data/sample_inputs/model.pt", inputs)]), "model.pt2")
    bare = Member("m/data/sample_inputs/model.pt", payload("bare-sample-inputs"))
    yield one_file("bare-sample-inputs", zipped([*base, bare]), "model.pt2")
    custom = Member("m/data/constants/custom_obj_0", payload("custom-object"))
    yield one_file("custom-object", zipped([*base, custom]), "model.pt2")


def _exported_lies() -> Iterator[Item]:
    base = [Member("m/archive_format", b"pt2"), Member("m/models/model.json", b'{"graph_module": {"x": 1}}')]
    native = Member("m/data/aotinductor/model/k.so", ELF)
    yield one_file("native-code", zipped([*base, native]), "model.pt2")
    program = struct.pack("<I", 24) + b"ET12" + bytes(64)
    yield one_file("executorch-with-program", program + ELF, "model.pte")
    yield one_file("executorch-with-pickle", program + payload("executorch"), "model.pte")


FAMILIES = (
    Family("format/tensorflow", "malicious", _tensorflow),
    Family("format/tensorflow-lies", "lie", _tensorflow_lies),
    Family("format/keras", "malicious", _keras),
    Family("format/keras-lies", "lie", _keras_lies),
    Family("format/hdf5", "malicious", _hdf5),
    Family("format/hdf5-lies", "lie", _hdf5_lies),
    Family("format/torchscript", "malicious", _torchscript),
    Family("format/torchscript-lies", "lie", _torchscript_lies),
    Family("format/exported-program", "malicious", _exported),
    Family("format/exported-program-lies", "lie", _exported_lies),
)
