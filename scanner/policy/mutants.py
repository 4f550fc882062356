"""Small falsifications of a rule; a policy test that notices none of them tests nothing (policy format, section 13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from scanner.model import Proof
from scanner.policy.documents import Condition, Quantifier, Rule, Word

_OTHER_WORD: Final[Mapping[str, Word]] = {"every": "some", "some": "every", "none": "every"}
_OTHER_EMPTY: Final = {"pass": "fail", "fail": "pass", "unknown": "pass"}


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Every falsification of a rule that differs from it, with its name."""
    return ((name, mutant) for name, mutant in _mutants(rule) if mutant != rule)


def _mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    if rule.needs:
        yield "needs dropped", replace(rule, needs=())
    if rule.effective_on is not None:
        yield "effective_on dropped", replace(rule, effective_on=None)
    if rule.select.where is not None:
        yield "where dropped", replace(rule, select=replace(rule.select, where=None))
    yield from _reached(rule)
    for index, condition in enumerate(rule.require):
        for text in ("true", "false"):
            changed = replace(condition, that=text)
            yield f"{condition.key}: {text}", _with_condition(rule, index, changed)
    for index, quantifier in enumerate(rule.lineage):
        for name, other in _quantifier(quantifier):
            yield f"{quantifier.key}: {name}", _with_quantifier(rule, index, other)
    if rule.linked is not None and (rule.require or rule.lineage):
        yield f"{rule.linked.key} dropped", replace(rule, linked=None)


def _reached(rule: Rule) -> Iterator[tuple[str, Rule]]:
    reached = rule.select.reached_from
    if reached is None:
        return
    select = replace(rule.select, reached_from=None)
    yield "reached_from dropped", replace(rule, select=select)
    for type in reached.along if reached.along is not None and len(reached.along) > 1 else ():
        along = tuple(one for one in reached.along or () if one != type)
        select = replace(rule.select, reached_from=replace(reached, along=along))
        yield f"reached_from: without {type}", replace(rule, select=select)


def _with_condition(rule: Rule, index: int, changed: Condition) -> Rule:
    return replace(rule, require=(*rule.require[:index], changed, *rule.require[index + 1 :]))


def _with_quantifier(rule: Rule, index: int, changed: Quantifier) -> Rule:
    return replace(rule, lineage=(*rule.lineage[:index], changed, *rule.lineage[index + 1 :]))


def _quantifier(quantifier: Quantifier) -> Iterator[tuple[str, Quantifier]]:
    for text in ("true", "false") if quantifier.that is not None else ("false",):
        yield text, replace(quantifier, that=text)
    word = _OTHER_WORD[quantifier.word]
    if quantifier.word != "some" or quantifier.that is not None:
        yield f"{word} for {quantifier.word}", replace(quantifier, word=word, that=quantifier.that or "true")
    empty = _OTHER_EMPTY[quantifier.or_if_empty]
    yield f"or_if_empty {empty}", replace(quantifier, or_if_empty=empty)
    for type in quantifier.along if len(quantifier.along) > 1 else ():
        along = tuple(one for one in quantifier.along if one != type)
        yield f"without {type}", replace(quantifier, along=along)
    if quantifier.direct:
        yield "not direct", replace(quantifier, direct=False)
    if quantifier.word == "some":
        yield "any proof", replace(quantifier, proof=Proof.INFERRED)
