"""Keras configurations: the tree of objects that a loader builds from JSON, judged and never built.

Serialised objects: ``keras.saving.serialization_lib`` of Keras 3 (``module``, ``class_name``, ``config``,
``registered_name``) and the older form without a module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.references import verdict_of
from scanner.inspectors.statements import RANK, Import, Reason

OBJECTS: Final = 1_000_000
PACKAGES: Final = frozenset({"keras", "tf_keras", "keras_hub", "keras_nlp", "keras_cv"})
"""Packages whose layers are data; of functions only those of :data:`MATHEMATICS`."""
MATHEMATICS: Final = frozenset(
    {"activations", "losses", "metrics", "initializers", "regularizers", "constraints", "ops", "random", "applications"}
)
GRAPH_CALLS: Final = frozenset({"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"})
"""Layers of Keras 2 that name the TensorFlow function they call."""
GRAPH_EFFECTS: Final = (
    "io.", "raw_ops.", "data.", "py_function", "numpy_function", "load_", "compat.", "sysconfig.", "debugging.", "print",
)  # fmt: skip
FILE_PATH: Final = "keras-file-path"


def parse(data: str | bytes) -> Any:
    """The value of a JSON text. Raises NotExaminable."""
    try:
        return json.loads(data)
    except RecursionError:
        raise NotExaminable(OVER_LIMIT, "JSON nests too deeply") from None
    except ValueError:
        raise NotExaminable(UNREADABLE, "not valid JSON") from None


def is_keras_object(value: Any) -> bool:
    """Whether a JSON value is a serialised object: what a model file has at its top."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def keras_reasons(value: Any, place: str) -> Iterator[Reason]:
    """What the objects in a configuration would make a loader do, whatever the keys they lie under."""
    for one in _objects(value):
        for code, detail, verdict in _judge(one):
            yield Reason(code, escape(detail), place, verdict)


def keras_imports(value: Any) -> Iterator[Import]:
    """The Python objects that a loader of this configuration would import: classes to call, functions to refer to.

    A class without a module is one of Keras's own: older configurations name none.
    """
    for one in _objects(value):
        name, module = one.get("class_name"), one.get("module")
        if isinstance(name, str) and (isinstance(module, str) or is_keras_object(one)):
            module = module if isinstance(module, str) else "keras"
            target = _imported(one)
            said = (verdict for code, _, verdict in _judge(one) if code != FILE_PATH)
            verdict = min(said, key=RANK.index, default="known-safe")
            yield Import(escape(f"{module}.{target}"), "call" if target == name else "ref", verdict)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a JSON value, without recursion. Raises NotExaminable(over_limit)."""
    todo = [value]
    for _ in range(OBJECTS):
        if not todo:
            return
        one = todo.pop()
        if isinstance(one, dict):
            yield one
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
    raise NotExaminable(OVER_LIMIT, f"more than {OBJECTS} values in a Keras configuration")


def _judge(one: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    name, module, config = one.get("class_name"), one.get("module"), one.get("config")
    if not isinstance(name, str):
        return
    if name in ("Lambda", "__lambda__"):
        yield "keras-lambda", "a layer with Python code of its own", "malicious"
        return
    if name == "TorchModuleWrapper":
        yield "keras-torch-module", "a pickled torch module inside a layer", "malicious"
        return
    registered = one.get("registered_name")
    custom = isinstance(registered, str) and ">" in registered
    if custom:
        yield "keras-custom-object", f"{registered!s:.120}", "unknown"
    if isinstance(module, str):
        yield from _reference(module, _imported(one), custom)
    if isinstance(config, dict):
        if name in GRAPH_CALLS:
            yield from _graph_call(config.get("function"))
        if isinstance(config.get("vocabulary"), str):
            yield FILE_PATH, "a vocabulary is read from a path", "unknown"


def _imported(one: Mapping[str, Any]) -> str:
    """The name in its module that an object with a class name asks for: its class, or the function it stands for."""
    name, config = str(one["class_name"]), one.get("config")
    return config if isinstance(config, str) and name in ("function", "builtin_function_or_method") else name


def _reference(module: str, name: str, custom: bool) -> Iterator[tuple[str, str, str]]:
    shown = f"{module:.80}.{name:.80}"
    verdict = verdict_of(module, name)
    if verdict == "malicious":
        yield "keras-denied-reference", shown, "malicious"
    elif not custom and not _is_keras(module, name) and verdict == "unknown":
        yield "keras-unlisted-reference", shown, "unknown"


def _is_keras(module: str, name: str) -> bool:
    segments = module.removeprefix("tensorflow.python.").removeprefix("tensorflow.").split(".")
    if segments[0] not in PACKAGES:
        return False
    return name.lstrip("_")[:1].isupper() or not MATHEMATICS.isdisjoint(segments[1:])


def _graph_call(function: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(function, str):
        return
    if effect_of("tensorflow", function) is not None:
        yield "keras-denied-reference", f"tensorflow.{function:.80}", "malicious"
    elif function.startswith(GRAPH_EFFECTS):
        yield "keras-graph-call", f"tensorflow.{function:.80}", "unknown"
