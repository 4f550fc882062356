"""Modules as syntax trees, and what a name in one of them stands for."""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from scanner.inspectors.pickle.listing.wheels import Wheel

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

LONGEST_IMPORT_CHAIN: Final = 12
_BUILTINS: Final = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """A name bound by an import: ``module``, or ``attribute`` of it."""

    module: str
    attribute: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ClassInfo:
    """A class as its module defines it. ``repeated`` says that the module binds the name more than once."""

    module: Module
    name: str
    definition: ast.ClassDef
    functions: dict[str, list[Function]]
    assigned: dict[str, ast.expr | None]


@dataclass(frozen=True, slots=True, eq=False)
class FunctionInfo:
    """A function of a module."""

    module: Module
    name: str
    definition: Function


@dataclass(frozen=True, slots=True, eq=False)
class External:
    """Something that no source at hand defines: a compiled module, another library, the standard library."""

    module: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A name that a module binds to a value, with the expression where it is a plain assignment."""

    module: Module
    name: str
    value: ast.expr | None = None


Binding: TypeAlias = ClassInfo | FunctionInfo | Import | Variable
Meaning: TypeAlias = "ClassInfo | FunctionInfo | External | Variable | Module"


@dataclass(slots=True, eq=False)
class Module:
    """One module: the names it binds, and the modules that it takes all names from."""

    name: str
    library: Library
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


class Library:
    """All modules of one wheel, each parsed when it is first asked for."""

    def __init__(self, wheel: Wheel) -> None:
        self.wheel = wheel
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """The module of that name; None when the wheel has no source for it."""
        if name not in self._modules:
            source = self.wheel.sources.get(name)
            self._modules[name] = None if source is None else self._parse(name, source)
        return self._modules[name]

    def _parse(self, name: str, source: bytes) -> Module | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        module = Module(name, self)
        package = name if name in self.wheel.packages else name.rpartition(".")[0]
        for statement in statements(tree.body):
            _bind(module, statement, package)
        return module

    def modules(self) -> Iterator[Module]:
        """Every module that can be parsed, by name."""
        for name in sorted(self.wheel.sources):
            module = self.module(name)
            if module is not None:
                yield module


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of its branches, not of the functions and classes in it."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.For, ast.While, ast.With)):
            yield from statements(statement.body)
            yield from statements(getattr(statement, "orelse", []))
        elif isinstance(statement, ast.Try):
            for part in (statement.body, statement.orelse, statement.finalbody):
                yield from statements(part)
            for handler in statement.handlers:
                yield from statements(handler.body)


def imports_of(statement: ast.stmt, package: str) -> Iterator[tuple[str, Import]]:
    """The names that an import statement binds; ``*`` for all names of a module."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if alias.asname:
                yield alias.asname, Import(alias.name)
            else:
                yield alias.name.partition(".")[0], Import(alias.name.partition(".")[0])
    elif isinstance(statement, ast.ImportFrom):
        base = statement.module or ""
        if statement.level:
            parts = package.split(".")
            parts = parts[: len(parts) - statement.level + 1]
            base = ".".join([*parts, base] if base else parts)
        for alias in statement.names:
            yield alias.asname or alias.name, Import(base, alias.name)


def target_names(statement: ast.stmt) -> Iterator[str]:
    """The plain names that an assignment binds."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.AugAssign, ast.For)) or (isinstance(statement, ast.AnnAssign) and statement.value):
        targets = [statement.target]
    for target in targets:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def _bind(module: Module, statement: ast.stmt, package: str) -> None:
    bindings = module.bindings
    if isinstance(statement, ast.ClassDef):
        bindings.setdefault(statement.name, []).append(_class_info(module, statement))
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        bindings.setdefault(statement.name, []).append(FunctionInfo(module, statement.name, statement))
    for name, imported in imports_of(statement, package):
        if name == "*":
            module.stars.append(imported.module)
        else:
            bindings.setdefault(name, []).append(imported)
    plain = isinstance(statement, ast.AnnAssign) or (
        isinstance(statement, ast.Assign) and all(isinstance(target, ast.Name) for target in statement.targets)
    )
    for name in target_names(statement):
        bindings.setdefault(name, []).append(
            Variable(module, name, getattr(statement, "value", None) if plain else None)
        )


def _class_info(module: Module, definition: ast.ClassDef) -> ClassInfo:
    functions: dict[str, list[Function]] = {}
    assigned: dict[str, ast.expr | None] = {}
    for statement in statements(definition.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions.setdefault(statement.name, []).append(statement)
        for name in target_names(statement):
            assigned[name] = getattr(statement, "value", None)
    return ClassInfo(module, definition.name, definition, functions, assigned)


class World:
    """The library being listed and those that it builds on."""

    def __init__(self, libraries: list[Library]) -> None:
        self._by_name = {name: library for library in libraries for name in library.wheel.libraries}

    def module(self, name: str) -> Module | None:
        """The module of that full name, whichever library holds it."""
        library = self._by_name.get(name.partition(".")[0])
        return library.module(name) if library else None

    def imported_by(self, library: Library) -> list[Library]:
        """The other libraries at hand that the modules of a library import."""
        names = {
            binding.module.partition(".")[0]
            for module in library.modules()
            for bindings in module.bindings.values()
            for binding in bindings
            if isinstance(binding, Import)
        }
        found = {id(other): other for name, other in self._by_name.items() if name in names and other is not library}
        return sorted(found.values(), key=lambda other: other.wheel.name)

    def meanings(self, module: Module, dotted: str, hops: int = LONGEST_IMPORT_CHAIN) -> list[Meaning]:
        """Everything that a dotted name may stand for at the level of a module; empty when nothing binds it."""
        first, _, rest = dotted.partition(".")
        found: list[Meaning] = []
        bindings = module.bindings.get(first)
        if bindings is None:
            for star in module.stars:
                source = self.module(star)
                if (
                    source is not None
                    and source is not module
                    and hops
                    and (got := self.meanings(source, first, hops - 1))
                ):
                    return [one for meaning in got for one in self._within(meaning, rest, hops)]
            submodule = self.module(f"{module.name}.{first}")
            return self._within(submodule, rest, hops) if submodule is not None else []
        for binding in bindings:
            if isinstance(binding, Import) and (binding.module, binding.attribute) == (module.name, first):
                submodule = self.module(f"{module.name}.{first}")
                found += self._within(submodule, rest, hops) if submodule else [_external(module.name, dotted)]
            elif isinstance(binding, Import):
                found += self.imported(binding, rest, hops)
            elif isinstance(binding, Variable) and hops and (alias := _alias(binding.value)) not in ("", first):
                found += self.alias(module, ".".join(part for part in (alias, rest) if part), hops - 1)
            else:
                found += self._within(binding, rest, hops)
        return found

    def alias(self, module: Module, dotted: str, hops: int) -> list[Meaning]:
        """What a name assigned from another name stands for; a built-in is external."""
        found = self.meanings(module, dotted, hops)
        if not found and dotted in _BUILTINS:
            return [External("builtins", dotted)]
        return found or [Variable(module, dotted)]

    def imported(self, binding: Import, rest: str, hops: int) -> list[Meaning]:
        """What ``rest`` below an imported name stands for."""
        dotted = ".".join(part for part in (binding.attribute, rest) if part)
        source = self.module(binding.module)
        if source is None or not hops:
            return [_external(binding.module, dotted)]
        if not dotted:
            return [source]
        return self.meanings(source, dotted, hops - 1) or [_external(binding.module, dotted)]

    def _within(self, meaning: Meaning, rest: str, hops: int) -> list[Meaning]:
        if not rest:
            return [meaning]
        if isinstance(meaning, Module):
            return self.meanings(meaning, rest, hops - 1) if hops else [_external(meaning.name, rest)]
        if isinstance(meaning, External):
            return [_external(meaning.module, f"{meaning.name}.{rest}" if meaning.name else rest)]
        if isinstance(meaning, ClassInfo):
            owner, attribute = meaning, rest
            if "." not in attribute and attribute in owner.functions:
                return [
                    FunctionInfo(owner.module, f"{owner.name}.{attribute}", one) for one in owner.functions[attribute]
                ]
        return [Variable(meaning.module, rest)]


def dotted_name(expression: ast.expr) -> str:
    """``a.b.c`` as written, or the empty string for any other expression."""
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    return ".".join([expression.id, *reversed(parts)]) if isinstance(expression, ast.Name) else ""


def _alias(value: ast.expr | None) -> str:
    """The name that a value is, or that a cache or a partial call stands for; empty for anything else."""
    if isinstance(value, ast.Call) and value.args:
        function = value.func.func if isinstance(value.func, ast.Call) else value.func
        if dotted_name(function).rpartition(".")[2] in ("lru_cache", "cache", "partial"):
            return dotted_name(value.args[0])
    return dotted_name(value) if value is not None else ""


def _external(module: str, name: str) -> External:
    """``os`` and ``path.join`` are ``os.path`` and ``join``: the deepest module that is known to be one."""
    first, _, rest = name.partition(".")
    if first in _SUBMODULES.get(module, ()):
        return External(f"{module}.{first}", rest)
    return External(module, name)


_SUBMODULES: Final = {
    "os": ("path",), "collections": ("abc",), "numpy": ("linalg", "random", "fft", "ma", "core", "lib", "polynomial", "testing"),
    "importlib": ("util", "metadata", "machinery"), "concurrent": ("futures",), "torch": ("nn", "jit", "hub", "optim"),
    "multiprocessing": ("pool",), "logging": ("config", "handlers"), "urllib": ("request", "parse"), "xml": ("etree",),
}  # fmt: skip
