"""Objects that jsonpickle builds from JSON: the names that it imports and the functions that it calls.

Keys: jsonpickle.tags of jsonpickle 4. A reader calls what ``py/reduce`` and ``py/function`` name, and older ones evaluate
``py/repr``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.keras_objects import parse
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.references import verdict_of
from scanner.inspectors.statements import Import, Reason, state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "jsonpickle_objects"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
VALUES: Final = 5_000_000
NAMES: Final = {"py/object": "call", "py/type": "ref", "py/function": "call", "py/mod": "ref"}
"""Keys whose value is a dotted name, and what a reader does with it."""
EVALUATED: Final = "py/repr"
_MARKS: Final = (*(f'"{key}"'.encode() for key in (*NAMES, EVALUATED)), b'"py\\/', b'"py\\u002f', b'"py\\u002F')


def wants(blob: Blob) -> bool:
    """Whether the content is JSON with a key of jsonpickle in what is known of it."""
    known = blob.content if blob.content is not None else blob.head
    return known[:64].lstrip()[:1] in (b"{", b"[") and b'"py' in known and any(mark in known for mark in _MARKS)


def inspect(blob: Blob) -> Evidence:
    """Verdict of one document; empty evidence for other JSON. Raises NotExaminable(over_limit)."""
    builder = EvidenceBuilder(NAME)
    try:
        value: Any = parse(blob.read(LIMIT))
    except NotExaminable as error:
        if error.reason == OVER_LIMIT:
            raise
        return builder.build()
    told = {*_told(value)}
    reasons = {one for one in told if isinstance(one, Reason)}
    imports = {one for one in told if isinstance(one, Import)}
    if reasons or imports:
        state_imports(builder, blob, imports)
        state_reasons(builder, blob, reasons, f"{len(imports)} known references")
    return builder.build()


def _told(value: Any) -> Iterator[Reason | Import]:
    todo = [value]
    for _ in range(VALUES):
        if not todo:
            return
        one = todo.pop()
        if isinstance(one, dict):
            for key, how in NAMES.items():
                if isinstance(one.get(key), str):
                    yield from _named(one[key], how)
            if isinstance(one.get(EVALUATED), str):
                yield Reason("jsonpickle-evaluates-text", escape(one[EVALUATED]), "whole file", "malicious")
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
    raise NotExaminable(OVER_LIMIT, f"more than {VALUES} values in a document of jsonpickle")


def _named(name: str, how: str) -> Iterator[Reason | Import]:
    module, _, attribute = name.rpartition(".")
    verdict = verdict_of(module or "builtins", attribute)
    yield Import(escape(name), how, verdict)
    if verdict == "malicious":
        yield Reason("jsonpickle-denied-reference", escape(name), "whole file", verdict)
    elif verdict == "unknown":
        yield Reason("jsonpickle-unlisted-reference", escape(name), "whole file", verdict)
