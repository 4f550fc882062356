"""Whether anything denied can be reached from a function, along calls followed to a bounded depth."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scanner.inspectors.pickle.listing import harmless
from scanner.inspectors.pickle.listing.facts import Callee, Facts, Reach, facts_of, is_denied_method, judge_external
from scanner.inspectors.pickle.listing.lineage import Lineages
from scanner.inspectors.pickle.listing.source import ClassInfo, External, Function, FunctionInfo, Library, Module, World

DEEPEST: Final = 8
MOST_FUNCTIONS: Final = 400
MOST_METHODS: Final = 40
"""Methods of one name, anywhere in the library, that are followed where the receiver is not known."""

CONSTRUCTORS: Final = ("__new__", "__init__", "__post_init__")


@dataclass(frozen=True, slots=True)
class Step:
    """A function to look at: where it is defined, and the class of the object that it would run on."""

    module: Module
    function: Function
    owner: ClassInfo | None = None
    of: ClassInfo | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The worst that can be reached, and what it is."""

    reach: Reach
    why: str = ""


class Walker:
    """Follows the calls of one library."""

    def __init__(self, world: World, library: Library) -> None:
        self._world = world
        self._library = library
        self._facts: dict[Function, Facts] = {}
        self._known: dict[tuple[Step, bool], tuple[Outcome, tuple[Step, ...]]] = {}
        self._outcomes: dict[tuple[tuple[Step, ...], Reach], Outcome] = {}
        self.lineages: Final = Lineages(world)
        self._methods = _methods_by_name(library)

    def outcome(self, starts: Iterable[Step], stop: Reach = Reach.UNDECIDED) -> Outcome:
        """The worst within reach of the starts; the walk ends at the first that is as bad as ``stop``.

        Up to DENIED, methods of receivers that are not known are not followed: they are undecided as they are.
        """
        key = (tuple(starts), stop)
        if key not in self._outcomes:
            self._outcomes[key] = self._walk(key[0], stop)
        return self._outcomes[key]

    def _walk(self, starts: tuple[Step, ...], stop: Reach) -> Outcome:
        worst = Outcome(Reach.CLEAN)
        pending = deque((step, 0) for step in starts)
        seen = set(starts)
        while pending:
            step, depth = pending.popleft()
            if _is_reviewed(step):
                continue
            found, following = self._expanded(step, guess=stop is not Reach.DENIED)
            worst = max(worst, found, key=lambda one: one.reach)
            for one in following:
                if one in seen:
                    continue
                if depth >= DEEPEST or len(seen) >= MOST_FUNCTIONS:
                    worst = max(worst, Outcome(Reach.UNDECIDED, "too many calls"), key=lambda one: one.reach)
                    break
                seen.add(one)
                pending.append((one, depth + 1))
            if worst.reach >= stop:
                break
        return worst

    def _expanded(self, step: Step, *, guess: bool) -> tuple[Outcome, tuple[Step, ...]]:
        """The worst that one function does by itself, and the functions that it calls."""
        if (step, guess) not in self._known:
            facts = self._facts_of(step)
            worst = Outcome(facts.worst, f"{step.function.name}: {facts.why}")
            following: dict[Step, None] = {}
            for callee in facts.callees:
                found, steps = self._follow(step, callee)
                if found.reach > worst.reach:
                    worst = Outcome(found.reach, f"{step.function.name}: {found.why}")
                if guess or callee.how != "method":
                    following |= dict.fromkeys(steps)
            self._known[step, guess] = worst, tuple(following)
        return self._known[step, guess]

    def _facts_of(self, step: Step) -> Facts:
        found = self._facts.get(step.function)
        if found is None:
            is_static = any(getattr(one, "id", "") == "staticmethod" for one in step.function.decorator_list)
            method = step.owner is not None and not is_static
            found = self._facts[step.function] = facts_of(self._world, step.module, step.function, method=method)
        return found

    def _follow(self, step: Step, callee: Callee) -> tuple[Outcome, list[Step]]:
        if isinstance(callee.target, FunctionInfo):
            return self._function(step, callee.target)
        if isinstance(callee.target, ClassInfo):
            return self._construction(callee.target)
        if callee.how in ("own", "super") and step.of is not None:
            return self._method(step, callee)
        return self._any_method(callee.name)

    def _function(self, step: Step, target: FunctionInfo) -> tuple[Outcome, list[Step]]:
        if target.module.library is not self._library:
            return _elsewhere(target.module.name, target.name)
        owner_name = target.name.rpartition(".")[0]
        owners = [one for one in target.module.bindings.get(owner_name, []) if isinstance(one, ClassInfo)]
        owner = next(
            (one for one in owners if target.definition in one.functions.get(target.definition.name, [])), None
        )
        of = owner
        if owner is not None and step.of is not None and owner in self.lineages.of(step.of).classes:
            of = step.of
        return Outcome(Reach.CLEAN), [Step(target.module, target.definition, owner, of)]

    def _construction(self, made: ClassInfo) -> tuple[Outcome, list[Step]]:
        if made.module.library is not self._library:
            return _elsewhere(made.module.name, made.name)
        lineage = self.lineages.of(made)
        if lineage.problem:
            return Outcome(Reach.UNDECIDED, lineage.problem), []
        return Outcome(Reach.CLEAN), self.steps(made, CONSTRUCTORS)

    def steps(self, of: ClassInfo, names: Iterable[str]) -> list[Step]:
        """The methods that an object of a class has under these names, in its own or an inherited definition."""
        found: list[Step] = []
        for name in names:
            defined = self.lineages.of(of).lookup(name)
            if defined is not None:
                owner, functions = defined
                found += [Step(owner.module, function, owner, of) for function in functions]
        return found

    def _method(self, step: Step, callee: Callee) -> tuple[Outcome, list[Step]]:
        assert step.of is not None
        after = step.owner if callee.how == "super" else None
        defined = self.lineages.of(step.of).lookup(callee.name, after)
        if defined is None:
            is_plain = callee.name in harmless.METHODS or callee.name.startswith("__")
            return Outcome(Reach.CLEAN if is_plain else Reach.UNDECIDED, f"calls the attribute {callee.name}"), []
        owner, functions = defined
        if not functions:
            return Outcome(Reach.UNDECIDED, f"calls the class attribute {callee.name}"), []
        return Outcome(Reach.CLEAN), [Step(owner.module, function, owner, step.of) for function in functions]

    def _any_method(self, name: str) -> tuple[Outcome, list[Step]]:
        if name in harmless.METHODS:
            return Outcome(Reach.CLEAN), []
        if is_denied_method(name):
            return Outcome(Reach.DENIED, f"calls a method {name}"), []
        candidates = self._methods.get(name) or self._methods_elsewhere.get(name, [])
        if not candidates or len(candidates) > MOST_METHODS:
            return Outcome(Reach.UNDECIDED, f"calls a method {name}"), []
        return Outcome(Reach.CLEAN), candidates

    @cached_property
    def _methods_elsewhere(self) -> dict[str, list[Step]]:
        """Methods of the libraries that this one imports and whose code is followed, for receivers of no own class."""
        found: dict[str, list[Step]] = {}
        for library in self._world.imported_by(self._library):
            if not harmless.MODULES.isdisjoint(library.wheel.libraries):
                continue
            for name, steps in _methods_by_name(library).items():
                found.setdefault(name, []).extend(steps)
        return found


def _elsewhere(module: str, name: str) -> tuple[Outcome, list[Step]]:
    return Outcome(judge_external(External(module, name)), f"{module}.{name}"), []


def _is_reviewed(step: Step) -> bool:
    name = f"{step.owner.name}.{step.function.name}" if step.owner is not None else step.function.name
    return f"{step.module.name}.{name}" in harmless.REVIEWED


def _methods_by_name(library: Library) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for module in library.modules():
        for bindings in module.bindings.values():
            for binding in bindings:
                if isinstance(binding, ClassInfo):
                    for name, functions in binding.functions.items():
                        found.setdefault(name, []).extend(Step(module, one, binding, binding) for one in functions)
    return found
