"""The classes that a class inherits from, in the order in which Python looks a method up."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from scanner.inspectors.pickle.listing import harmless
from scanner.inspectors.pickle.listing.facts import makes_plain_class
from scanner.inspectors.pickle.listing.source import ClassInfo, External, Function, Meaning, World, dotted_name

LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Lineage:
    """A class and its bases; ``problem`` says why they are not all known, and is empty when they are."""

    classes: tuple[ClassInfo, ...]
    metaclasses: tuple[ClassInfo, ...] = ()
    problem: str = ""
    is_container: bool = False

    def lookup(self, name: str, after: ClassInfo | None = None) -> tuple[ClassInfo, list[Function]] | None:
        """The class that defines ``name`` first, behind ``after`` if given, with every definition in it."""
        classes = self.classes
        if after in classes:
            classes = classes[classes.index(after) + 1 :]
        for one in classes:
            if name in one.functions:
                return one, one.functions[name]
            if name in one.assigned:
                value = one.assigned[name]
                return one, one.functions.get(value.id, []) if isinstance(value, ast.Name) else []
        return None


class Lineages:
    """The lineage of every class asked for, kept."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[ClassInfo, Lineage] = {}

    def of(self, one: ClassInfo, depth: int = 0) -> Lineage:
        """The lineage of one class."""
        found = self._known.get(one)
        if found is None:
            if depth > LONGEST:
                return Lineage((one,), (), "bases nested too deeply")
            found = self._known[one] = self._linearise(one, depth)
        return found

    def _linearise(self, one: ClassInfo, depth: int) -> Lineage:
        chains: list[list[ClassInfo]] = []
        direct: list[ClassInfo] = []
        metaclasses: list[ClassInfo] = []
        problems: list[str] = []
        for base in self._written_bases(one):
            for parent in self._base(one, base, problems):
                lineage = self.of(parent, depth + 1)
                problems += [lineage.problem] if lineage.problem else []
                metaclasses += [meta for meta in lineage.metaclasses if meta not in metaclasses]
                chains.append(list(lineage.classes))
                direct.append(parent)
        for keyword in one.definition.keywords:
            if keyword.arg == "metaclass":
                metaclasses += self._base(one, keyword.value, problems)
        merged = _merge([*chains, direct])
        if merged is None:
            problems.append(f"{one.name}: bases in no order")
        holds = any(dotted_name(base).rpartition(".")[2] in harmless.CONTAINERS for base in self._written_bases(one))
        holds = holds or any(self.of(parent, depth + 1).is_container for parent in direct)
        return Lineage((one, *(merged or ())), tuple(metaclasses), problems[0] if problems else "", holds)

    def _written_bases(self, one: ClassInfo) -> list[ast.expr]:
        bases: list[ast.expr] = []
        for base in one.definition.bases:
            if isinstance(base, ast.Call) and dotted_name(base.func).rpartition(".")[2] == "with_metaclass":
                bases += base.args
            else:
                bases.append(base.value if isinstance(base, ast.Subscript) else base)
        return bases

    def _base(self, one: ClassInfo, base: ast.expr, problems: list[str]) -> list[ClassInfo]:
        if isinstance(base, ast.Call) and dotted_name(base.func).rpartition(".")[2] in harmless.CLASS_MAKERS:
            return []
        name = dotted_name(base)
        meanings = self._world.meanings(one.module, name) if name else []
        if not meanings and name in harmless.BASES:
            return []
        found: list[ClassInfo] = []
        for meaning in meanings:
            if isinstance(meaning, ClassInfo) and meaning is not one:
                found.append(meaning)
            elif not (_is_known(meaning) or makes_plain_class(meaning)):
                problems.append(f"{one.name}: base {name or 'computed'} is not known")
        if not meanings:
            problems.append(f"{one.name}: base {name or 'computed'} is not known")
        return found


def _is_known(meaning: Meaning) -> bool:
    if not isinstance(meaning, External):
        return False
    return f"{meaning.module}.{meaning.name}".removeprefix("builtins.") in harmless.BASES


def _merge(chains: list[list[ClassInfo]]) -> list[ClassInfo] | None:
    """The C3 order of the chains; None when there is none."""
    merged: list[ClassInfo] = []
    chains = [chain for chain in chains if chain]
    while chains:
        for chain in chains:
            if not any(chain[0] in other[1:] for other in chains):
                break
        else:
            return None
        head = chain[0]
        merged.append(head)
        chains = [rest for other in chains if (rest := [one for one in other if one is not head])]
    return merged
