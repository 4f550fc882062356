"""CEL conditions: compile, evaluate, and tell missing evidence from a mistake; the only importer of cel_expr_python.

An evaluation has three outcomes: true, false, or :class:`Undecided`. Undecided is ``unknown`` when a field path that the
expression reads is absent from the artifact, and ``error`` otherwise (wrong form of data, evaluation budget).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scanner.errors import PolicyError
from scanner.model import Json
from scanner.policy.syntax import Expression, Read, conjuncts, parse, reads

MAX_LENGTH: Final = 300
_COLUMN: Final = re.compile(r"<input>:\d+:(\d+): ([^\n]*)")
_TYPES: Final = {
    "string": "STRING",
    "int": "INT",
    "number": "DOUBLE",
    "bool": "BOOL",
    "duration": "DURATION",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Undecided:
    """``unknown`` (``missing`` names the absent field path) or ``error`` (``missing`` is empty)."""

    verdict: str
    missing: str = ""


Outcome = bool | Undecided
ERROR: Final = Undecided("error")


@dataclass(frozen=True, slots=True)
class Scope:
    """The values one evaluation may read; shared by all expressions of a bundle on one artifact."""

    artifact: Mapping[str, Json]
    item: Json
    activation: Any


class Evaluator:
    """Compiles and evaluates the conditions of one bundle, whose parameters are typed variables."""

    def __init__(self, types: Mapping[str, str], values: Mapping[str, Any]) -> None:
        try:
            from cel_expr_python import cel
        except ImportError:
            problem = "policy engine: cel-expr-python is not installed; install Lading with its dependencies"
            raise PolicyError(problem) from None
        variables = {f"params.{name}": _type(cel, word) for name, word in types.items()}
        variables |= {"artifact": cel.Type.DYN, "now": cel.Type.TIMESTAMP}
        self._env = cel.NewEnv(variables=variables)
        self._item_env = cel.NewEnv(variables={**variables, "item": cel.Type.DYN})
        self._values = {f"params.{name}": value for name, value in values.items()}

    def compile(self, text: str, where: str, *, with_item: bool = False) -> Program:
        """A program for one line of CEL. Raises PolicyError with the column."""
        if len(text) > MAX_LENGTH:
            raise PolicyError(f"{where}: longer than {MAX_LENGTH} characters; split the condition")
        env = self._item_env if with_item else self._env
        try:
            compiled = env.compile(text)
        except RuntimeError as error:
            match = _COLUMN.search(str(error))
            column, what = (match[1], match[2]) if match else ("1", "not an expression")
            what = what if what.isprintable() else ascii(what)
            raise PolicyError(f"{where}: column {column}: {what}; correct the expression") from None
        kind = compiled.return_type().name()
        if kind not in ("BOOL", "DYN"):
            raise PolicyError(f"{where}: gives {kind}, not true or false; compare it with something")
        tree, positions = parse(compiled.serialize())
        return Program(text, compiled, tree, tuple(reads(tree)), tuple(conjuncts(text, tree, positions)))

    def scope(self, artifact: Mapping[str, Json], now: datetime, item: Json = None) -> Scope:
        """What expressions see: the artifact's fields, an aware time, and for ``each`` one member of a list."""
        data = {"artifact": artifact, "item": item, "now": now, **self._values}
        return Scope(artifact, item, (self._env if item is None else self._item_env).Activation(data))


def _type(cel: Any, word: str) -> Any:
    return cel.Type.List(cel.Type.STRING) if word == "list(string)" else getattr(cel.Type, _TYPES[word])


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled condition."""

    text: str
    _compiled: Any
    tree: Expression
    reads: tuple[Read, ...]
    conjuncts: tuple[str, ...]

    def groups(self) -> set[str]:
        """The top-level fields of the artifact that the condition reads."""
        return {read.path[1] for read in self.reads if read.path[0] == "artifact" and len(read.path) > 1}

    def decide(self, scope: Scope) -> Outcome:
        """True, False, or why neither can be said. Never raises."""
        try:
            value = self._compiled.eval(scope.activation).value()
        except RuntimeError:
            return ERROR
        if value is True:
            return True
        if value is False:
            return False
        return self._undecided(scope)

    def _undecided(self, scope: Scope) -> Undecided:
        absent = self.missing(scope.artifact, scope.item)
        return Undecided("unknown", absent) if absent else ERROR

    def missing(self, artifact: Mapping[str, Json], item: Json = None) -> str:
        """The first field path that the condition reads and that is absent; empty when all are there."""
        for read in self.reads:
            if not read.tested and read.path[0] in ("artifact", "item") and not present(artifact, item, read.path):
                return str(read)
        return ""


def present(artifact: Mapping[str, Json], item: Json, path: Sequence[str]) -> bool:
    """Whether every key of the path exists; a value that is no mapping ends the search as present."""
    value: Json = artifact if path[0] == "artifact" else item
    for name in path[1:]:
        if not isinstance(value, Mapping):
            return True
        if name not in value:
            return False
        value = value[name]
    return True


def look_up(artifact: Mapping[str, Json], item: Json, path: Sequence[str]) -> Json:
    """The value at a field path; None where it is absent."""
    value: Json = artifact if path[0] == "artifact" else item
    for name in path[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
