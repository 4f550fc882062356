"""What one function uses by itself: denied names, calls of values that nobody knows, and calls still to be followed."""

from __future__ import annotations

import ast
import builtins
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.listing import harmless
from scanner.inspectors.pickle.listing.source import (
    ClassInfo,
    External,
    Function,
    FunctionInfo,
    Import,
    Meaning,
    Module,
    Variable,
    World,
    dotted_name,
    imports_of,
)

_BUILTINS: Final = frozenset(dir(builtins))
_EXCEPTIONS: Final = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
_CALLS_FIRST: Final = frozenset(("map", "filter", "reduce", "starmap", "accumulate", "takewhile", "dropwhile"))


class Reach(IntEnum):
    """How bad what a function reaches may be."""

    CLEAN = 0
    UNDECIDED = 1
    DENIED = 2


@dataclass(frozen=True, slots=True)
class Callee:
    """A call still to be resolved: ``how`` is ``function``, ``class``, ``own`` (of self), ``super`` or ``method``."""

    how: str
    name: str
    target: FunctionInfo | ClassInfo | None = None


@dataclass(slots=True)
class Facts:
    """What one function uses by itself, and what it calls; ``why`` names the worst use."""

    worst: Reach
    why: str
    callees: list[Callee]

    def note(self, reach: Reach, why: str) -> None:
        """Keep the worst, and the first name for it."""
        if reach > self.worst:
            self.worst, self.why = reach, why


def facts_of(world: World, module: Module, function: Function, *, method: bool) -> Facts:
    """The names that a function and everything written inside it uses; nothing is followed yet."""
    facts = Facts(Reach.CLEAN, "", [])
    scope = _Scope(world, module, function, method)
    for part in _parts(function):
        if isinstance(part, ast.Call):
            _note_call(facts, scope, part)
        elif isinstance(part, (ast.Name, ast.Attribute)) and isinstance(part.ctx, ast.Load):
            for meaning in scope.meanings(part):
                if isinstance(meaning, External) and judge_external(meaning) is Reach.DENIED:
                    facts.note(Reach.DENIED, f"{meaning.module}.{meaning.name}")
            if isinstance(part, ast.Name) and not scope.is_local(part.id) and not scope.meanings(part):
                _note_builtin(facts, part.id)
    return facts


def _parts(function: Function) -> Iterator[ast.AST]:
    pending: deque[ast.AST] = deque([*function.body, *function.args.defaults])
    while pending:
        part = pending.popleft()
        yield part
        for name, child in ast.iter_fields(part):
            if name not in ("annotation", "returns", "decorator_list"):
                pending.extend(
                    one for one in (child if isinstance(child, list) else [child]) if isinstance(one, ast.AST)
                )


class _Scope:
    """The names of one function: its own, those it imports, and those of its module."""

    def __init__(self, world: World, module: Module, function: Function, method: bool) -> None:
        self.world = world
        self.module = module
        arguments = function.args
        named = [*arguments.posonlyargs, *arguments.args]
        self.first = named[0].arg if method and named else ""
        self.nested: set[str] = set()
        self.imports: dict[str, Import] = {}
        self.locals = _argument_names(function)
        package = module.name if module.name in module.library.wheel.packages else module.name.rpartition(".")[0]
        for part in _parts(function):
            if isinstance(part, (ast.Import, ast.ImportFrom)):
                self.imports.update(imports_of(part, package))
            elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.nested.add(part.name)
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                self.locals.add(part.id)
            elif isinstance(part, ast.arg):
                self.locals.add(part.arg)
        self.fetched: dict[str, list[ast.Attribute]] = {}
        self._follow_values(function)

    def _follow_values(self, function: Function) -> None:
        """Names of which every value is known: one lambda, which is a nested function, or attributes of something."""
        bound = Counter(
            part.id for part in _parts(function) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        )
        values: dict[str, list[ast.expr]] = {}
        for part in _parts(function):
            if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
                values.setdefault(part.targets[0].id, []).append(part.value)
        arguments = {part.arg for part in _parts(function) if isinstance(part, ast.arg)} | _argument_names(function)
        for name, assigned in values.items():
            if len(assigned) != bound[name] or name in arguments:
                continue
            if len(assigned) == 1 and isinstance(assigned[0], ast.Lambda):
                self.locals.discard(name)
                self.nested.add(name)
                continue
            fetched = [one for value in assigned if (one := _fetched(value)) is not None]
            if len(fetched) == len(assigned):
                self.fetched[name] = fetched

    def is_local(self, name: str) -> bool:
        return name in self.locals or name in self.nested

    def meanings(self, expression: ast.expr) -> list[Meaning]:
        """What a plain or dotted name stands for; empty for locals, built-ins and anything computed."""
        dotted = dotted_name(expression)
        first, _, rest = dotted.partition(".")
        if not dotted or self.is_local(first):
            return []
        if first in self.imports:
            return self.world.imported(self.imports[first], rest, 8)
        return self.world.meanings(self.module, dotted)


def _argument_names(function: Function) -> set[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {one.arg for one in named if one is not None}


def _fetched(value: ast.expr) -> ast.Attribute | None:
    """``value.name``, also where it is written ``getattr(value, "name", None)``; None for anything else."""
    if isinstance(value, ast.Attribute):
        return value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "getattr":
        owner, name, *default = value.args if len(value.args) > 1 else [value, value]
        if isinstance(name, ast.Constant) and all(isinstance(one, ast.Constant) for one in default):
            return ast.Attribute(owner, str(name.value), ast.Load())
    return None


def _note_builtin(facts: Facts, name: str) -> None:
    if (
        name in _BUILTINS
        and name not in harmless.ATTRIBUTES
        and effect_of("builtins", name) not in (None, "indirection")
    ):
        facts.note(Reach.DENIED, f"builtins.{name}")


def _note_call(facts: Facts, scope: _Scope, call: ast.Call) -> None:
    function = call.func
    _note_callables(facts, scope, call)
    if isinstance(function, ast.Name):
        _note_name(facts, scope, function, call)
    elif isinstance(function, ast.Attribute):
        _note_attribute(facts, scope, function)
    elif not isinstance(function, ast.Lambda):
        facts.note(Reach.UNDECIDED, "calls the result of an expression")


def _note_callables(facts: Facts, scope: _Scope, call: ast.Call) -> None:
    """Functions given to a function that calls them."""
    name = dotted_name(call.func).rpartition(".")[2]
    given = call.args[:1] if name in _CALLS_FIRST else []
    given += [keyword.value for keyword in call.keywords if keyword.arg == "key"]
    for value in given:
        if isinstance(value, (ast.Lambda, ast.Constant)) or (
            isinstance(value, ast.Name) and value.id in harmless.BUILTINS
        ):
            continue
        if isinstance(value, ast.Attribute) and scope.is_local(dotted_name(value).partition(".")[0]):
            _note_attribute(facts, scope, value)
            continue
        meanings = scope.meanings(value)
        if not meanings or (isinstance(value, ast.Name) and value.id in scope.nested):
            facts.note(Reach.UNDECIDED, f"{name} calls a value")
        for meaning in meanings:
            _note_meaning(facts, meaning, dotted_name(value))


def _note_name(facts: Facts, scope: _Scope, function: ast.Name, call: ast.Call) -> None:
    name = function.id
    if name in scope.nested and name not in scope.locals:
        return
    if scope.is_local(name):
        if name == scope.first and name in ("cls", "klass"):
            facts.callees.append(Callee("own", "__init__"))
        elif name in scope.fetched:
            for value in scope.fetched[name]:
                _note_attribute(facts, scope, value)
        else:
            facts.note(Reach.UNDECIDED, f"calls the variable {name}")
        return
    meanings = scope.meanings(function)
    for meaning in meanings:
        _note_meaning(facts, meaning, name)
    if meanings:
        return
    if name in ("setattr", "delattr"):
        if not (call.args and isinstance(call.args[0], ast.Name) and call.args[0].id == scope.first):
            facts.note(Reach.UNDECIDED, f"{name} on another object")
    elif name not in harmless.BUILTINS and name not in _EXCEPTIONS:
        facts.note(Reach.UNDECIDED, f"calls {name}")


def _note_meaning(facts: Facts, meaning: Meaning, written: str) -> None:
    if isinstance(meaning, External):
        facts.note(judge_external(meaning), f"{meaning.module}.{meaning.name}")
    elif isinstance(meaning, FunctionInfo):
        facts.callees.append(Callee("function", meaning.name, meaning))
    elif isinstance(meaning, ClassInfo):
        facts.callees.append(Callee("class", meaning.name, meaning))
    elif "." in written:
        facts.callees.append(Callee("method", written.rpartition(".")[2]))
    elif not (makes_plain_class(meaning) or meaning.name in harmless.VALUES):
        facts.note(Reach.UNDECIDED, f"calls the value {written}")


def _note_attribute(facts: Facts, scope: _Scope, function: ast.Attribute) -> None:
    name, owner = function.attr, function.value
    if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super":
        facts.callees.append(Callee("super", name))
    elif isinstance(owner, ast.Name) and owner.id == scope.first and scope.first:
        for called in ("__new__", "__init__") if name == "__class__" else (name,):
            facts.callees.append(Callee("own", called))
    elif meanings := scope.meanings(function):
        for meaning in meanings:
            _note_meaning(facts, meaning, dotted_name(function))
    elif dotted_name(function).partition(".")[0] in _BUILTINS and not scope.is_local(
        dotted_name(function).partition(".")[0]
    ):
        if name not in harmless.METHODS and name not in ("fromkeys", "maketrans", "fromhex", "from_bytes", "__init__"):
            facts.note(Reach.UNDECIDED, f"calls {dotted_name(function)}")
    else:
        facts.callees.append(Callee("method", name))


def judge_external(meaning: External) -> Reach:
    """What a reference to something without source may do, judged as if a pickle named it."""
    if f"{meaning.module}.{meaning.name}" in harmless.NAMES:
        return Reach.CLEAN
    if not meaning.name or meaning.name.rpartition(".")[2] in harmless.ATTRIBUTES:
        return Reach.CLEAN
    if "." in meaning.name and meaning.name.rpartition(".")[2] in harmless.METHODS:
        return judge_external(External(meaning.module, meaning.name.rpartition(".")[0]))
    if meaning.module == "builtins" and meaning.name in harmless.BUILTINS:
        return Reach.CLEAN
    effect = effect_of(meaning.module, meaning.name)
    if effect is not None and effect != "indirection":
        return Reach.DENIED
    if effect is None and (meaning.module in harmless.MODULES or meaning.module.partition(".")[0] in harmless.MODULES):
        return Reach.CLEAN
    return Reach.UNDECIDED


def makes_plain_class(meaning: Meaning | Import) -> bool:
    """Whether a value is a class that a call made and that has no methods of its own: a named tuple, an abstract base."""
    value = meaning.value if isinstance(meaning, Variable) else None
    return isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] in harmless.CLASS_MAKERS


def is_denied_method(name: str) -> bool:
    """Whether a method of that name has a denied effect whatever it belongs to."""
    if name.startswith("__"):
        return False
    return effect_of("", name) is not None or effect_of("", f"value.{name}") is not None
