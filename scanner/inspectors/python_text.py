"""Python text inside archives: read as a syntax tree, never compiled or run."""

from __future__ import annotations

import ast
import warnings
import zipfile
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable

SOURCE_LIMIT: Final = 1 << 20
"""A syntax tree takes up to 900 times the size of its text."""
TOTAL_LIMIT: Final = 16 << 20
NESTING: Final = 200
PROCESS_CALLS: Final = frozenset({"eval", "exec", "compile", "__import__", "system", "popen", "execv", "spawn"})
PROCESS_MODULES: Final = frozenset({"subprocess", "socket", "ctypes", "pty", "urllib", "requests", "http"})


def sources(archive: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Every Python member with its text. Raises NotExaminable for too much of it."""
    total = 0
    for name in names:
        if not name.endswith(".py"):
            continue
        info = archive.getinfo(name)
        total += info.file_size
        if info.file_size > SOURCE_LIMIT or total > TOTAL_LIMIT:
            raise NotExaminable(OVER_LIMIT, "too much code in a torch archive")
        with archive.open(info) as member:
            yield name, member.read(SOURCE_LIMIT)


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


def process_calls(tree: ast.Module) -> Iterator[str]:
    """Calls that start a process, evaluate text, load native code or open connections."""
    for path in called(tree):
        head, last = path.partition(".")[0], path.rpartition(".")[2]
        if (last in PROCESS_CALLS and head in (last, "os", "builtins", "posix")) or (
            head in PROCESS_MODULES and head != path
        ):
            yield path


def called(tree: ast.Module) -> Iterator[str]:
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
