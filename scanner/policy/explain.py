"""Why a rule gave an artifact its verdict, down to every part of every condition (policy format, section 15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.errors import NOT_COLLECTED, PolicyError, UsageError
from scanner.graph import Graph
from scanner.model import Json, Proof
from scanner.policy.cel import Evaluator, Outcome, Program, Scope, Undecided, look_up, present
from scanner.policy.compiled import CompiledRule, PolicySet
from scanner.policy.documents import Condition, Linked, Quantifier
from scanner.policy.evaluate import Verdicts, evaluate_world
from scanner.policy.quantifiers import Along, Reach, Way, reached
from scanner.policy.world import World, plain
from scanner.result import Finding

MAX_FAR: Final = 20
MAX_NAMED: Final = 8
MAX_ORIGINS: Final = 3


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a condition read, and who stated it where; for a parameter, what set it."""

    path: str
    value: Json
    origin: str


@dataclass(frozen=True, slots=True)
class Part:
    """One conjunct on one artifact or list member: its outcome and the values it read."""

    expression: str
    outcome: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """An artifact or list member that a condition looked at."""

    name: str
    outcome: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ConditionExplained:
    """One condition: in words, its verdict, what it looked at, and the sentence and path of its findings.

    ``to_pass`` says what would have to be different; empty when it passes.
    """

    key: str
    words: str
    verdict: str
    looked_at: tuple[Looked, ...]
    findings: tuple[str, ...]
    to_pass: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one verdict. ``selected`` says why the rule judges the artifact, or why not."""

    rule: str
    title: str
    severity: str
    action: str
    item: str
    verdict: str
    selected: str
    needs: tuple[tuple[str, str], ...]
    conditions: tuple[ConditionExplained, ...]
    fix: str


def explain(graph: Graph, policies: PolicySet, *, as_of: datetime, rule: str, item: str) -> tuple[Explanation, ...]:
    """Explain one rule on the artifacts that ``item`` names by id, identity, package URL, name or path.

    A name may be shared, as by the files of a model in two formats; then each is explained, in order of identity. Raises
    PolicyError for an unknown rule and UsageError for a name that no artifact has, or too many.
    """
    compiled = policies.rule(rule)
    if compiled is None:
        raise PolicyError(f"{rule}: no loaded rule has this id; see lading policy list")
    world = World(graph)
    named = find(world, item, compiled.rule.select.kinds)
    alone = PolicySet(policies.bundles, (compiled,), policies.parameters, ())
    verdicts = evaluate_world(world, alone, as_of=as_of).verdicts[compiled.rule.id]
    origins = {f"params.{one.name}": one.origin for one in policies.parameters if one.bundle == compiled.rule.bundle}
    return tuple(_explained(world, compiled, as_of, verdicts, origins, number) for number in named)


def _explained(
    world: World, compiled: CompiledRule, as_of: datetime, verdicts: Verdicts, origins: Mapping[str, str], number: int
) -> Explanation:
    id = world.id(number)
    verdict = "off" if compiled.rule.action == "off" else verdicts.by_artifact.get(id, "not_selected")
    findings = [one for one in verdicts.findings if one.subject == id]
    explainer = _Explainer(world, compiled, as_of, findings, origins)
    return Explanation(
        compiled.rule.id,
        compiled.rule.title,
        compiled.rule.severity,
        compiled.rule.action,
        id,
        verdict,
        explainer.selected(number, verdict),
        tuple(explainer.needs(number)),
        () if verdict in ("not_selected", "off") else tuple(explainer.conditions(number)),
        compiled.rule.fix,
    )


def find(world: World, item: str, kinds: Sequence[str]) -> list[int]:
    """The artifacts that ``item`` names; those of ``kinds`` come before all others. Raises UsageError."""
    number = world.number(item)
    if number is not None:
        return [number]
    named = []
    for number in range(len(world)):
        view = world.view(number)
        paths = {place.path for place in view.locations}
        if item in (world.identity(number), view.name, view.purl, view.ref.key) or item in paths:
            named.append(number)
    chosen = [number for number in named if world.refs[number].kind in kinds] or named
    if not chosen:
        raise UsageError(f"{item}: no artifact of the result has this id, identity, name or path; see lading trace")
    if len(chosen) > MAX_NAMED:
        ids = ", ".join(world.id(number) for number in chosen[:MAX_NAMED])
        raise UsageError(f"{item}: names {len(chosen)} artifacts; give one of {ids}")
    return chosen


class _Explainer:
    def __init__(
        self,
        world: World,
        rule: CompiledRule,
        now: datetime,
        findings: Sequence[Finding],
        origins: Mapping[str, str],
    ) -> None:
        self.world, self.rule, self.now, self.findings, self.origins = world, rule, now, findings, origins

    @property
    def evaluator(self) -> Evaluator:
        return self.rule.bundle.evaluator

    def name(self, number: int) -> str:
        """Kind and name of an artifact."""
        view = self.world.view(number)
        return f"{view.ref.kind} {view.name}"

    def selected(self, number: int, verdict: str) -> str:
        """Why the artifact is or is not selected."""
        rule = self.rule.rule
        if rule.action == "off":
            return f"the rule is switched off: {rule.reason}"
        if self.world.refs[number].kind not in rule.select.kinds:
            return f"not selected: the rule judges {', '.join(rule.select.kinds)}"
        reasons = [f"kind {self.world.refs[number].kind}"]
        if rule.select.reached_from is not None:
            way = self._way_to(number)
            if way is None:
                return (
                    f"not selected: not reached from any {', '.join(rule.select.reached_from.kinds)} of the selection"
                )
            reasons.append(way)
        if self.rule.where is not None:
            outcome = self.rule.where.decide(self._scope(self.rule.where, number))
            if outcome is False:
                return f"not selected: {self.rule.where.text} is false"
            reasons.append(f"{self.rule.where.text}: {_word(outcome)}")
        return ("selected: " if verdict != "not_selected" else "not selected: ") + "; ".join(reasons)

    def _scope(self, program: Program, number: int, item: Json = None) -> Scope:
        return self.evaluator.scope(self.world.fields(number, program.groups()), self.now, item)

    def _way_to(self, number: int) -> str | None:
        source = self.rule.rule.select.reached_from
        assert source is not None
        reach = Reach(self.world, [number], Along(source.along or self.world.types))
        for start in self.world.of_kinds(source.kinds):
            program = self.rule.start
            if program is not None and program.decide(self._scope(program, start)) is False:
                continue
            path = reach.path(start)
            if path is not None:
                return self._path(start, path)
        return None

    def _path(self, start: int, path: Sequence[Way]) -> str:
        steps = "".join(f" -{way.type}({way.proof.word})-> {self.name(way.target)}" for way in path)
        return self.name(start) + steps

    def needs(self, number: int) -> Iterator[tuple[str, str]]:
        """Each needed group, and who stated it or why it is missing."""
        view = self.world.view(number)
        for group in self.rule.rule.needs:
            if group in view.groups:
                yield group, f"stated by {', '.join(sorted({one.by for one in view.stated_by[group]}))}"
            else:
                yield group, f"missing: {view.missing.get(group, NOT_COLLECTED)}"

    def conditions(self, number: int) -> Iterator[ConditionExplained]:
        """Every condition on a selected artifact."""
        for key, condition in self.rule.rule.conditions().items():
            found = [one for one in self.findings if one.condition == key]
            verdict = found[0].verdict if found else "pass"
            looked: list[Looked] = []
            words = condition.say
            if isinstance(condition, Condition):
                words = f"for each of {condition.each}: {condition.that}" if condition.each else condition.that
                looked = self._own(condition, number)
            elif isinstance(condition, Quantifier):
                far = self._far(condition, number)
                shape = "directly " if condition.direct else ""
                words = (
                    f"{condition.word} {condition.kind} {shape}along {', '.join(condition.along)}: {len(far)} reached"
                )
                looked = self._look_far(condition, far)
            sentences = tuple(self._sentence(one) for one in found)
            to_pass = () if verdict == "pass" else tuple(_to_pass(condition, looked))
            yield ConditionExplained(key, words, verdict, tuple(looked), sentences, to_pass)

    def _own(self, condition: Condition, number: int) -> list[Looked]:
        program = self.rule.programs[condition.key]
        if condition.each is None:
            return [self._looked(program, number, self.name(number), None)]
        value: Json = self.world.fields(number, [condition.each.split(".")[1]])
        for word in condition.each.split(".")[1:]:
            value = value.get(word) if isinstance(value, dict) else None
        members = value if isinstance(value, list) else []
        return [self._looked(program, number, _member(one), plain(one)) for one in members[:MAX_FAR]]

    def _far(self, quantifier: Quantifier, number: int) -> list[int]:
        along = Along(quantifier.along, quantifier.proof, quantifier.direct)
        return sorted(
            one for one in reached(self.world, [number], along) if self.world.refs[one].kind == quantifier.kind
        )

    def _look_far(self, quantifier: Quantifier, far: Sequence[int]) -> list[Looked]:
        program = self.rule.programs.get(quantifier.key)
        if program is None:
            return [Looked(self.name(one), "reached", ()) for one in far[:MAX_FAR]]
        looked = [self._looked(program, one, self.name(one), None) for one in far]
        return sorted(looked, key=lambda one: (one.outcome == "true", one.name))[:MAX_FAR]

    def _looked(self, program: Program, number: int, name: str, item: Json) -> Looked:
        outcome = program.decide(self._scope(program, number, item))
        parts = [self._part(text, number, item) for text in program.conjuncts]
        return Looked(name, _word(outcome), tuple(parts))

    def _part(self, text: str, number: int, item: Json) -> Part:
        program = self.evaluator.compile(text, "explain", with_item=item is not None)
        scope = self._scope(program, number, item)
        values: list[Value] = []
        for read in program.reads:
            path = str(read)
            if path == "now":
                values.append(Value(path, self.now.isoformat(), "the time of the scan"))
            elif path.startswith("params."):
                shown = self.rule.bundle.shown[path.removeprefix("params.")]
                values.append(Value(path, shown, self.origins.get(path, "default")))
            elif read.path[0] in ("artifact", "item"):
                there = present(scope.artifact, scope.item, read.path)
                value = look_up(scope.artifact, scope.item, read.path) if there else "(missing)"
                values.append(Value(path, value, self._origin(number, read.path, there=there)))
        return Part(text, _word(program.decide(scope)), tuple(values))

    def _origin(self, number: int, path: Sequence[str], *, there: bool) -> str:
        """Who stated a field of the artifact, and where it was read; or why nobody did."""
        if path[0] == "item" or len(path) < 2:
            return ""
        view = self.world.view(number)
        if not there and path[1] not in view.groups:
            return view.missing.get(path[1], NOT_COLLECTED) if view.resolved else "its content was not found"
        stated = [f"{one.location} by {one.by}" for one in view.stated_by.get(path[1], ())]
        more = f" and {len(stated) - MAX_ORIGINS} more" if len(stated) > MAX_ORIGINS else ""
        return ", ".join(stated[:MAX_ORIGINS]) + more

    def _sentence(self, finding: Finding) -> str:
        number = self.world.number(finding.subject)
        steps = "".join(
            f" -{step.type}({step.proof})-> {self.name(target)}"
            for step in finding.path
            if (target := self.world.number(step.target)) is not None
        )
        path = f": {self.name(number)}{steps}" if steps and number is not None else ""
        about = f" [{finding.about}]" if finding.about else ""
        return f"{finding.verdict}{about}: {finding.message}{path}"


def _word(outcome: Outcome) -> str:
    if isinstance(outcome, Undecided):
        return f"{outcome.verdict} ({outcome.missing} is missing)" if outcome.missing else outcome.verdict
    return "true" if outcome else "false"


def _member(value: Json) -> str:
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)


def _to_pass(condition: Condition | Quantifier | Linked, looked: Sequence[Looked]) -> Iterator[str]:
    """What would make the condition hold, in words."""
    if isinstance(condition, Linked):
        yield f"a relationship {' or '.join(condition.by or ('of any type',))} from a {' or '.join(condition.kinds)}"
        return
    open_parts = [(one.name, part) for one in looked for part in one.parts if part.outcome != "true"]
    if isinstance(condition, Quantifier) and condition.word == "none":
        open_parts = [(one.name, part) for one in looked if one.outcome != "false" for part in one.parts]
        yield from (f"{name}: not {part.expression}" for name, part in open_parts[:MAX_FAR])
    elif isinstance(condition, Quantifier) and condition.word == "some":
        proof = "" if condition.proof is Proof.INFERRED else f", each relationship at least {condition.proof.word}"
        which = f" with {condition.that}" if condition.that is not None else ""
        yield f"one {condition.kind} along {', '.join(condition.along)}{which}{proof}"
    else:
        yield from (f"{name}: {part.expression}" for name, part in open_parts[:MAX_FAR])
    if isinstance(condition, Quantifier) and condition.word != "some" and not looked:
        yield f"a record that leads to a {condition.kind} along {', '.join(condition.along)}"


def text(explanation: Explanation) -> str:
    """The explanation for a terminal; foreign text is not yet made visible."""
    one = explanation
    lines = [f"{one.rule} {one.title}  ({one.severity}, {one.action})", f"item      {one.item}"]
    lines += [f"verdict   {one.verdict}", f"selection {one.selected}"]
    lines += [f"needs     {group}: {state}" for group, state in one.needs]
    for condition in one.conditions:
        lines.append(f"{condition.key}: {condition.verdict}")
        lines.append(f"  {condition.words}")
        for looked in condition.looked_at:
            lines.append(f"  {looked.outcome:<6} {looked.name}")
            for part in looked.parts:
                lines.append(f"    {part.outcome:<6} {part.expression}")
                lines += [_value_line(value) for value in part.values]
        lines += [f"  {sentence}" for sentence in condition.findings]
        lines += [f"  to pass  {sentence}" for sentence in condition.to_pass]
    return "\n".join([*lines, f"fix       {one.fix}"]) + "\n"


def _value_line(value: Value) -> str:
    origin = f"  ({value.origin})" if value.origin else ""
    return f"           {value.path} = {value.value}{origin}"
