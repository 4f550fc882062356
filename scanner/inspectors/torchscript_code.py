"""Python text in torch archives: TorchScript (``code/``) and torch.package. Read as a syntax tree, never compiled or run.

TorchScript is a closed language: what matters is which operators it names. A torch.package holds ordinary Python that its
loader runs, so that it is never known to be safe.
"""

from __future__ import annotations

import ast
import warnings
import zipfile
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import sniff, zip_format
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import RANK, Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import BROKEN
from scanner.sources.blob import Blob

NAME: Final = "torchscript_code"
VERSION: Final = "1"
SOURCE_LIMIT: Final = 1 << 20
"""A syntax tree takes up to 900 times the size of its text."""
TOTAL_LIMIT: Final = 16 << 20
NESTING: Final = 200
NAMESPACES: Final = frozenset(
    {"aten", "prim", "prims", "quantized", "torchvision", "torchaudio", "inductor", "_caffe2"}
)
"""Namespaces of operators that torch and its sister libraries bring."""
FILE_CALLS: Final = frozenset({"torch.from_file", "torch.save", "torch.load", "aten.from_file", "aten.save"})
PROCESS_CALLS: Final = frozenset({"eval", "exec", "compile", "__import__", "system", "popen", "execv", "spawn"})
PROCESS_MODULES: Final = frozenset({"subprocess", "socket", "ctypes", "pty", "urllib", "requests", "http"})
EXTERN: Final = ".data/extern_modules"


def wants(blob: Blob) -> bool:
    """Whether the content is a zip archive; only then can it be one of torch."""
    return sniff(blob.head, blob.size) == "zip"


def inspect(blob: Blob) -> Evidence:
    """What the Python text of a torch archive names; empty evidence for other archives. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    script = package = False
    reasons: set[Reason] = set()
    try:
        with blob.open() as stream, zipfile.ZipFile(stream) as archive:
            names = sorted(set(archive.namelist()))
            package = any(name.endswith("/" + EXTERN) for name in names)
            script = zip_format(names) == "torchscript"
            if package or script:
                reasons |= set(_package(archive, names) if package else _scripts(archive, names))
    except (*BROKEN, NotImplementedError, RuntimeError):
        if package or script:
            raise NotExaminable(UNREADABLE, "code of a torch archive cannot be read") from None
    if package:
        builder.state(blob.ref, "remote_code", {"present": True}, blob.location)
    if reasons:
        state_verdict(builder, blob, "lading", min((one.verdict for one in reasons), key=RANK.index), reasons)
    return builder.build()


def _sources(archive: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[str, ast.Module | None]]:
    """Every Python member with its tree; None where it cannot be parsed."""
    total = 0
    for name in names:
        if not name.endswith(".py"):
            continue
        info = archive.getinfo(name)
        total += info.file_size
        if info.file_size > SOURCE_LIMIT or total > TOTAL_LIMIT:
            raise NotExaminable(OVER_LIMIT, "too much code in a torch archive")
        with archive.open(info) as member:
            yield name, parse(member.read(SOURCE_LIMIT))


def parse(source: bytes) -> ast.Module | None:
    """The syntax tree of a Python text; None when it has none. Raises NotExaminable for one that nests too deeply."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError):
        raise NotExaminable(OVER_LIMIT, "code nests too deeply") from None


def _scripts(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Reason]:
    for name, tree in _sources(archive, [one for one in names if "/code/" in f"/{one}"]):
        if tree is None:
            yield Reason("torchscript-syntax", "code that cannot be parsed", escape(name), "unknown")
            continue
        for path in _paths(tree):
            head, _, rest = path.partition(".")
            if path in FILE_CALLS or path.removeprefix("ops.") in FILE_CALLS:
                yield Reason("torchscript-file-access", escape(path), escape(name), "malicious")
            elif head == "ops" and rest.partition(".")[0] not in NAMESPACES:
                yield Reason("torchscript-custom-operator", escape(path), escape(name), "unknown")
            elif head in ("os", "rpc") or path.startswith(("torch.ops.", "torch.classes.", "torch.distributed.")):
                yield Reason("torchscript-unlisted-call", escape(path), escape(name), "unknown")


def _package(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Reason]:
    for name, tree in _sources(archive, names):
        yield Reason("torch-package-code", "Python that the loader runs", escape(name), "unknown")
        for path in _paths(tree) if tree is not None else ():
            head, last = path.partition(".")[0], path.rpartition(".")[2]
            if (last in PROCESS_CALLS and head in (last, "os", "builtins", "posix")) or (
                head in PROCESS_MODULES and head != path
            ):
                yield Reason("torch-package-process", escape(path), escape(name), "malicious")


def _paths(tree: ast.Module) -> Iterator[str]:
    """Every dotted name that is called, by the modules it was imported from."""
    known: dict[str, str] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.Import):
            known |= {alias.asname: alias.name for alias in one.names if alias.asname}
        elif isinstance(one, ast.ImportFrom) and one.module:
            known |= {alias.asname or alias.name: f"{one.module}.{alias.name}" for alias in one.names}
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and (path := _dotted(one.func)):
            head, dot, rest = path.partition(".")
            yield known.get(head, head) + dot + rest


def _dotted(expression: ast.expr) -> str:
    segments: list[str] = []
    while isinstance(expression, ast.Attribute):
        segments.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name) or len(segments) > NESTING:
        return ""
    return ".".join([expression.id, *reversed(segments)])
