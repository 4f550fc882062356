"""skops: the object tree of ``schema.json`` names what its loader would import and call; nothing is loaded.

Each node names a loader (``__loader__``), a module and a class or function. They are judged like the references of a
pickle: by effect and by the known-safe list, never by what happens to be installed. Format: skops 0.16 ``skops.io``.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import zip_format
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.known_safe import class_rule, exact_rule
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Import, Reason, state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import BROKEN_ZIP
from scanner.sources.blob import Blob
from scanner.sources.zip_members import member_names
from scanner.sources.zip_records import is_zip

NAME: Final = "skops_schema"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
DATA_LOADERS: Final = frozenset(
    {
        "DictNode", "DefaultDictNode", "ListNode", "SetNode", "TupleNode", "SliceNode", "JsonNode", "BytesNode",
        "BytearrayNode", "NdArrayNode", "MaskedArrayNode", "RandomStateNode", "RandomGeneratorNode", "DTypeNode",
        "SparseMatrixNode", "CachedNode", "TypeNode", "OrderedDictNode", "DatetimeNode",
    }
)  # fmt: skip
"""Loaders that build data; what they name is judged all the same when it is not a builtin."""
LOADERS: Final = DATA_LOADERS | {
    "FunctionNode", "PartialNode", "ConstructorFromReduceNode", "ObjectNode", "MethodNode", "OperatorFuncNode",
    "TreeNode", "LossNode", "ReduceNode", "QuantileForestNode", "DictWithDeprecatedKeysNode",
}  # fmt: skip
"""Every loader of skops up to 0.16; what another one does is not known."""


def wants(blob: Blob) -> bool:
    """Whether the content is a zip archive; only then can it be a skops file."""
    return is_zip(blob)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one skops file; empty evidence for another kind of zip. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    names = member_names(blob)
    if "schema.json" not in names:
        return builder.build()
    try:
        with blob.open() as stream, zipfile.ZipFile(stream) as archive:
            info = archive.getinfo("schema.json")
            if info.file_size > LIMIT:
                raise NotExaminable(OVER_LIMIT, "schema.json is too large")
            with archive.open(info) as member:
                raw = member.read(LIMIT + 1)
    except BROKEN_ZIP:
        raise NotExaminable(UNREADABLE, "schema.json cannot be unpacked") from None
    try:
        schema = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotExaminable(UNREADABLE, "schema.json is not JSON") from None
    if zip_format(names) != "skops" and not (isinstance(schema, dict) and "__loader__" in schema):
        return builder.build()
    nodes = list(_nodes(schema))
    reasons = [reason for node in nodes if (reason := _judge(node)) is not None]
    state_reasons(builder, blob, reasons)
    state_imports(builder, blob, map(_import, nodes))
    return builder.build()


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every node of the tree, without recursion."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if "__loader__" in one or "__module__" in one:
                yield one
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)


def _target(node: Mapping[str, Any]) -> tuple[str, str, str]:
    """Loader, module and name of what a node names."""
    loader = str(node.get("__loader__", ""))
    module, name = str(node.get("__module__", "")), str(node.get("__class__", ""))
    if loader == "FunctionNode":
        content = node.get("content")
        target = content if isinstance(content, dict) else node
        module, name = str(target.get("module_path", module)), str(target.get("function", name))
    return loader, module, name


def _import(node: Mapping[str, Any]) -> Import:
    loader, module, name = _target(node)
    reason = _judge(node)
    how = "ref" if loader in ("FunctionNode", "TypeNode") else "call"
    return Import(escape(f"{module}.{name}"), how, "known-safe" if reason is None else reason.verdict)


def _judge(node: Mapping[str, Any]) -> Reason | None:
    loader, module, name = _target(node)
    shown = f"{module[:80]}.{name[:80]} by {loader[:40]}"
    if effect_of(module, name) is not None:
        return Reason("skops-denied-reference", shown, "schema.json", "malicious")
    if loader in DATA_LOADERS and module == "builtins":
        return None
    if loader and loader not in LOADERS:
        return Reason("skops-unlisted-reference", shown, "schema.json", "unknown")
    if exact_rule(module, name) is not None or class_rule(module, name) is not None:
        return None
    return Reason("skops-unlisted-reference", shown, "schema.json", "unknown")
