"""Which classes and reconstructing functions of a library are safe in a pickle, and how a pickle may use them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.listing import harmless
from scanner.inspectors.pickle.listing.facts import Reach, makes_plain_class
from scanner.inspectors.pickle.listing.lineage import Lineage
from scanner.inspectors.pickle.listing.reach import CONSTRUCTORS, Outcome, Step, Walker
from scanner.inspectors.pickle.listing.source import (
    ClassInfo,
    Function,
    FunctionInfo,
    Library,
    Module,
    World,
    dotted_name,
)
from scanner.inspectors.pickle.listing.wheels import is_hidden

How = Literal["new", "call"]

LOADED: Final = (
    "__new__", "__setstate__", "__setattr__", "__delattr__", "__del__", "__getattr__", "__getattribute__", "__hash__",
    "__array_finalize__",
)  # fmt: skip
"""Methods that pickle runs by itself while it makes and drops an object. They must be decided and clean."""

FILLED: Final = ("__setitem__", "append", "extend", "add", "update")
"""Methods that fill an object. As those above for subclasses of containers; elsewhere no pickler uses them."""

CONVERTED: Final = (
    "__iter__", "__next__", "__len__", "__getitem__", "__contains__", "keys", "__str__", "__repr__", "__int__",
    "__float__", "__complex__", "__index__", "__bool__", "__bytes__", "__buffer__", "__format__", "__abs__",
    "__round__", "__array__",
    "__reduce__", "__reduce_ex__", "__eq__", *FILLED,
)  # fmt: skip
"""Methods that a listed built-in runs when it gets the object, and what describes the object. Nothing denied may be seen."""

MADE: Final = (*CONSTRUCTORS, "_missing_")
"""Methods that run besides when the class is called."""

DEEPEST_EXPORT: Final = 1
"""Names are listed under a package that takes them from its modules down to ``sklearn.ensemble``, not deeper."""

_NEVER: Final = ("load", "read", "open", "from_", "eval", "exec", "import", "save", "write", "dump", "download")
_SETS_MODULE: Final = "set_module"
_PLAIN_DECORATORS: Final = frozenset(
    ("dataclass", "total_ordering", "unique", "final", "runtime_checkable", "verify", _SETS_MODULE)
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry: what is named, and whether it may be made (``new``) or also be called."""

    module: str
    name: str
    how: How


@dataclass(frozen=True, slots=True)
class Refused:
    """A class that is not listed, and the reason."""

    module: str
    name: str
    why: str
    is_source_missing: bool = False


def list_library(world: World, library: Library) -> Iterator[Listed | Refused]:
    """Every class of a library, listed or refused, and the functions that its ``__reduce__`` methods name."""
    walker = Walker(world, library)
    judged: dict[ClassInfo, Listed | Refused] = {}
    for module in library.modules():
        for name, bindings in sorted(module.bindings.items()):
            classes = [one for one in bindings if isinstance(one, ClassInfo)]
            if classes and not is_hidden(module.name):
                for one in classes:
                    judged[one] = _judge(walker, one)
                yield _worst(module.name, name, [judged[one] for one in classes], len(classes) == len(bindings))
            elif len(bindings) == 1 and makes_plain_class(bindings[0]) and may_be_listed(module.name, name):
                yield Listed(module.name, name, "call")
    yield from _rehomed(judged)
    yield from _reconstructors(world, walker, library)
    yield from _exported(world, library, judged)


def _worst(module: str, name: str, found: list[Listed | Refused], only_classes: bool) -> Listed | Refused:
    """One entry for all definitions of a name: the strictest; a name that is sometimes no class is only made."""
    refused = next((one for one in found if isinstance(one, Refused)), None)
    if refused is not None:
        return refused
    is_call = only_classes and all(isinstance(one, Listed) and one.how == "call" for one in found)
    return Listed(module, name, "call" if is_call else "new")


def may_be_listed(module: str, name: str) -> bool:
    """Whether nothing in the names themselves speaks against an entry."""
    return (
        not is_hidden(module)
        and effect_of(module, name) is None
        and not name.rpartition(".")[2].lstrip("_").lower().startswith(_NEVER)
    )


def _judge(walker: Walker, one: ClassInfo) -> Listed | Refused:
    module, name = one.module.name, one.name
    lineage = walker.lineages.of(one)
    if lineage.problem:
        return Refused(module, name, lineage.problem, is_source_missing=True)
    effect = effect_of(module, name)
    if effect is not None:
        return Refused(module, name, f"the name is denied: {effect}")
    special_names = [*LOADED, *_hashed(lineage), *(FILLED if lineage.is_container else ())]
    if assigned := [special for special in special_names if _is_assigned(special, lineage.lookup(special))]:
        return Refused(module, name, f"{assigned[0]} is no plain method")
    if lineage.lookup("__getinitargs__") is not None:
        return Refused(module, name, "an old-style constructor runs when it is loaded")
    loading = walker.outcome([*walker.steps(one, special_names), *_setters(walker, one)])
    if loading.reach is not Reach.CLEAN:
        return Refused(module, name, loading.why)
    shown = walker.outcome(walker.steps(one, CONVERTED), Reach.DENIED)
    if shown.reach is Reach.DENIED:
        return Refused(module, name, shown.why)
    return Listed(module, name, "call" if _may_be_called(walker, one) else "new")


def _hashed(lineage: Lineage) -> tuple[str, ...]:
    """``__eq__``, where loading can compare: a class that defines it and no ``__hash__`` cannot be a key."""
    equal, hashed = lineage.lookup("__eq__"), lineage.lookup("__hash__")
    if equal is None or hashed is None or _is_none(*hashed):
        return ()
    classes = lineage.classes
    return ("__eq__",) if classes.index(hashed[0]) <= classes.index(equal[0]) else ()


def _is_none(owner: ClassInfo, functions: list[Function]) -> bool:
    return not functions and isinstance(owner.assigned["__hash__"], ast.Constant)


def _is_assigned(name: str, found: tuple[ClassInfo, list[Function]] | None) -> bool:
    """Whether a method is a value that nobody can follow; None, and the same method of a built-in, are none."""
    if found is None or found[1]:
        return False
    value = found[0].assigned[name]
    written = dotted_name(value) if value is not None else ""
    owner, _, method = written.rpartition(".")
    is_plain = (owner in harmless.BASES and method in harmless.METHODS) or method == name == "__hash__"
    return not (isinstance(value, ast.Constant) or is_plain)


def _setters(walker: Walker, one: ClassInfo) -> list[Step]:
    """Properties that can be set: a state given for slots sets them."""
    return [
        Step(owner.module, function, owner, one)
        for owner in walker.lineages.of(one).classes
        for functions in owner.functions.values()
        for function in functions
        if any(dotted_name(decorator).endswith((".setter", ".deleter")) for decorator in function.decorator_list)
    ]


def _may_be_called(walker: Walker, one: ClassInfo) -> bool:
    lineage = walker.lineages.of(one)
    plain = all(
        dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2]
        in _PLAIN_DECORATORS
        for decorator in one.definition.decorator_list
    )
    made = walker.steps(one, MADE)
    for meta in lineage.metaclasses:
        made += walker.steps(meta, ("__call__",))
    assigned = any(_is_assigned(name, lineage.lookup(name)) for name in MADE)
    return plain and not assigned and walker.outcome(made).reach is Reach.CLEAN


def _reconstructors(world: World, walker: Walker, library: Library) -> Iterator[Listed | Refused]:
    """Functions of the library that a ``__reduce__`` of the same library returns to be called."""
    named: dict[tuple[str, str], FunctionInfo] = {}
    for module in library.modules():
        if is_hidden(module.name):
            continue
        for bindings in module.bindings.values():
            for one in bindings:
                if isinstance(one, ClassInfo):
                    for function in _named_by(world, module, one):
                        named[function.module.name, function.name] = function
    for (name, function_name), function in sorted(named.items(), key=lambda one: one[0]):
        if function.module.library is not library or not may_be_listed(name, function_name):
            continue
        outcome: Outcome = walker.outcome([Step(function.module, function.definition)])
        if outcome.reach is Reach.CLEAN and not function.definition.decorator_list:
            yield Listed(name, function_name, "call")
        else:
            yield Refused(name, function_name, outcome.why)


def _named_by(world: World, module: Module, one: ClassInfo) -> Iterator[FunctionInfo]:
    for name in ("__reduce__", "__reduce_ex__"):
        for function in one.functions.get(name, []):
            for part in ast.walk(function):
                if isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple) and part.value.elts:
                    for meaning in world.meanings(module, dotted_name(part.value.elts[0])):
                        if isinstance(meaning, FunctionInfo) and "." not in meaning.name:
                            yield meaning


def _rehomed(judged: Mapping[ClassInfo, Listed | Refused]) -> Iterator[Listed | Refused]:
    """The classes that say another module of their library is theirs, under that module: pickle names it so."""
    for one, entry in judged.items():
        home = _home(one)
        if home in ("", one.module.name) or home.partition(".")[0] != one.module.name.partition(".")[0]:
            continue
        if isinstance(entry, Refused) or may_be_listed(home, one.name):
            yield replace(entry, module=home)


def _home(one: ClassInfo) -> str:
    """The module that ``@set_module("numpy")`` or ``__module__ = "numpy"`` in its body gives a class; else empty."""
    given = [
        decorator.args[0]
        for decorator in one.definition.decorator_list
        if isinstance(decorator, ast.Call)
        and dotted_name(decorator.func).rpartition(".")[2] == _SETS_MODULE
        and decorator.args
    ]
    value = given[0] if given else one.assigned.get("__module__")
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _exported(world: World, library: Library, judged: dict[ClassInfo, Listed | Refused]) -> Iterator[Listed]:
    """Names that a package takes from its own modules, where they lead to exactly one listed class."""
    for package in sorted(library.wheel.packages):
        module = library.module(package)
        if module is None or is_hidden(package) or package.count(".") > DEEPEST_EXPORT:
            continue
        names = set(module.bindings) | {
            name for star in module.stars if (source := world.module(star)) for name in source.bindings
        }
        for name in sorted(names):
            meanings = world.meanings(module, name)
            entry = judged.get(meanings[0]) if len(meanings) == 1 and isinstance(meanings[0], ClassInfo) else None
            if isinstance(entry, Listed) and entry.module != package and may_be_listed(package, name):
                yield Listed(package, name, entry.how)
