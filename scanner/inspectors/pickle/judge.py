"""From what the machine sees to reasons, references and one verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from scanner.inspectors.pickle.arguments import MADE_BARE, MADE_ONLY, RULES, ArgumentRule
from scanner.inspectors.pickle.budget import Budget
from scanner.inspectors.pickle.codes import CODE_OF_EFFECT, CODES
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.known_safe import FREE, class_rule, exact_rule
from scanner.inspectors.pickle.outweighed import OUTWEIGHED
from scanner.inspectors.pickle.report import WORST_FIRST, Reason, Reference, Verdict, escape
from scanner.inspectors.pickle.symbols import LONGEST_NAME, OPAQUE, Bag, Call, Listing, Opaque, Ref, Value, item_count

StorageTest: TypeAlias = Callable[[bytes | Opaque], bool]


class Judge:
    """Collects what one file would do when loaded.

    ``storage_test`` decides whether the bytes given to ``torch.storage._load_from_bytes`` are a safe stream.
    """

    def __init__(self, budget: Budget, storage_test: StorageTest) -> None:
        self._budget = budget
        self._storage_test = storage_test
        self._refs: dict[tuple[str, str], Ref] = {}
        self._rules: dict[Ref, ArgumentRule] = {}
        self._only_called: list[Ref] = []
        self._built: set[Ref] = set()
        self._reasons: set[Reason] = set()
        self._work = budget.work
        self._worst = len(WORST_FIRST) - 1

    def reason(self, code: str, detail: str, at: int) -> None:
        """Record a reason; beyond the budget only its weight counts. Malicious ones have a second budget of that size."""
        entry = CODES[code]
        self._worst = min(self._worst, WORST_FIRST.index(entry.level))
        if len(self._reasons) < self._budget.reasons * (2 if entry.level == "malicious" else 1):
            self._reasons.add(Reason(at, code, escape(detail), entry.effect))

    def reference(self, module: str, name: str, at: int) -> Ref:
        """The symbol for ``module.name``; judged once, when it is first named."""
        ref = self._refs.get((module, name))
        if ref is None:
            ref = self._new_reference(module, name, at)
        return ref

    def _new_reference(self, module: str, name: str, at: int) -> Ref:
        if len(self._refs) >= self._budget.references:
            self.reason("over-budget", "references", at)
            return Ref(module, name, at, "unknown")
        listing, rule, effect = _look_up(module, name)
        ref = self._refs[module, name] = Ref(module, name, at, listing)
        if effect is not None:
            self.reason(CODE_OF_EFFECT[effect], f"{module}.{name}", at)
        elif listing == "unknown":
            self.reason("unlisted-reference", f"{module}.{name}", at)
        elif rule != FREE:
            self._rules[ref] = RULES[rule]
            if rule in _ONLY_CALLED:
                self._only_called.append(ref)
        return ref

    def on_trial(self) -> Judge:
        """A judge for a reading of bytes that may be noise; :meth:`adopt` takes over what cannot be."""
        return Judge(self._budget, lambda payload: False)

    def adopt(self, trial: Judge, how: str) -> None:
        """Take over the denied references that a trial met by name: noise does not spell ``os.system``."""
        for reason in trial.reasons():
            if reason.code in _DENIED_CODES:
                self.reason("raw-reference", f"{how}: {reason.detail}", reason.offset)

    def close(self) -> None:
        """All of the file was seen: judge the references that are safe only as callees, but were never called."""
        for ref in self._only_called:
            if self._rules[ref] is MADE_BARE and ref not in self._built:
                self.deny(ref, ref.offset)
            elif ref.how == "ref":
                ref.listing = "unknown"
                self.reason("unlisted-reference", f"{ref.module}.{ref.name}", ref.offset)

    def named_by(self, module: Value, name: Value, at: int) -> Value:
        """The reference for two values of the stack, as STACK_GLOBAL takes them; None when they are no names."""
        if type(module) is str and type(name) is str:
            if len(module) <= LONGEST_NAME and len(name) <= LONGEST_NAME:
                return self.reference(module, name, at)
            self.reason("oversized-name", f"{len(module)} and {len(name)} characters", at)
        elif type(module) is Call or type(name) is Call:
            self.reason("computed-name", "a name is the result of a call", at)
        elif _may_be_text(module) and _may_be_text(name):
            self.reason("oversized-name", "more characters than are kept", at)
        else:
            return None
        return Call(None, None)

    def call(self, callee: Value, args: list[Value] | None, at: int, *, made: bool = False) -> Ref | None:
        """``callee(*args)`` happens; ``args`` is None when they are not known. Returns the result if it is a reference.

        ``made`` says that only ``callee.__new__`` runs, as for NEWOBJ: no constructor.
        """
        if type(callee) is not Ref:
            self.reason("call-of-result", "the callee is not named by the pickle", at)
            return None
        callee.how = "call" if callee.how == "ref" else callee.how
        rule = self._rules.get(callee)
        if (
            rule is None
            or (made and (rule is MADE_ONLY or (rule is MADE_BARE and args == [])))
            or not self.may_repeat(len(args or ()), at)
        ):
            return None
        return rule(self, callee, args, at)

    def deny(self, ref: Ref, at: int) -> None:
        """The denied effect of a listed reference, which is used in a way that its list does not vouch for."""
        self.reason(CODE_OF_EFFECT[effect_of(ref.module, ref.name) or "indirection"], f"{ref.module}.{ref.name}", at)

    def may_repeat(self, items: int, at: int) -> bool:
        """Whether ``items`` more items may be looked at again; a reason is given once they may not."""
        self._work -= items
        if self._work < 0:
            self.reason("over-budget", "work", at)
        return self._work >= 0

    def check_name(self, name: str, at: int) -> None:
        """An attribute is fetched by ``name`` from an object that is not a reference."""
        effect = effect_of("", name)
        if effect is not None:
            self.reason(CODE_OF_EFFECT[effect], name, at)

    def change(self, target: Value, how: str, at: int) -> None:
        """``target`` is filled or given a state; that is tampering when it lives outside the pickle."""
        if type(target) is Ref:
            target.how = "build"
            self.reason("changes-reference", f"{how} on {target.module}.{target.name}", at)

    def build(self, target: Value, state: Value, at: int) -> None:
        """BUILD gives ``state`` to ``target``."""
        self.change(target, "BUILD", at)
        if type(target) is not Call:
            return
        target.state = state
        if type(target.callee) is Ref:
            self._built.add(target.callee)
        if not self.may_repeat(item_count(state), at):
            return
        if _executes_state(target) and not (type(state) is Bag and state.kind == "dict"):
            self.reason("special-attribute", "a state that is no plain dict", at)
        for part in state.items if type(state) is Bag and state.kind == "tuple" else (state,):
            if type(part) is Bag and part.kind == "dict":
                self._attributes(part, at, evaluates_formula=_is_part_of(target, "statsmodels.base.data"))

    def _attributes(self, state: Bag, at: int, *, evaluates_formula: bool) -> None:
        """The attributes that a state sets, which are plain names in every state that a pickler writes."""
        if not self.may_repeat(len(state.items), at):
            return
        if evaluates_formula and state.get("formula") is not None:
            self.reason("evaluated-text", "a formula, which statsmodels evaluates while it loads", at)
        for key in state.items[::2]:
            if type(key) is Call:
                self.reason("special-attribute", "the name is the result of a call", at)
            elif type(key) is str and key in _SPECIAL:
                self.reason("special-attribute", key, at)
        template = state.get(_EXECUTED)
        if template is not None and not (type(template) is str and _PARSE_TEMPLATE.match(template)):
            self.reason("executed-attribute", _EXECUTED, at)

    def extension(self, code: int, at: int) -> Value:
        """EXT1, EXT2 or EXT4 fetches whatever the loading process registered under ``code``."""
        self.reason("extension-code", f"code {code}", at)
        return Call(None, None)

    def persistent(self, pid: Value, at: int) -> Value:
        """What a persistent id stands for: a storage is data, torch's old ``module`` form is the class that it names."""
        parts = pid.items if type(pid) is Bag and pid.kind == "tuple" else []
        if len(parts) >= 2 and type(parts[1]) is Ref:
            if parts[0] == "module":
                return parts[1]
            if parts[0] in ("storage", b"storage"):
                return OPAQUE
        self.reason("persistent-id", "not a tensor storage", at)
        return OPAQUE

    def nested_storage_is_safe(self, payload: bytes | Opaque) -> bool:
        """Whether the bytes are a legacy torch stream that is known-safe itself."""
        return self._storage_test(payload)

    @property
    def verdict(self) -> Verdict:
        """The worst that any reason so far leads to."""
        return WORST_FIRST[self._worst]

    def reasons(self) -> tuple[Reason, ...]:
        """Every reason, by offset."""
        return tuple(sorted(self._reasons))

    def references(self) -> tuple[Reference, ...]:
        """Every reference, by offset of its first naming."""
        found = (Reference(ref.module, ref.name, ref.offset, ref.how, ref.listing) for ref in self._refs.values())
        return tuple(sorted(found, key=lambda reference: (reference.offset, reference.module, reference.name)))


_DENIED_CODES: Final = frozenset(CODE_OF_EFFECT.values())

_ONLY_CALLED: Final = frozenset(("getattr_call", "storage_bytes", "denied_call"))
"""Argument rules of callables that are not safe when they are handed to the program instead of being called."""

_EXECUTED: Final = "_parse_arg_template"
"""State of scipy.stats distributions that ``__setstate__`` passes to ``exec`` (``_distn_infrastructure.py``)."""

_PARSE_TEMPLATE: Final = re.compile(
    r"(?:\s*def _parse_args(?:_rvs|_stats)?\([\w =.,']*\):\n {4}"
    r"return (?:self\._argcheck_rvs)?\([\w =.,']*\)[\w =.,']*\n)*\s*\Z"
)
"""The functions that scipy itself writes there: names and defaults, no call but one, no further statement."""

_SPECIAL: Final = frozenset(
    (
        "__setstate__", "__reduce__", "__reduce_ex__", "__class__", "__dict__", "__getattr__", "__call__", "__init__",
        "__del__", "__bases__", "__globals__", "__code__", "__closure__", "__defaults__", "__kwdefaults__",
        "__builtins__", "__wrapped__", "__getinitargs__",
    )
)  # fmt: skip
"""Attributes that later steps of loading, or the first use of the object, would call."""


def _look_up(module: str, name: str) -> tuple[Listing, str, str | None]:
    """Listing, argument rule and denied effect of a name, under both its spelling and its Python 3 spelling.

    Loaders rename Python 2 names while the protocol is below 3, which a stream can claim at any point. A denied effect
    of either spelling outweighs every list, but for the pairs of :data:`OUTWEIGHED`.
    """
    spellings = _spellings(module, name)
    effects = (effect_of(*pair) for pair in spellings if pair not in OUTWEIGHED)
    effect = next(filter(None, effects), None)
    if effect is not None:
        return "denied", FREE, effect
    rules = (exact_rule(*pair) for pair in spellings)
    rule = next(filter(None, rules), None) or class_rule(module, name)
    return ("unknown", FREE, None) if rule is None else ("safe", rule, None)


def _spellings(module: str, name: str) -> list[tuple[str, str]]:
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    renamed = NAME_MAPPING.get((module, name)) or (IMPORT_MAPPING.get(module, module), name)
    return [(module, name)] if renamed == (module, name) else [(module, name), renamed]


def _may_be_text(value: Value) -> bool:
    return isinstance(value, (str, Opaque))


def _executes_state(target: Call) -> bool:
    """Whether the class of an instance, however it was made, is one of those that execute a part of their state."""
    return _is_part_of(target, "scipy.stats") or _is_part_of(target, "statsmodels.base.data")


def _is_part_of(target: Call, package: str) -> bool:
    parts = [target.callee, *(target.args.items[:1] if type(target.args) is Bag else [])]
    return any(type(part) is Ref and part.module.startswith(package) for part in parts)
